/** The process that is Better Auth with its OAuth provider (better-auth.ts), on bare `node:http`. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { clientsOf, type SceneClient } from '../scene.ts'
import { openSynced, programReady, type ProgramSetting } from './node-program.ts'

const { origin, port, database: url, scene } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProgramSetting
const { database, says } = openSynced(url.slice('sqlite:'.length))

// Its own, and kept: sessions are signed with it.
const secret = createHash('sha256').update(scene.password).digest('base64url')
const { postcards, drafts } = scene
const scopes = ['openid', 'offline_access', postcards.scope, drafts.scope]
// The next client that is made gets these: its interface takes neither from whoever registers.
let next: SceneClient | undefined

const auth = betterAuth({
  baseURL: origin,
  secret,
  database,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  disabledPaths: ['/token'],
  plugins: [
    jwt({ disableSettingJwtHeader: true, jwks: { keyPairConfig: { alg: 'ES256' } } }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes,
      resources: [{ identifier: postcards.resource, allowedScopes: scopes, accessTokenTtl: 300 }],
      accessTokenExpiresIn: 300,
      m2mAccessTokenExpiresIn: 300,
      codeExpiresIn: 60,
      generateClientId: () => next?.client_id,
      generateClientSecret: () => next?.client_secret,
      enforcePerClientResources: false,
      clientPrivileges: () => true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
})

const isNew = database.prepare("select 1 from sqlite_master where name = 'oauthClient'").get() === undefined
await (await auth.$context).runMigrations()
if (isNew) {
  const accounts = scene.usernames.map((name) => ({ email: `${name}@example.com`, name, password: scene.password }))
  const answers: Response[] = []
  for (const body of accounts) answers.push(await auth.api.signUpEmail({ body, asResponse: true }))
  const [answer] = answers
  const headers = new Headers({
    cookie:
      answer?.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ') ?? '',
  })
  for (const client of clientsOf(scene)) {
    next = client
    await auth.api.adminCreateOAuthClient({ body: registration(client), headers })
  }
}

const handler = toNodeHandler(auth)
const server = createServer((request, response) => {
  if (request.url?.startsWith('/api/auth') === true) handler(request, response)
  else response.end('A page of whoever uses it')
})
server.listen(port, '127.0.0.1', () => {
  console.log(says)
  console.log(programReady)
})
process.on('SIGTERM', () => process.exit())

function registration({ grant_types }: SceneClient): object {
  const usesCodes = grant_types.includes('authorization_code')
  return {
    grant_types,
    token_endpoint_auth_method: 'client_secret_basic',
    scope: scopes.join(' '),
    ...(usesCodes
      ? { redirect_uris: [scene.redirect_uri], response_types: ['code'] }
      : { client_credentials_scopes: [postcards.scope, drafts.scope] }),
  }
}
