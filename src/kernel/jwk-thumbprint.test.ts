import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { must } from '../../testing/must.ts'
import { jwkThumbprint } from './jwk-thumbprint.ts'

must('RFC 7638 §3.1', 'the thumbprint of the example key is the one printed there', () => {
  const jwk = {
    kty: 'RSA',
    n:
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn' +
      'jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q' +
      'MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap' +
      'JzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  }
  assert.equal(jwkThumbprint(jwk), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test('another implementation agrees on every type of key', async () => {
  const keys = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ]
  for (const { publicKey } of keys) {
    const jwk = publicKey.export({ format: 'jwk' })
    assert.equal(jwkThumbprint({ ...jwk, use: 'sig' }), await calculateJwkThumbprint(jwk))
  }
})

test('a symmetric or incomplete key has none', () => {
  assert.throws(() => jwkThumbprint({ kty: 'oct', k: 'AA' }))
  assert.throws(() => jwkThumbprint({ kty: 'EC', crv: 'P-256', x: 'AA' }))
})
