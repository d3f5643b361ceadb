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
    authorization_signed_response_alg: 'ES256',
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

    const discovered = (client: SceneClient, authentication: openid.ClientAuth) => {
      const options = { execute: [openid.allowInsecureRequests] }
      return openid.discovery(new URL(server.issuer), client.client_id, undefined, authentication, options)
    }

    /** Has alice allow everything that there is to ask for; tells where her browser went, and what has to be expected there. */
    async function allowed(found: openid.Configuration, { redirect_uri }: SceneClient, address: Address) {
      const pkceCodeVerifier = openid.randomPKCECodeVerifier()
      const expected = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() }
      const url = await address(found, {
        redirect_uri,
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
      return { leaves, expected }
    }

    /** Redeems the code, introspects and refreshes: the details are in every answer. */
    async function redeemed(
      found: openid.Configuration,
      { leaves, expected }: Awaited<ReturnType<typeof allowed>>,
      proving: openid.DPoPOptions = {},
    ) {
      const tokens = await openid.authorizationCodeGrant(found, leaves, expected, undefined, proving)
      assert.deepEqual(tokens.authorization_details, [delivery])
      const asked = await post(server, '/introspect', clients.RS1, { token: tokens.access_token })
      assert.deepEqual(jsonOf(asked)['authorization_details'], [delivery])
      const refreshed = await openid.refreshTokenGrant(found, tokens.refresh_token ?? '', undefined, proving)
      assert.deepEqual(refreshed.authorization_details, [delivery])
      return { tokens, introspection: jsonOf(asked) }
    }

    async function completes(client: SceneClient, authentication: openid.ClientAuth, address: Address): Promise<void> {
      const found = await discovered(client, authentication)
      await redeemed(found, await allowed(found, client, address))
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

    must(
      'RFC 9126 §3, RFC 9449 §10.1, RFC 9396 §3, OpenID Connect Core §5.5',
      'one request is signed and pushed with a proof, asks for details and claims, and is answered in an envelope, as fapi2 has it',
      async () => {
        const key = await signingKey()
        const found = await discovered(strict, openid.PrivateKeyJwt(key))
        openid.useJwtResponseMode(found)
        const proving = { DPoP: openid.getDPoPHandle(found, await openid.randomDPoPKeyPair('ES256')) }
        const another = { DPoP: openid.getDPoPHandle(found, await openid.randomDPoPKeyPair('ES256')) }
        const claims = JSON.stringify({ id_token: { email: { essential: true } } })
        const answer = await allowed(found, strict, async (_, parameters) => {
          const signed = await openid.buildAuthorizationUrlWithJAR(found, { ...parameters, claims }, key)
          return openid.buildAuthorizationUrlWithPAR(found, signed.searchParams, proving)
        })
        assert.deepEqual([...answer.leaves.searchParams.keys()], ['response'])
        const { leaves, expected } = answer
        // The code is for the key that pushed: with another one it is refused, and stays whole.
        await assert.rejects(openid.authorizationCodeGrant(found, leaves, expected, undefined, another), {
          error: 'invalid_grant',
        })
        const { tokens, introspection } = await redeemed(found, answer, proving)
        assert.equal(tokens.claims()?.['email'], 'alice@example.com')
        assert.deepEqual([tokens.token_type, introspection['token_type']], ['dpop', 'DPoP'])
        assert.equal(introspection['scope'], 'openid profile postcards.read')
      },
    )

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
