/** The process that is node-oidc-provider: set up as its manual asks of a production server, and no slower than needed. */
import { readFileSync } from 'node:fs'
import { Provider } from 'oidc-provider'
import { clientsOf, resourcesOf, type SceneClient } from '../scene.ts'
import { programReady, type ProgramSetting } from './node-program.ts'
import { openPostgresAdapter } from './oidc-provider-postgres.ts'
import { openSqliteAdapter, type Commits } from './oidc-provider-sqlite.ts'

/** What the process is told beside the rest. */
export interface ProviderSetting {
  /** Its private signing keys, so that a restart keeps them. */
  readonly jwks: object
  readonly cookieKey: string
  readonly commits: Commits
}

const setting = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProgramSetting & ProviderSetting
const { scene, origin, port, jwks, cookieKey, database: url, commits } = setting
const database = await openAdapter()

/** node-oidc-provider's own words for what it decides over. */
interface ProviderClient {
  grantTypeAllowed(grant_type: string): boolean
}
interface ProviderContext {
  readonly oidc: { readonly client: ProviderClient }
}

const provider = new Provider(origin, {
  ...(database && { adapter: database.adapter }),
  clients: clientsOf(scene).map(providerClient),
  jwks,
  cookies: { keys: [cookieKey] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
  scopes: ['openid', 'offline_access', scene.drafts.scope],
  pkce: { required: () => true },
  findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  // As Licet: whether a refresh token is issued is the client's registration, and such access outlives the session.
  issueRefreshToken: (_context: unknown, client: ProviderClient) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: ({ oidc }: ProviderContext) => !oidc.client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  ttl: {
    AccessToken: 300,
    AuthorizationCode: 60,
    ClientCredentials: 300,
    Grant: 30 * 86_400,
    IdToken: 300,
    Interaction: 1800,
    RefreshToken: 30 * 86_400,
    Session: 8 * 3600,
  },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
  },
})

const listening = provider.listen(port, '127.0.0.1', () => {
  console.log(database?.says ?? '')
  console.log(programReady)
})
process.on('SIGTERM', () => {
  listening.closeAllConnections()
  listening.close(() => process.exit())
})

function openAdapter() {
  if (url.startsWith('sqlite:')) return openSqliteAdapter(url.slice('sqlite:'.length), commits)
  return url === 'memory' ? undefined : openPostgresAdapter(url)
}

function resourceServer(_context: unknown, indicator: string): object {
  const found = resourcesOf(scene).find(({ resource }) => resource === indicator)
  if (found === undefined || found.access_tokens === 'opaque') throw new Error(`nobody asks for ${indicator}`)
  const { scope, access_tokens: alg } = found
  return { scope, audience: indicator, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg } } }
}

function providerClient(client: SceneClient): object {
  const { client_id, client_secret, grant_types, id_token_signed_response_alg } = client
  const usesCodes = grant_types.includes('authorization_code')
  return {
    client_id,
    client_secret,
    grant_types,
    token_endpoint_auth_method: 'client_secret_basic',
    response_types: usesCodes ? ['code'] : [],
    redirect_uris: usesCodes ? [scene.redirect_uri] : [],
    id_token_signed_response_alg,
  }
}
