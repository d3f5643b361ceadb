/** oauth4webapi, unchanged: it checks every answer against the specifications, header by header. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import * as oauth from 'oauth4webapi'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import { clients, configuration, configured, isActive, passPages, people, resources } from '../scene.ts'

const enveloped = {
  ...clients.C1,
  registered: { ...clients.C1.registered, authorization_signed_response_alg: 'RS256' },
}
const listed = Object.values({ ...clients, C1: enveloped }).map(configured)
const server = await startServer({ configuration: { ...configuration, clients: listed } })
after(() => server.stop())

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(server.issuer)

for (const algorithm of ['oidc', 'oauth2'] as const) {
  must('RFC 8414 §3, RFC 9207 §2.4', 'oauth4webapi completes the flow after either discovery', async () => {
    const discovered = await oauth.discoveryRequest(issuer, { algorithm, ...insecure })
    await completes(await oauth.processDiscoveryResponse(issuer, discovered))
  })
}

async function completes(as: oauth.AuthorizationServer): Promise<void> {
  const { client_id, client_secret, redirect_uri } = clients.C1
  const client = { client_id }
  const authentication = oauth.ClientSecretBasic(client_secret)
  assert.equal(as.authorization_response_iss_parameter_supported, true)

  const code_verifier = oauth.generateRandomCodeVerifier()
  const sent = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  const address = new URL(as.authorization_endpoint ?? '')
  address.search = new URLSearchParams({
    ...sent,
    client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'openid profile offline_access postcards.read',
    resource: resources.RS1,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    max_age: '3600',
  }).toString()
  const visitor = server.visitor()
  const { leaves } = await passPages(visitor, await visitor.go(address))
  assert.ok(leaves)

  const answer = oauth.validateAuthResponse(as, client, leaves, sent.state)
  const redeemed = await oauth.authorizationCodeGrantRequest(
    ...([as, client, authentication, answer, redirect_uri, code_verifier, insecure] as const),
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, {
    expectedNonce: sent.nonce,
    maxAge: 3600,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, redeemed, insecure)
  const { sub } = oauth.getValidatedIdTokenClaims(tokens) ?? { sub: '' }

  const told = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
  assert.equal((await oauth.processUserInfoResponse(as, client, sub, told)).name, 'Alice Liddell')
  await admitted(as, tokens.access_token, sub)

  const again = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token ?? '', insecure)
  const refreshed = await oauth.processRefreshTokenResponse(as, client, again)
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token ?? '', insecure),
  )
  assert.equal(await isActive(server, clients.RS1, refreshed.access_token), false)
}

/** The protected resource's side: as it checks a JWT access token (RFC 9068 §4), and as it asks about one. */
async function admitted(as: oauth.AuthorizationServer, access_token: string, sub: string): Promise<void> {
  const request = new Request(resources.RS1, { headers: { authorization: `Bearer ${access_token}` } })
  const claims = await oauth.validateJwtAccessToken(as, request, resources.RS1, insecure)
  assert.equal(claims.sub, sub)

  const { client_id, client_secret } = clients.RS1
  const authentication = oauth.ClientSecretBasic(client_secret)
  const asked = await oauth.introspectionRequest(as, { client_id }, authentication, access_token, insecure)
  const answer = await oauth.processIntrospectionResponse(as, { client_id }, asked)
  assert.deepEqual([answer.active, answer.sub, answer.client_id], [true, sub, clients.C1.client_id])
}

must('RFC 6749 §4.4', 'oauth4webapi gets a token for a machine', async () => {
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
  const { client_id, client_secret } = clients.C6
  const answered = await oauth.clientCredentialsGrantRequest(
    as,
    { client_id },
    oauth.ClientSecretBasic(client_secret),
    { scope: 'postcards.read', resource: resources.RS1 },
    insecure,
  )
  const { access_token, refresh_token } = await oauth.processClientCredentialsResponse(as, { client_id }, answered)
  assert.equal(refresh_token, undefined)
  assert.equal(await isActive(server, clients.RS1, access_token), true)
})

const discovered = async (): Promise<oauth.AuthorizationServer> =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))

for (const [decision, outcome] of Object.entries({
  allow: 'tokens',
  deny: 'access_denied',
  none: 'authorization_pending',
})) {
  must('RFC 8628 §3.1, RFC 8628 §3.5', `oauth4webapi polls for a device, and is told: ${outcome}`, async () => {
    const as = await discovered()
    const { client_id } = clients.C8
    const client = { client_id }
    const scope = 'openid offline_access postcards.read'
    const asked = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope }, insecure)
    const device = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    if (decision !== 'none') {
      const visitor = server.visitor()
      const page = await visitor.go(device.verification_uri)
      const entry = await visitor.submit(page, { press: 'login-submit', fields: people.alice })
      const fields = { user_code: device.user_code }
      const consent = await visitor.submit(entry, { press: 'device-continue', fields })
      await visitor.submit(consent, { press: `consent-${decision}` })
    }
    // Whoever answers is quicker than the first poll, which need not wait for the interval then.
    const answer = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), device.device_code, insecure)
    const tokens = oauth.processDeviceCodeResponse(as, client, answer)
    if (outcome !== 'tokens') return assert.rejects(tokens, { error: outcome })
    const { access_token, scope: granted } = await tokens
    assert.equal(granted, scope)
    assert.equal(await isActive(server, clients.RS1, access_token), true)
  })
}

must('JARM §2.4', 'oauth4webapi takes a code out of a signed response, and checks who signed it for whom', async () => {
  const as = await discovered()
  const { client_id, client_secret, redirect_uri } = clients.C1
  const client = { client_id, authorization_signed_response_alg: 'RS256' }
  const [code_verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
  const code_challenge = await oauth.calculatePKCECodeChallenge(code_verifier)
  const visitor = server.visitor()
  const asked = { state, code_challenge, code_challenge_method: 'S256', scope: 'openid', response_type: 'code' }
  const address = new URL(as.authorization_endpoint ?? '')
  address.search = new URLSearchParams({ ...asked, client_id, redirect_uri, response_mode: 'jwt' }).toString()
  const { leaves } = await passPages(visitor, await visitor.go(address))
  assert.ok(leaves)
  assert.deepEqual([...leaves.searchParams.keys()], ['response'])
  await assert.rejects(oauth.validateJwtAuthResponse(as, { ...client, client_id: 'other' }, leaves, state, insecure))
  await assert.rejects(oauth.validateJwtAuthResponse(as, client, leaves, 'another state', insecure))
  const answer = await oauth.validateJwtAuthResponse(as, client, leaves, state, insecure)
  const authentication = oauth.ClientSecretBasic(client_secret)
  const redeemed = await oauth.authorizationCodeGrantRequest(
    ...([as, client, authentication, answer, redirect_uri, code_verifier, insecure] as const),
  )
  const { id_token } = await oauth.processAuthorizationCodeResponse(as, client, redeemed)
  assert.ok(id_token)
})
