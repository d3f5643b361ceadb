/**
 * DPoP over HTTP: what the FAPI 2.0 plan of the OpenID Foundation asks of it, module by module, of a client with
 * `private_key_jwt`; and with the client libraries that other people wrote, unchanged, with and without nonces.
 */
import assert from 'node:assert/strict'
import { after, describe } from 'node:test'
import { calculateJwkThumbprint, importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { dpopProof, newDpopKey, type DpopKey, type MadeProof } from '../testing/dpop.ts'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  authorizationPath,
  authorize,
  clients,
  configuration,
  configured,
  credentialsOf,
  form,
  jsonOf,
  newPkce,
  passPages,
  post,
  privateJwk,
  resources,
  tokensOf,
  type Parameters,
  type Response,
  type SceneClient,
} from './scene.ts'

const keyed: SceneClient = {
  ...clients.C4,
  registered: { ...clients.C4.registered, profile: 'fapi2', dpop_bound_access_tokens: true },
}
const spa: SceneClient = { ...clients.C2, registered: { ...clients.C2.registered, dpop_bound_access_tokens: true } }
const changed = [keyed, spa]
const others = Object.values(clients).filter(({ client_id }) => changed.every((one) => one.client_id !== client_id))
const bound = { ...configuration, clients: [...others, ...changed].map(configured) }
const [server, strict] = await Promise.all([
  startServer({ configuration: bound }),
  startServer({ configuration: { ...bound, dpop: { nonce: 'required' } } }),
])
after(() => Promise.all([server.stop(), strict.stop()]))

const [key, other] = await Promise.all([newDpopKey(), newDpopKey()])
const now = () => Math.floor(Date.now() / 1000)
const proofOf = (by: DpopKey, otherwise: Partial<MadeProof> = {}) =>
  dpopProof(by, { htu: `${server.issuer}/token`, at: now(), ...otherwise })
const visitor = server.visitor()
const scope = 'openid offline_access postcards.read'
const codeFor = (by: SceneClient, more: Parameters = {}) =>
  by === keyed ? codeOfPushed({ scope, ...more }) : authorize(visitor, by, { scope, ...more })

/** A client of this profile pushes its requests. */
async function codeOfPushed(more: Parameters): Promise<Response> {
  const pkce = newPkce()
  const [, asked] = authorizationPath(keyed, pkce, more).split('?')
  const pushed = await post(
    server,
    '/par',
    credentialsOf(keyed, server.issuer),
    Object.fromEntries(new URLSearchParams(asked)),
  )
  const { client_id } = keyed
  const request_uri = String(jsonOf(pushed)['request_uri'])
  const { leaves } = await passPages(visitor, await visitor.go(`/authorize?${form({ client_id, request_uri })}`))
  const code = leaves?.searchParams.get('code')
  assert.ok(leaves && code)
  return { url: leaves, code, code_verifier: pkce.code_verifier }
}

async function ask(by: SceneClient, parameters: Parameters, proof?: string): Promise<Received> {
  const credentials = credentialsOf(by, server.issuer)
  const headers = { ...credentials.headers, ...(proof !== undefined && { dpop: proof }) }
  return post(server, '/token', { ...credentials, headers }, parameters)
}
const redeem = (by: SceneClient, { code, code_verifier }: Response, proof?: string) =>
  ask(by, { grant_type: 'authorization_code', code, code_verifier }, proof)

async function refused(answer: Promise<Received>, error: string): Promise<void> {
  const received = await answer
  assert.deepEqual([received.status, jsonOf(received)['error']], [400, error])
}

describe('fapi2-security-profile-final', () => {
  must('RFC 9449 §4.3', 'fapi2-security-profile-final-dpop-negative-tests: DP-01, DP-02, DP-03', async () => {
    const response = await codeFor(keyed)
    const right = await proofOf(key)
    const privateJwk = { ...key.jwk, d: String(key.privateKey.export({ format: 'jwk' }).d) }
    const bad = [
      { htm: 'PUT' },
      { htu: `${server.issuer}/other` },
      { at: now() - 3600 },
      { at: now() + 3600 },
      { claims: { jti: undefined } },
      { claims: { htm: undefined } },
      { claims: { htu: undefined } },
      { claims: { iat: undefined } },
      { header: { typ: 'JWT' } },
      { header: { jwk: privateJwk } },
      { header: { jwk: other.jwk } },
    ] satisfies readonly Partial<MadeProof>[]
    const fields = [...(await Promise.all(bad.map((one) => proofOf(key, one)))), `${right}, ${right}`, `${right}x`, 'x']
    for (const field of fields) await refused(redeem(keyed, response, field), 'invalid_dpop_proof')
    tokensOf(await redeem(keyed, response, right))
  })

  must('RFC 9449 §4.3', 'fapi2-security-profile-final-dpop-proof-iat-10seconds-before, -after: DP-03', async () => {
    for (const seconds of [-10, 10])
      tokensOf(await redeem(keyed, await codeFor(keyed), await proofOf(key, { at: now() + seconds })))
  })

  must('RFC 3986 §6.2', 'fapi2-security-profile-final-dpop-htu-normalization: DP-02', async () => {
    const { port } = new URL(server.issuer)
    for (const htu of [`HTTP://LOCALHOST:${port}/token`, `${server.issuer}/%74oken?a=b#c`]) {
      tokensOf(await redeem(keyed, await codeFor(keyed), await proofOf(key, { htu })))
    }
  })

  must(
    'FAPI 2.0 Security Profile §5.3.2.1',
    'fapi2-security-profile-final-ensure-holder-of-key-required: DP-08',
    async () => {
      const response = await codeFor(keyed)
      await refused(redeem(keyed, response), 'invalid_request')
      await refused(redeem(spa, await codeFor(spa)), 'invalid_request')
      assert.equal(jsonOf(await redeem(keyed, response, await proofOf(key)))['token_type'], 'DPoP')
    },
  )

  must('RFC 9449 §10', 'fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: CD-17', async () => {
    const response = await codeFor(keyed, { dpop_jkt: key.jkt })
    await refused(redeem(keyed, response, await proofOf(other)), 'invalid_grant')
    tokensOf(await redeem(keyed, response, await proofOf(key)))
  })

  must(
    'FAPI 2.0 Security Profile §5.3.2.1',
    'fapi2-security-profile-final-refresh-token: RT-02, no rotation',
    async () => {
      const { refresh_token } = tokensOf(await redeem(keyed, await codeFor(keyed), await proofOf(key)))
      for (let turn = 0; turn < 3; turn += 1) {
        const answer = await ask(keyed, { grant_type: 'refresh_token', refresh_token }, await proofOf(key))
        assert.equal(tokensOf(answer).refresh_token, refresh_token)
      }
    },
  )
})

for (const [name, of] of Object.entries({ 'without nonces': server, 'with nonces': strict })) {
  describe(name, () => {
    must('RFC 9449 §5, RFC 9449 §7', `openid-client completes the flow with DPoP and private_key_jwt`, async () => {
      const signer = await importJWK(privateJwk, 'ES256')
      assert.ok(!(signer instanceof Uint8Array))
      const authentication = openid.PrivateKeyJwt({ key: signer, kid: privateJwk.kid })
      const found = await openid.discovery(new URL(of.issuer), keyed.client_id, undefined, authentication, {
        execute: [openid.allowInsecureRequests],
      })
      const DPoP = openid.getDPoPHandle(found, await openid.randomDPoPKeyPair())
      const pkceCodeVerifier = openid.randomPKCECodeVerifier()
      const expected = { pkceCodeVerifier, expectedState: openid.randomState() }
      const address = await openid.buildAuthorizationUrlWithPAR(found, {
        redirect_uri: keyed.redirect_uri,
        scope,
        resource: resources.RS1,
        state: expected.expectedState,
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        dpop_jkt: await DPoP.calculateThumbprint(),
      })
      const browser = of.visitor()
      const { leaves } = await passPages(browser, await browser.go(address))
      assert.ok(leaves)
      const tokens = await openid.authorizationCodeGrant(found, leaves, expected, undefined, { DPoP })
      assert.equal(tokens.token_type, 'dpop')
      const sub = tokens.claims()?.sub ?? ''
      assert.equal((await openid.fetchUserInfo(found, tokens.access_token, sub, { DPoP })).sub, sub)
      const refreshed = await openid.refreshTokenGrant(found, tokens.refresh_token ?? '', undefined, { DPoP })
      assert.equal(refreshed.refresh_token, tokens.refresh_token)
      assert.equal((await openid.fetchUserInfo(found, refreshed.access_token, sub, { DPoP })).sub, sub)
    })

    must(
      'RFC 9449 §5, RFC 9449 §7',
      'oauth4webapi completes the flow of a public client with DPoP, and checks the token as an API',
      async () => {
        const insecure = { [oauth.allowInsecureRequests]: true }
        const issuer = new URL(of.issuer)
        const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
        assert.deepEqual(as.dpop_signing_alg_values_supported, ['ES256', 'PS256', 'EdDSA', 'Ed25519'])
        const client = { client_id: spa.client_id }
        const pair = await oauth.generateKeyPair('ES256', { extractable: true })
        const DPoP = oauth.DPoP({}, pair)
        const pkce = newPkce()
        const browser = of.visitor()
        const { leaves } = await passPages(
          browser,
          await browser.go(authorizationPath(spa, pkce, { scope, resource: resources.RS1 })),
        )
        assert.ok(leaves)
        const callback = oauth.validateAuthResponse(as, client, leaves, 'the state')
        const redeemed = async () => {
          const sent = oauth.authorizationCodeGrantRequest(
            as,
            client,
            oauth.None(),
            callback,
            spa.redirect_uri,
            pkce.code_verifier,
            { DPoP, ...insecure },
          )
          return oauth.processAuthorizationCodeResponse(as, client, await sent)
        }
        const tokens = await redeemed().catch((error: unknown) => {
          if (!oauth.isDPoPNonceError(error)) throw error
          return redeemed()
        })
        assert.equal(tokens.token_type, 'dpop')

        const url = new URL(resources.RS1)
        const presented = new Request(url, { headers: { authorization: `DPoP ${tokens.access_token}` } })
        const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
        const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(tokens.access_token))).toString(
          'base64url',
        )
        const by = { jwk, jkt: await calculateJwkThumbprint(jwk), privateKey: pair.privateKey }
        presented.headers.set('dpop', await dpopProof(by, { htm: 'GET', htu: url.href, at: now(), claims: { ath } }))
        const claims = await oauth.validateJwtAccessToken(as, presented, resources.RS1, insecure)
        assert.deepEqual(claims.cnf, { jkt: by.jkt })
      },
    )
  })
}
