/**
 * Authorization requests that are pushed, signed and detailed, by openid-client and oauth4webapi, unchanged: on SQLite,
 * and on two nodes over PostgreSQL of which each request reaches any.
 */
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { must } from '../../testing/must.ts'
import { startNodes } from '../../testing/nodes.ts'
import { freshDatabase } from '../../testing/postgres.ts'
import { startServer, type TestServer } from '../../testing/server.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  configured,
  delivery,
  form,
  jsonOf,
  newPkce,
  passPages,
  post,
  privateJwk,
  resources,
  type SceneClient,
} from '../scene.ts'

type Serving = Pick<TestServer, 'issuer' | 'send' | 'visitor' | 'stop'>

/** One that may come with nothing but what it has pushed and signed. */
const strict: SceneClient = {
  ...clients.C4,
  client_id: 'strict',
  redirect_uri: 'https://strict.test/cb',
  registered: {
    ...clients.C4.registered,
    client_name: 'strict',
    redirect_uris: ['https://strict.test/cb'],
    profile: 'fapi2',
    require_signed_request_object: true,
  },
}
const everything = { ...configuration, clients: [...configuration.clients, configured(strict)] }

const setups: Readonly<Record<string, () => Promise<Serving>>> = {
  SQLite: () => startServer({ configuration: everything }),
  'PostgreSQL with two nodes': async () =>
    startNodes(2, { configuration: everything, database: await freshDatabase() }),
}

const signingKey = async () => {
  const key = await importJWK(privateJwk, 'ES256')
  assert.ok(!(key instanceof Uint8Array))
  return { key, kid: privateJwk.kid }
}
const insecure = { [oauth.allowInsecureRequests]: true }

for (const [name, start] of Object.entries(setups)) {
  describe(name, () => {
    let server: Serving
    before(async () => {
      server = await start()
    })
    after(() => server.stop())

    type Address = (found: openid.Configuration, parameters: Record<string, string>) => Promise<URL>

    async function completes(client: SceneClient, authentication: openid.ClientAuth, address: Address): Promise<void> {
      const options = { execute: [openid.allowInsecureRequests] }
      const metadata = undefined
      const found = await openid.discovery(new URL(server.issuer), client.client_id, metadata, authentication, options)
      const pkceCodeVerifier = openid.randomPKCECodeVerifier()
      const expected = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() }
      const url = await address(found, {
        redirect_uri: client.redirect_uri,
        scope: 'openid profile postcards.read',
        resource: resources.RS1,
        state: expected.expectedState,
        nonce: expected.expectedNonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        authorization_details: JSON.stringify([delivery]),
      })
      const visitor = server.visitor()
      const { leaves } = await passPages(visitor, await visitor.go(url))
      assert.ok(leaves)
      const tokens = await openid.authorizationCodeGrant(found, leaves, expected)
      assert.deepEqual(tokens.authorization_details, [delivery])
      const asked = await post(server, '/introspect', clients.RS1, { token: tokens.access_token })
      assert.deepEqual(jsonOf(asked)['authorization_details'], [delivery])
      const refreshed = await openid.refreshTokenGrant(found, tokens.refresh_token ?? '')
      assert.deepEqual(refreshed.authorization_details, [delivery])
    }

    must('RFC 9126 §2, RFC 9396 §3', 'openid-client pushes its request, with details', () =>
      completes(clients.C1, openid.ClientSecretBasic(clients.C1.client_secret), async (found, parameters) =>
        openid.buildAuthorizationUrlWithPAR(found, parameters),
      ),
    )

    must('RFC 9101 §5', 'openid-client signs its request, and sends it by the browser', async () => {
      const key = await signingKey()
      await completes(clients.C4, openid.PrivateKeyJwt(key), async (found, parameters) =>
        openid.buildAuthorizationUrlWithJAR(found, parameters, key),
      )
    })

    must('RFC 9126 §3', 'openid-client signs its request and pushes it, which the profile fapi2 demands', async () => {
      const key = await signingKey()
      await completes(strict, openid.PrivateKeyJwt(key), async (found, parameters) => {
        const signed = await openid.buildAuthorizationUrlWithJAR(found, parameters, key)
        return openid.buildAuthorizationUrlWithPAR(found, signed.searchParams)
      })
    })

    must(
      'RFC 9126 §2, RFC 9101 §4',
      'oauth4webapi pushes a request, plain and signed, and checks each answer',
      async () => {
        const issuer = new URL(server.issuer)
        const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
        const { client_id, redirect_uri } = clients.C4
        const client = { client_id }
        const key = await signingKey()
        const verifier = oauth.generateRandomCodeVerifier()
        const plain = new URLSearchParams({
          client_id,
          redirect_uri,
          response_type: 'code',
          scope: 'postcards.read',
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          authorization_details: JSON.stringify([delivery]),
        })
        const signed = new URLSearchParams({
          client_id,
          request: await oauth.issueRequestObject(as, client, plain, key),
        })
        for (const parameters of [plain, signed]) {
          const authentication = oauth.PrivateKeyJwt(key)
          const answered = await oauth.pushedAuthorizationRequest(as, client, authentication, parameters, insecure)
          const { request_uri, expires_in } = await oauth.processPushedAuthorizationResponse(as, client, answered)
          assert.equal(expires_in, 60)
          const visitor = server.visitor()
          const { leaves } = await passPages(
            visitor,
            await visitor.go(`/authorize?${form({ client_id, request_uri })}`),
          )
          assert.ok(leaves)
          const answer = oauth.validateAuthResponse(as, client, leaves, oauth.expectNoState)
          const redeemed = await oauth.authorizationCodeGrantRequest(
            ...([as, client, authentication, answer, redirect_uri, verifier, insecure] as const),
          )
          const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed)
          assert.deepEqual(tokens.authorization_details, [delivery])
        }
      },
    )

    must(
      'RFC 9126 §4',
      'PA-03, PA-04: of fifty tabs that answer one pushed request at once one gets a code',
      async () => {
        const visitor = server.visitor()
        await authorize(visitor, clients.C1)
        for (let trial = 0; trial < 20; trial += 1) {
          const pushed = new URLSearchParams(authorizationPath(clients.C1, newPkce()).split('?')[1])
          const answer = await post(server, '/par', clients.C1, Object.fromEntries(pushed))
          assert.equal(answer.status, 201, answer.body)
          const address = `/authorize?${form({ client_id: clients.C1.client_id, request_uri: String(jsonOf(answer)['request_uri']) })}`
          const tabs = await Promise.all(Array.from({ length: 50 }, () => visitor.go(address)))
          const codes = tabs.filter(({ leaves }) => leaves?.searchParams.has('code'))
          assert.equal(codes.length, 1, `${codes.length} of 50 got a code`)
          for (const { leaves, status } of tabs) assert.ok(leaves !== undefined || status === 400 || status === 410)
        }
      },
    )
  })
}
