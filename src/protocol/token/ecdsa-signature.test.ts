import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { must } from '../../../testing/must.ts'
import { derFromRaw, rawFromDer } from './ecdsa-signature.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

must('RFC 7518 §3.4', '2,000 DER signatures spelled as r‖s are accepted by a verifier that reads r‖s', () => {
  for (let round = 0; round < 2000; round += 1) {
    const input = Buffer.from(`input ${String(round)}`)
    const der = sign('sha256', input, privateKey)
    const raw = rawFromDer(der)
    assert.ok(verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw), der.toString('hex'))
    assert.deepEqual(derFromRaw(raw), der)
  }
})

test('every r and s, however many zeros they begin with, come back as they were', () => {
  const number = fc
    .tuple(fc.integer({ min: 0, max: 31 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    .map(([zeros, bytes]) => bytes.fill(0, 0, zeros))
  fc.assert(
    fc.property(number, number, (r, s) => {
      const raw = Buffer.concat([r, s])
      const der = derFromRaw(raw)
      assert.ok(der !== undefined)
      assert.deepEqual(rawFromDer(der), raw)
    }),
    { numRuns: 2000 },
  )
})

test('JA-11: what is not 64 bytes long is not a signature', () => {
  for (const length of [0, 1, 63, 65, 71, 1000]) assert.equal(derFromRaw(Buffer.alloc(length, 1)), undefined)
})
