/** openid-client, unchanged, with the other ways an answer can come: implicit, hybrid, by form, and in a signed envelope. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import * as openid from 'openid-client'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import { formsOf, type Visited } from '../../testing/visitor.ts'
import { clients, configuration, configured, passPages, people, type SceneClient } from '../scene.ts'

const client: SceneClient = {
  ...clients.C1,
  registered: { ...clients.C1.registered, authorization_signed_response_alg: 'RS256' },
}
const server = await startServer({
  configuration: {
    ...configuration,
    clients: [configured(client)],
    legacy: [
      {
        client_id: client.client_id,
        response_types: ['id_token', 'code id_token'],
        grant_types: ['password'],
        until: '2099-12-31',
      },
    ],
  },
})
after(() => server.stop())

type Prepare = (config: openid.Configuration) => void

async function discovered(prepare: Prepare): Promise<openid.Configuration> {
  const authentication = openid.ClientSecretBasic(client.client_secret)
  const execute = [openid.allowInsecureRequests]
  const found = await openid.discovery(new URL(server.issuer), client.client_id, undefined, authentication, { execute })
  prepare(found)
  return found
}

/** What the client checks the answer against, and the answer as it came. */
async function answered(config: openid.Configuration, otherwise: Readonly<Record<string, string>> = {}) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() }
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: client.redirect_uri,
    scope: 'openid email',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  // The library knows `jwt` alone, and writes it over any other.
  for (const [name, value] of Object.entries(otherwise)) address.searchParams.set(name, value)
  const visitor = server.visitor()
  return { checks, page: await passPages(visitor, await visitor.go(address)) }
}

function addressOf({ leaves }: Visited): URL {
  assert.ok(leaves)
  return leaves
}

/** The request that the form makes of the client. */
function posted(page: Visited): Request {
  const [sent] = formsOf(page.body)
  const body = new URLSearchParams(sent?.fields.map(([name, value]) => [name, value]))
  return new Request(sent?.action ?? '', { method: 'POST', body })
}

must('OpenID Connect Core §3.2', 'openid-client takes an id_token out of the fragment', async () => {
  const config = await discovered(openid.useIdTokenResponseType)
  const { checks, page } = await answered(config)
  const { expectedState, expectedNonce } = checks
  const claims = await openid.implicitAuthentication(config, addressOf(page), expectedNonce, { expectedState })
  assert.equal(claims['email'], 'alice@example.com')
})

must('OAuth 2.0 Form Post Response Mode §2', 'openid-client takes an id_token out of a form', async () => {
  const config = await discovered(openid.useIdTokenResponseType)
  const { checks, page } = await answered(config, { response_mode: 'form_post' })
  const { expectedState, expectedNonce } = checks
  assert.ok(await openid.implicitAuthentication(config, posted(page), expectedNonce, { expectedState }))
})

must(
  'OpenID Connect Core §3.3',
  'openid-client takes code and id_token out of the fragment, and redeems the code',
  async () => {
    const config = await discovered(openid.useCodeIdTokenResponseType)
    const { checks, page } = await answered(config)
    const tokens = await openid.authorizationCodeGrant(config, addressOf(page), checks)
    assert.ok(tokens.claims()?.sub)
  },
)

for (const response_mode of ['jwt', 'query.jwt'] as const) {
  must('JARM §2.4', `openid-client takes a code out of a signed response by ${response_mode}`, async () => {
    const config = await discovered(openid.useJwtResponseMode)
    const { checks, page } = await answered(config, { response_mode })
    assert.ok(await openid.authorizationCodeGrant(config, addressOf(page), checks))
  })
}

must('JARM §2.4', 'openid-client takes a code out of a signed response that comes by form', async () => {
  const config = await discovered(openid.useJwtResponseMode)
  const { checks, page } = await answered(config, { response_mode: 'form_post.jwt' })
  assert.ok(await openid.authorizationCodeGrant(config, posted(page), checks))
})

must(
  'RFC 6749 §4.3.2',
  'openid-client has tokens for a password, and is told invalid_grant for a wrong one',
  async () => {
    const config = await discovered(() => undefined)
    const typed = { ...people.alice, scope: 'postcards.read' }
    const tokens = await openid.genericGrantRequest(config, 'password', typed)
    assert.equal(tokens.scope, 'postcards.read')
    assert.ok(tokens.refresh_token && (await openid.refreshTokenGrant(config, tokens.refresh_token)))
    await assert.rejects(openid.genericGrantRequest(config, 'password', { ...typed, password: 'no' }), {
      error: 'invalid_grant',
      status: 400,
    })
  },
)
