import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { openProtocol, type Protocol } from '../../testing/protocol.ts'
import { listSigningKeys, removeSigningKey, rotateSigningKey, type KeyManagementParts } from './signing-keys.ts'
import { signingAlgorithms } from '../vocabulary/algorithms.ts'

const day = 86_400
const opened: Protocol[] = []
let protocol: Protocol
let parts: KeyManagementParts
beforeEach(async () => {
  protocol = await openProtocol()
  opened.push(protocol)
  const { clock, secrets } = protocol.parts
  const schedule = { publish_before: 14 * day, longest_token: 3600 }
  parts = { ...protocol.stores, clock, secrets, actor: 'operator:ops', ...schedule }
})
after(() => Promise.all(opened.map(({ close }) => close())))

const states = async (): Promise<readonly string[]> =>
  (await listSigningKeys(parts)).filter(({ alg }) => alg === 'ES256').map(({ state }) => state)
const rotate = (when: 'published_first' | 'at_once') => rotateSigningKey('ES256', when, parts)
/** Signs now, and tells with which key. */
async function signs(): Promise<string> {
  await protocol.parts.signer.reload()
  const [header = ''] = (await protocol.parts.signer.sign('JWT', 'ES256', {})).split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
}

describe('a rotation', () => {
  test('R17, JK-02: publishes the new key, lets it sign after its time, and keeps the old one for its last tokens', async () => {
    const old = await signs()
    const { outcome, key } = await rotate('published_first')
    assert.deepEqual([outcome, key.state], ['rotated', 'waiting'])
    assert.deepEqual(await states(), ['waiting', 'signing'])
    protocol.wait(14 * day - 1)
    assert.equal(await signs(), old)
    protocol.wait(1)
    assert.equal(await signs(), key.kid)
    protocol.wait(3659)
    assert.deepEqual(await states(), ['signing', 'kept'])
    protocol.wait(1)
    assert.deepEqual(await states(), ['signing', 'retired'])
  })

  test('while a key waits makes no other', async () => {
    const { key } = await rotate('published_first')
    protocol.wait(day)
    const again = await rotate('published_first')
    assert.deepEqual([again.outcome, again.key.kid], ['waiting', key.kid])
    assert.deepEqual(await states(), ['waiting', 'signing'])
  })

  test('at once lets the new key sign now, and one that waits take over in its turn', async () => {
    const waiting = await rotate('published_first')
    const { key } = await rotate('at_once')
    assert.equal(await signs(), key.kid)
    assert.deepEqual(await states(), ['waiting', 'signing', 'kept'])
    protocol.wait(3660)
    assert.deepEqual(await states(), ['waiting', 'signing', 'retired'])
    protocol.wait(14 * day)
    assert.equal(await signs(), waiting.key.kid)
    assert.deepEqual(await states(), ['signing', 'retired', 'retired'])
  })

  test('after rotation there is always one key without an end, and three rotations lose no token', async () => {
    const { signer } = protocol.parts
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await rotate('published_first')
      for (let days = 0; days < 15; days += 1) {
        await signer.reload()
        const token = await signer.sign('JWT', 'ES256', { days })
        protocol.wait(3600)
        assert.deepEqual(signer.verify('JWT', token), { days })
        protocol.wait(day - 3600)
      }
    }
    const endless = (await listSigningKeys(parts)).filter(({ retired_at }) => retired_at === undefined)
    assert.deepEqual(new Set(endless.map(({ alg }) => alg)), new Set(signingAlgorithms))
    assert.equal(endless.length, signingAlgorithms.length)
  })

  test('touches no key of the other algorithm', async () => {
    await rotate('at_once')
    const rsa = (await listSigningKeys(parts)).filter(({ alg }) => alg === 'RS256')
    assert.deepEqual(
      rsa.map(({ state, retired_at }) => [state, retired_at]),
      [['signing', undefined]],
    )
  })
})

describe('a removal', () => {
  must('RFC 7517 §5', 'JK-03: what the removed key signed is refused, and another signs', async () => {
    const { signer } = protocol.parts
    const old = await signs()
    const token = await signer.sign('JWT', 'ES256', {})
    assert.equal(await removeSigningKey(old, parts), 'removed')
    assert.notEqual(await signs(), old)
    assert.equal(signer.verify('JWT', token), undefined)
    assert.deepEqual(await states(), ['signing'])
  })

  test('of a key that waits leaves the signing one a successor before its end', async () => {
    const { key } = await rotate('published_first')
    protocol.wait(13 * day)
    assert.equal(await removeSigningKey(key.kid, parts), 'removed')
    assert.deepEqual(await states(), ['waiting', 'signing'])
    protocol.wait(day)
    await signs()
    assert.deepEqual(await states(), ['signing', 'kept'])
    protocol.wait(30 * day)
    assert.deepEqual(await states(), ['signing', 'retired'])
  })

  test('of the signing key lets the one that waits begin', async () => {
    const old = await signs()
    const { key } = await rotate('published_first')
    await removeSigningKey(old, parts)
    assert.equal(await signs(), key.kid)
    assert.deepEqual(await states(), ['signing'])
  })

  test('of an unknown key changes nothing', async () => {
    assert.equal(await removeSigningKey('nobody', parts), 'unknown')
    assert.deepEqual(await states(), ['signing'])
  })

  test('I10, AD-08: each change is one audit event, and no list has a private half', async () => {
    await rotate('at_once')
    const keys = await listSigningKeys(parts)
    await removeSigningKey(keys.find(({ state }) => state === 'kept')?.kid ?? '', parts)
    const events = await protocol.stores.auditEvents.list({ limit: 10 })
    assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(['signing_key_removed', 'signing_key_rotated']))
    assert.equal(events[0]?.actor, 'operator:ops')
    assert.doesNotMatch(JSON.stringify([keys, events]), /sealed|private|"d"/)
  })
})
