/** openid-client, unchanged: the whole flow, with each way a client can prove who it is. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import * as openid from 'openid-client'
import { importJWK } from 'jose'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import {
  clients,
  configuration,
  isActive,
  passPages,
  people,
  privateJwk,
  resources,
  tokensFor,
  type SceneClient,
} from '../scene.ts'

const signedOutUri = 'https://rp1.test/signed-out'
const listed = configuration.clients.map((one) =>
  'client_id' in one && one.client_id === clients.C1.client_id
    ? { ...one, post_logout_redirect_uris: [signedOutUri] }
    : one,
)
const server = await startServer({ configuration: { ...configuration, clients: listed } })
after(() => server.stop())

/** What the client is given: its identifier, how it authenticates, and where the browser comes back to. */
interface Given {
  readonly client: SceneClient
  readonly authentication: openid.ClientAuth
  readonly redirect_uri?: string
}

async function completes({ client, authentication, redirect_uri = client.redirect_uri }: Given): Promise<void> {
  const found = await openid.discovery(new URL(server.issuer), client.client_id, undefined, authentication, {
    execute: [openid.allowInsecureRequests],
  })
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expected = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() }
  const address = openid.buildAuthorizationUrl(found, {
    redirect_uri,
    scope: 'openid profile email offline_access postcards.read',
    resource: resources.RS1,
    state: expected.expectedState,
    nonce: expected.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })

  const visitor = server.visitor()
  const { leaves } = await passPages(visitor, await visitor.go(address))
  assert.ok(leaves)
  const tokens = await openid.authorizationCodeGrant(found, leaves, expected)
  const sub = tokens.claims()?.sub ?? ''
  assert.deepEqual(tokens.scope?.split(' ').sort(), ['email', 'offline_access', 'openid', 'postcards.read', 'profile'])
  const person = await openid.fetchUserInfo(found, tokens.access_token, sub)
  assert.equal(person.name, 'Alice Liddell')
  assert.equal(person.email, 'alice@example.com')

  const refreshed = await openid.refreshTokenGrant(found, tokens.refresh_token ?? '')
  assert.equal(refreshed.claims()?.sub ?? sub, sub)
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
  assert.equal(await isActive(server, clients.RS1, refreshed.access_token), true)
  await openid.tokenRevocation(found, refreshed.refresh_token ?? '')
  assert.equal(await isActive(server, clients.RS1, refreshed.access_token), false)
  await assert.rejects(openid.refreshTokenGrant(found, refreshed.refresh_token ?? ''), { error: 'invalid_grant' })
}

must('RFC 6749 §4.1', 'openid-client completes the flow with client_secret_basic', () =>
  completes({ client: clients.C1, authentication: openid.ClientSecretBasic(clients.C1.client_secret) }),
)

must('RFC 6749 §2.3.1', 'openid-client completes the flow with client_secret_post', () =>
  completes({ client: clients.C1post, authentication: openid.ClientSecretPost(clients.C1post.client_secret) }),
)

must('OpenID Connect Core §9', 'openid-client completes the flow with private_key_jwt', async () => {
  const key = await importJWK(privateJwk, 'ES256')
  assert.ok(!(key instanceof Uint8Array))
  await completes({ client: clients.C4, authentication: openid.PrivateKeyJwt({ key, kid: privateJwk.kid }) })
})

must('OAuth 2.1 §2.1', 'openid-client completes the flow as a public client', () =>
  completes({ client: clients.C2, authentication: openid.None() }),
)

must(
  'RFC 8252 §7.3',
  'AZ-14: openid-client completes the flow as a native client on whatever loopback port is free',
  () =>
    completes({
      client: clients.C3,
      authentication: openid.None(),
      redirect_uri: `http://127.0.0.1:${server.port + 1}/cb`,
    }),
)

must('RFC 8252 §7.1', 'openid-client completes the flow as a native client with a private-use scheme', () =>
  completes({ client: clients.C3, authentication: openid.None(), redirect_uri: 'com.example.app:/cb' }),
)

must('RFC 8628 §3.4', 'openid-client completes the device authorization grant', async () => {
  const { client_id } = clients.C8
  const found = await openid.discovery(new URL(server.issuer), client_id, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  })
  const scope = 'openid offline_access postcards.read'
  const device = await openid.initiateDeviceAuthorization(found, { scope })
  const visitor = server.visitor()
  const page = await visitor.go(device.verification_uri_complete ?? '')
  const entered = await visitor.submit(page, { press: 'login-submit', fields: people.alice })
  const consent = await visitor.submit(entered, { press: 'device-continue' })
  await visitor.submit(consent, { press: 'consent-allow' })
  // The person was quicker than the first poll, which need not wait for the interval then.
  const tokens = await openid.pollDeviceAuthorizationGrant(found, { ...device, interval: 0 })
  assert.equal(tokens.scope, scope)
  assert.equal(await isActive(server, clients.RS1, tokens.access_token), true)
  const refreshed = await openid.refreshTokenGrant(found, tokens.refresh_token ?? '')
  assert.ok(refreshed.refresh_token)
})

must(
  'OpenID Connect RP-Initiated Logout §2',
  'openid-client sends the person to sign out, and gets them back',
  async () => {
    const { client_id, client_secret } = clients.C1
    const method = openid.ClientSecretBasic(client_secret)
    const found = await openid.discovery(new URL(server.issuer), client_id, undefined, method, {
      execute: [openid.allowInsecureRequests],
    })
    const visitor = server.visitor()
    const { id_token } = await tokensFor(server, visitor, clients.C1)
    const address = openid.buildEndSessionUrl(found, {
      id_token_hint: id_token,
      post_logout_redirect_uri: signedOutUri,
      state: 'the state',
    })
    assert.equal((await visitor.go(address)).leaves?.href, `${signedOutUri}?state=the+state`)
    assert.match((await visitor.go('/account')).body, /id="login-submit"/)
  },
)
