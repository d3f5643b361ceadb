import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { dpopProof, newDpopKey, type DpopKey, type MadeProof } from '../../../testing/dpop.ts'
import { must } from '../../../testing/must.ts'
import { formRequest, issuer, openProtocol } from '../../../testing/protocol.ts'
import { refusedFor } from '../../../testing/refused.ts'
import type { JWK } from 'jose'
import type { ProtocolParts } from '../parts.ts'
import { currentNonce, isCurrentNonce } from './nonce.ts'
import { provenKey } from './proof.ts'
import { isTarget } from './target-uri.ts'

const { parts, wait, close } = await openProtocol()
after(close)
const key = await newDpopKey()
const request = { ...formRequest(''), path: '/token' }
const htu = `${issuer}/token`
/** RFC 9449 §4.1, Figure 1. */
const rfcProof = [
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
  'eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ',
  '2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg',
].join('.')
const jwkOf = (publicKey: { export(of: { format: 'jwk' }): unknown }) => publicKey.export({ format: 'jwk' }) as JWK

type Otherwise = Partial<MadeProof> & { readonly by?: DpopKey; readonly token?: string; readonly parts?: ProtocolParts }

function proven({ by = key, token, parts: under = parts, ...made }: Otherwise = {}): Promise<string> {
  const proof = dpopProof(by, { htu, at: parts.clock(), ...made })
  return proof.then((field) => provenKey(field, { request, detail: {}, ...(token !== undefined && { token }) }, under))
}
const refused = (made: Otherwise, reason: string) => assert.rejects(proven(made), refusedFor(reason))
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a DPoP proof', () => {
  must('RFC 9449 §4.3', 'a right one tells the thumbprint of its key, once', async () => {
    assert.equal(await proven(), key.jkt)
    const again = await dpopProof(key, { htu, at: parts.clock() })
    await provenKey(again, { request, detail: {} }, parts)
    await assert.rejects(provenKey(again, { request, detail: {} }, parts), refusedFor('dpop_proof_replayed'))
  })

  must('RFC 9449 §4.1', 'the proof of the RFC itself is taken, in its time, where it was made for', async () => {
    const clock = () => 1_562_262_616
    const there = { ...parts, issuer: 'https://server.example.com', clock }
    assert.equal(
      await provenKey(rfcProof, { request, detail: {} }, there),
      '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    )
  })

  must('RFC 9449 §4.3', 'DP-04: a jti is remembered by key: another key may use it', async () => {
    const claims = { jti: 'the same' }
    assert.equal(await proven({ claims }), key.jkt)
    const other = await newDpopKey()
    assert.equal(await proven({ by: other, claims }), other.jkt)
    await refused({ by: other, claims }, 'dpop_proof_replayed')
  })

  must('RFC 9449 §11.1', 'DP-04: of fifty who send one proof at once one is taken', async () => {
    const field = await dpopProof(key, { htu, at: parts.clock() })
    const tries = Array.from({ length: 50 }, () => provenKey(field, { request, detail: {} }, parts))
    const taken = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')
    assert.equal(taken.length, 1)
  })

  must('RFC 9449 §4.3', 'DP-01: one that is not a signed JWT, or two in one field, is refused', async () => {
    const right = await dpopProof(key, { htu, at: parts.clock() })
    for (const field of [
      '',
      'a.b',
      `${right}, ${right}`,
      `${right},${right}`,
      right.split('.', 2).join('.'),
      `${right}=`,
    ]) {
      await assert.rejects(provenKey(field, { request, detail: {} }, parts), refusedFor('dpop_proof_malformed'), field)
    }
  })

  must('RFC 9449 §4.2', 'DP-01: another typ, or none, is not a DPoP proof', async () => {
    for (const typ of ['JWT', 'at+jwt', 'DPOP+JWT', undefined] as const) {
      await refused({ header: { typ: typ as string } }, 'dpop_type_wrong')
    }
  })

  must('RFC 9449 §4.3', 'DP-01: none, a MAC, and what is not advertised sign no proof', async () => {
    const claims = part({ htm: 'POST', htu, iat: parts.clock(), jti: 'x' })
    const jwk = { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }
    for (const alg of ['none', 'HS256', 'RS256', 'ES512', 'ES256K', undefined]) {
      const head = `${part({ typ: 'dpop+jwt', alg, jwk })}.${claims}`
      const mac = createHmac('sha256', Buffer.alloc(32, 1)).update(head).digest('base64url')
      await assert.rejects(
        provenKey(`${head}.${mac}`, { request, detail: {} }, parts),
        refusedFor('dpop_algorithm_not_allowed'),
      )
    }
  })

  must(
    'RFC 9449 §4.3',
    'DP-01, DP-09: the key is a public one for that algorithm, on its curve, of a usual size',
    async () => {
      const p521 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey)
      const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)
      const bits16k = Buffer.alloc(2048, 0xff).toString('base64url')
      const odd: readonly unknown[] = [
        undefined,
        'a text',
        {},
        { ...key.jwk, d: key.privateKey.export({ format: 'jwk' }).d },
        { kty: 'oct', k: 'AAAA' },
        p521,
        rsa,
        { ...rsa, n: bits16k },
        { ...key.jwk, x: key.jwk.y, y: key.jwk.x },
        { ...key.jwk, use: 'enc' },
        { ...key.jwk, alg: 'ES384' },
      ]
      for (const jwk of odd) await refused({ header: { jwk: jwk as JWK } }, 'dpop_key_unusable')
      await refused({ header: { jwk: { ...key.jwk, kid: 'one' }, kid: 'other' } }, 'dpop_key_unusable')
      assert.equal(await proven({ header: { jwk: { ...key.jwk, kid: 'one' }, kid: 'one' } }), key.jkt)
    },
  )

  must('RFC 9449 §4.3', 'DP-01: one that another key signed is refused', async () => {
    await refused({ by: { ...(await newDpopKey()), jwk: key.jwk } }, 'dpop_signature_wrong')
  })

  must('RFC 9449 §4.3', 'DP-01, DP-02: it is for this method at this URI, and says both', async () => {
    for (const htm of ['PUT', 'post', 'GET']) await refused({ htm }, 'dpop_htm_mismatch')
    await refused({ claims: { htm: undefined } }, 'dpop_htm_mismatch')
    for (const other of [`${issuer}/userinfo`, `${issuer}/token/`, 'https://evil.test/token', 'http://id.test/token']) {
      await refused({ htu: other }, 'dpop_htu_mismatch')
    }
    for (const none of [undefined, 1, '', '/token', 'https://id.test@evil.test/token', 'https:\\\\id.test\\token']) {
      await refused({ claims: { htu: none } }, 'dpop_htu_mismatch')
    }
  })

  must('RFC 9449 §4.3', 'DP-02: query and fragment do not count, and spellings of one URI are one', async () => {
    const spellings = [
      'HTTPS://ID.test/token',
      'https://id.test:443/token',
      `${htu}?a=1`,
      `${htu}#a`,
      `${issuer}/%74oke%6E`,
    ]
    for (const spelled of spellings) assert.equal(await proven({ htu: spelled }), key.jkt, spelled)
    const path = { path: '/~a/%C3%A9' }
    assert.equal(isTarget('https://id.test/%7Ea/%c3%a9', path, parts), true)
    assert.equal(isTarget('https://id.test/%7Ea/%c3%A8', path, parts), false)
  })

  must('RFC 9449 §4.3', 'DP-03: iat may be ten seconds off, either way, and not an hour', async () => {
    for (const seconds of [-10, 10, 59, -59]) assert.equal(await proven({ at: parts.clock() + seconds }), key.jkt)
    for (const seconds of [-3600, 3600, 61, -61])
      await refused({ at: parts.clock() + seconds }, 'dpop_proof_not_current')
    for (const iat of [undefined, 'now', null]) await refused({ claims: { iat } }, 'dpop_proof_not_current')
  })

  must('RFC 9449 §4.2', 'DP-01: a proof without a jti is refused', async () => {
    for (const jti of [undefined, '', 1]) await refused({ claims: { jti } }, 'dpop_jti_missing')
  })

  must('RFC 9449 §4.3', 'DP-07: with an access token it holds the hash of that token', async () => {
    const ath = createHash('sha256').update('a token').digest('base64url')
    assert.equal(await proven({ token: 'a token', claims: { ath } }), key.jkt)
    for (const wrong of [undefined, '', 'a token', ath.toLowerCase()]) {
      await refused({ token: 'a token', claims: { ath: wrong } }, 'dpop_ath_mismatch')
    }
  })
})

describe('a nonce', () => {
  const strict: ProtocolParts = { ...parts, settings: { ...parts.settings, dpop_nonce: 'required' } }
  const given = () => currentNonce(request, strict)

  must(
    'RFC 9449 §8',
    'DP-05: where one is required, a proof without it, with a forged or a stale one is told to use it',
    async () => {
      await refused({ parts: strict }, 'dpop_nonce_needed')
      const nonce = given()
      for (const forged of ['', 'x', `${nonce}x`, nonce.toLowerCase()]) {
        await refused({ parts: strict, claims: { nonce: forged } }, 'dpop_nonce_needed')
      }
      assert.equal(await proven({ parts: strict, claims: { nonce } }), key.jkt)
      wait(180)
      await refused({ parts: strict, claims: { nonce } }, 'dpop_nonce_needed')
    },
  )

  must('RFC 9449 §8.2', 'DP-05: the one before is taken as well, so that a change interrupts nobody', async () => {
    const nonce = given()
    wait(60)
    assert.notEqual(given(), nonce)
    assert.equal(await proven({ parts: strict, claims: { nonce } }), key.jkt)
  })

  must(
    'RFC 9449 §9',
    'DP-05: one that was given out where tokens are used is not accepted where they are made',
    async () => {
      const nonce = currentNonce({ path: '/userinfo' }, strict)
      await refused({ parts: strict, claims: { nonce } }, 'dpop_nonce_needed')
    },
  )

  must('RFC 9449 §11.1', 'DP-03: with a nonce the clock of the client does not matter', async () => {
    const nonce = given()
    assert.equal(await proven({ parts: strict, at: parts.clock() - 3600, claims: { nonce } }), key.jkt)
  })

  test('DP-05: nodes that share the secret know each other’s nonces without telling', async () => {
    const other = await openProtocol()
    after(other.close)
    const clock = () => strict.clock() + 59
    assert.equal(isCurrentNonce(currentNonce(request, strict), request, { secrets: other.parts.secrets, clock }), true)
  })
})
