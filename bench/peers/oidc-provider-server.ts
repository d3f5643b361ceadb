/** The process that is node-oidc-provider: set up as its manual asks of a production server, and no slower than needed. */
import { readFileSync } from 'node:fs'
import { Provider } from 'oidc-provider'
import type { Scene, SceneClient } from '../scene.ts'
import { openAdapterDatabase, type Commits } from './oidc-provider-sqlite.ts'

/** What the process is told, as JSON in a file whose path is its only argument. */
export interface ProviderSetting {
  readonly scene: Scene
  readonly issuer: string
  readonly port: number
  /** Its private signing keys, so that a restart keeps them. */
  readonly jwks: object
  readonly cookieKey: string
  /** Its own adapter in memory when undefined. */
  readonly sqlite: { readonly path: string; readonly commits: Commits } | undefined
}

const setting = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProviderSetting
const { scene, issuer, port, jwks, cookieKey, sqlite } = setting
const database = sqlite && openAdapterDatabase(sqlite.path, sqlite.commits)

/** node-oidc-provider's own words for what it decides over. */
interface ProviderClient {
  grantTypeAllowed(grant_type: string): boolean
}
interface ProviderContext {
  readonly oidc: { readonly client: ProviderClient }
}

const provider = new Provider(issuer, {
  ...(database && { adapter: database.adapter }),
  clients: [scene.machine, scene.web, scene.lasting].map(providerClient),
  jwks,
  cookies: { keys: [cookieKey] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  scopes: ['openid', 'offline_access'],
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
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: scene.scope,
        audience: scene.resource,
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

const listening = provider.listen(port, '127.0.0.1', () => {
  console.log(JSON.stringify({ ...database?.durability }))
  console.log('node-oidc-provider is ready')
})
process.on('SIGTERM', () => {
  listening.closeAllConnections()
  listening.close(() => process.exit())
})

function providerClient({ client_id, client_secret, grant_types }: SceneClient): object {
  const usesCodes = grant_types.includes('authorization_code')
  return {
    client_id,
    client_secret,
    grant_types,
    token_endpoint_auth_method: 'client_secret_basic',
    response_types: usesCodes ? ['code'] : [],
    redirect_uris: usesCodes ? [scene.redirect_uri] : [],
  }
}
