import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT, type JSONWebKeySet, type JWK } from 'jose'
import { must } from '../../../testing/must.ts'
import { openProtocol } from '../../../testing/protocol.ts'
import { now } from '../../../testing/records.ts'
import { newSigningKey } from '../../domain/new-signing-key.ts'
import { secretsUnder } from '../../kernel/secret.ts'
import { openSigner } from './sign.ts'
import { signingAlgorithms } from '../../vocabulary/algorithms.ts'

const { parts, stores, database, wait, close } = await openProtocol()
const { signer, secrets, clock } = parts
const signerParts = { signingKeys: stores.signingKeys, secrets, clock }
const spelled = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const keyOf = (alg: string) => signer.jwks().keys.find((key) => key['alg'] === alg) ?? {}

after(close)

describe('the signer', () => {
  must('RFC 7515 §3.1', 'another library accepts what we sign, by every algorithm', async () => {
    const keys = createLocalJWKSet(signer.jwks() as unknown as JSONWebKeySet)
    for (const alg of signingAlgorithms) {
      const { payload, protectedHeader } = await jwtVerify(await signer.sign('at+jwt', alg, { sub: 'ä' }), keys)
      assert.deepEqual(payload, { sub: 'ä' })
      assert.deepEqual(protectedHeader, { alg, typ: 'at+jwt', kid: keyOf(alg)['kid'] })
      assert.deepEqual(signer.verify('at+jwt', await signer.sign('at+jwt', alg, { sub: 'ö' })), { sub: 'ö' })
    }
  })

  test('signatures asked for in one turn are each right', async () => {
    const tokens = await Promise.all(Array.from({ length: 300 }, (_, n) => signer.sign('at+jwt', 'ES256', { n })))
    for (const [n, token] of tokens.entries()) assert.deepEqual(signer.verify('at+jwt', token), { n })
    assert.equal(new Set(tokens).size, 300)
  })

  must('RFC 7518 §3.4', 'an ECDSA signature is its two numbers in 64 bytes, however small they are', async () => {
    // Of 2,000, some sixteen have a number that begins with a zero byte, which DER leaves out.
    const tokens = await Promise.all(Array.from({ length: 2000 }, (_, n) => signer.sign('at+jwt', 'ES256', { n })))
    for (const token of tokens) assert.equal(Buffer.from(token.split('.')[2] ?? '', 'base64url').length, 64)
    const [header, payload, signature = ''] = tokens[0]?.split('.') ?? []
    const raw = Buffer.from(signature, 'base64url')
    const number = Buffer.from([2, 33, 0])
    const der = Buffer.concat([Buffer.from([48, 70]), number, raw.subarray(0, 32), number, raw.subarray(32)])
    for (const other of [der, Buffer.alloc(0), Buffer.alloc(63, 1), Buffer.alloc(65, 1)]) {
      assert.equal(signer.verify('at+jwt', `${header}.${payload}.${other.toString('base64url')}`), undefined)
    }
  })

  must('RFC 7517 §4', 'JK-01: the published set has public halves only, each with kid, alg and use', () => {
    const { keys } = signer.jwks()
    assert.deepEqual(new Set(keys.map(({ alg }) => alg)), new Set(signingAlgorithms))
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
    for (const key of keys) {
      assert.deepEqual(
        ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter((name) => name in key),
        [],
      )
      assert.equal(key['use'], 'sig')
      assert.match(String(key['kid']), /^[A-Za-z0-9_-]{43}$/)
    }
    assert.ok(Buffer.from(String(keyOf('RS256')['n']), 'base64url').length >= 256)
  })

  test('of nodes that start together all use the keys that one of them made', async () => {
    const other = await openProtocol()
    const shared = { signingKeys: other.stores.signingKeys, secrets, clock }
    for (const { kid } of await shared.signingKeys.list()) await shared.signingKeys.delete(kid)
    const nodes = await Promise.all(Array.from({ length: 5 }, () => openSigner(shared)))
    assert.equal((await shared.signingKeys.list()).length, signingAlgorithms.length)
    const token = await nodes[0]?.sign('JWT', 'ES256', { a: 1 })
    for (const node of nodes) assert.deepEqual(node.verify('JWT', token ?? ''), { a: 1 })
    await other.close()
  })

  test('private halves are sealed at rest, and another secret does not open them', async () => {
    const rows = JSON.stringify(await stores.signingKeys.list())
    assert.doesNotMatch(rows, /"d":/)
    await assert.rejects(openSigner({ ...signerParts, secrets: secretsUnder(Buffer.alloc(32, 8)) }), /another secret/)
  })
})

describe('the reading of our own tokens', () => {
  const claims = { sub: 'alice' }

  must('RFC 8725 §3.11', 'UI-03: a token of another type is not accepted', async () => {
    const token = await signer.sign('JWT', 'ES256', claims)
    assert.deepEqual(signer.verify('JWT', token), claims)
    assert.equal(signer.verify('at+jwt', token), undefined)
  })

  must('RFC 8725 §3.1', 'JK-09, JA-06: the algorithm is the key’s own, whatever a header says', async () => {
    const kid = keyOf('RS256')['kid']
    const payload = spelled(claims)
    const unsigned = `${spelled({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`
    const hmacInput = `${spelled({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`
    const hmac = createHmac('sha256', JSON.stringify(keyOf('RS256')))
      .update(hmacInput)
      .digest('base64url')
    const [, , signature = ''] = (await signer.sign('at+jwt', 'RS256', claims)).split('.')
    const relabelled = `${spelled({ alg: 'ES256', typ: 'at+jwt', kid })}.${payload}.${signature}`
    for (const token of [unsigned, `${hmacInput}.${hmac}`, relabelled]) {
      assert.equal(signer.verify('at+jwt', token), undefined)
    }
  })

  must(
    'RFC 8725 §3.10',
    'JA-07, JA-08: a header that brings a key, an address or an extension is not ours',
    async () => {
      // Signed by the true key: it is the header alone that is wrong.
      const kid = String(keyOf('ES256')['kid'])
      const stored = (await stores.signingKeys.list()).find((key) => key.kid === kid)
      const opened = secrets.openAtRest('signing_key', stored?.sealed_private_jwk ?? '') ?? ''
      const key = await importJWK(JSON.parse(opened) as JWK, 'ES256')
      const signed = (more: Readonly<Record<string, unknown>>): Promise<string> =>
        new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...more }).sign(key)
      assert.deepEqual(signer.verify('at+jwt', await signed({})), claims)
      for (const more of [{ jwk: {} }, { jku: 'https://evil.test/' }, { x5u: 'https://evil.test/' }, { b64: true }]) {
        assert.equal(signer.verify('at+jwt', await signed(more)), undefined)
      }
      const crit = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, crit: ['x'], x: 1 })
        .sign(key, { crit: { x: true } })
      assert.equal(signer.verify('at+jwt', crit), undefined)
      const [, payload = '', signature = ''] = (await signer.sign('at+jwt', 'ES256', claims)).split('.')
      const twice = Buffer.from(`{"alg":"ES256","typ":"at+jwt","kid":"${kid}","kid":"${kid}"}`).toString('base64url')
      assert.equal(signer.verify('at+jwt', `${twice}.${payload}.${signature}`), undefined)
    },
  )

  must('RFC 7515 §7.1', 'IN-08, JA-11: no character can be changed, added or left out', async () => {
    const token = await signer.sign('at+jwt', 'ES256', claims)
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ['A', 'B', '.', '=', ' ', '-', '']) {
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        if (changed !== token) assert.equal(signer.verify('at+jwt', changed), undefined, changed)
      }
    }
    for (const changed of [
      `${token}=`,
      `${token}.`,
      `${token}.x`,
      ` ${token}`,
      `${token}\n`,
      '',
      '..',
      'a'.repeat(1e6),
    ]) {
      assert.equal(signer.verify('at+jwt', changed), undefined)
    }
    assert.deepEqual(signer.verify('at+jwt', token), claims)
  })

  must(
    'RFC 7515 §4',
    'the header of a token stays spelled as it always was, or upgrades would sign everybody out',
    async () => {
      const [header = ''] = (await signer.sign('at+jwt', 'ES256', claims)).split('.')
      const kid = String(keyOf('ES256')['kid'])
      assert.equal(Buffer.from(header, 'base64url').toString(), `{"alg":"ES256","typ":"at+jwt","kid":"${kid}"}`)
    },
  )
})

describe('keys that come and go', () => {
  test('JK-02: a new key is published at once and signs from its time on; the old one is kept until it retires', async () => {
    const old = keyOf('ES256')
    const before = await signer.sign('at+jwt', 'ES256', { n: 1 })
    const key = await newSigningKey('ES256', now + 1000, signerParts)
    await stores.signingKeys.create(key)
    await stores.signingKeys.retire(String(old['kid']), now + 2000)
    await signer.reload()
    assert.equal(signer.jwks().keys.length, signingAlgorithms.length + 1)
    assert.equal(kidOf(await signer.sign('at+jwt', 'ES256', {})), old['kid'])
    wait(1000)
    const later = await signer.sign('at+jwt', 'ES256', { n: 2 })
    assert.equal(kidOf(later), key.kid)
    assert.deepEqual(signer.verify('at+jwt', before), { n: 1 })
    wait(1000)
    assert.equal(signer.verify('at+jwt', before), undefined)
    assert.deepEqual(signer.verify('at+jwt', later), { n: 2 })
    assert.equal(signer.jwks().keys.length, signingAlgorithms.length)
  })

  test('JK-03: what a removed key signed is refused at once, even if it was just accepted', async () => {
    const token = await signer.sign('at+jwt', 'ES256', { n: 3 })
    assert.deepEqual(signer.verify('at+jwt', token), { n: 3 })
    await stores.signingKeys.delete(kidOf(token))
    await signer.reload()
    assert.equal(signer.verify('at+jwt', token), undefined)
  })

  test('a set that cannot be read leaves the keys as they were', async () => {
    const token = await signer.sign('JWT', 'RS256', { n: 4 })
    await database.close()
    await assert.rejects(signer.reload())
    assert.deepEqual(signer.verify('JWT', token), { n: 4 })
  })
})

function kidOf(token: string): string {
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  return (header as { readonly kid: string }).kid
}
