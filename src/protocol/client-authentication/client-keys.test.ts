import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { clientRecord } from '../../../testing/protocol.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from '../../domain/outbound.ts'
import { openClientKeys } from './client-keys.ts'

/** Keys as a client's own server publishes them; the network itself is `outside/`'s, and tested there. */
function clientServer() {
  let at = 1_000_000
  const asked: string[] = []
  let answer: OutboundAnswer | OutboundRefusal = { refused: 'unreachable', why: 'too_slow' }
  const outbound: Outbound = {
    async get(url) {
      asked.push(url)
      await new Promise(setImmediate)
      return answer
    },
    post: () => Promise.reject(new Error('nobody posts')),
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  return {
    keys: openClientKeys({ outbound, clock: () => at, log }),
    asked,
    wait: (seconds: number) => void (at += seconds),
    publish(...kids: readonly string[]) {
      const keys = kids.map((kid) => ({
        ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
        kid,
      }))
      answer = { status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify({ keys })) }
    },
    break(broken: OutboundAnswer | OutboundRefusal) {
      answer = broken
    },
  }
}

const client = clientRecord({}, { jwks_uri: 'https://rp1.test/jwks' })
const kids = (keys: readonly { readonly kid?: string }[]) => keys.map(({ kid }) => kid)

describe('the keys of a client', () => {
  test('SF-01: are fetched when they are needed, once for all who wait, and used again for a while', async () => {
    const { keys, asked, publish, wait } = clientServer()
    publish('a')
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find(client, 'a')))
    assert.deepEqual(new Set(found.map((one) => kids(one).join())), new Set(['a']))
    wait(299)
    await keys.find(client, 'a')
    assert.equal(asked.length, 1)
    wait(1)
    await keys.find(client, 'a')
    assert.equal(asked.length, 2)
  })

  test('JA-14: a thousand unknown kids make us look again once', async () => {
    const { keys, asked, publish, wait } = clientServer()
    publish('a')
    await keys.find(client, 'a')
    wait(60)
    for (let tries = 0; tries < 1000; tries += 1) await keys.find(client, `random ${String(tries)}`)
    assert.equal(asked.length, 2)
  })

  test('a key that is new is found at the next look', async () => {
    const { keys, publish, wait } = clientServer()
    publish('a')
    await keys.find(client, 'a')
    publish('a', 'b')
    assert.deepEqual(kids(await keys.find(client, 'b')), ['a'])
    wait(40)
    assert.deepEqual(kids(await keys.find(client, 'b')), ['a', 'b'])
  })

  test('are used for a day while their server is away or answers nonsense', async () => {
    const { keys, publish, wait, break: broken } = clientServer()
    publish('a')
    await keys.find(client, 'a')
    const nonsense = (status: number, text: string) => ({ status, headers: {}, body: new TextEncoder().encode(text) })
    for (const answer of [
      { refused: 'unreachable', why: 'too_slow' } as const,
      nonsense(500, ''),
      nonsense(200, '<html>'),
      nonsense(200, '{"keys":[{"kty":"oct","k":"AA"}]}'),
    ]) {
      broken(answer)
      wait(3600)
      assert.deepEqual(kids(await keys.find(client, 'a')), ['a'])
    }
    wait(86_400)
    assert.deepEqual(await keys.find(client, 'a'), [])
  })

  test('DS-05: are not forgotten however many strangers bring keys of their own', async () => {
    const { keys, asked, publish } = clientServer()
    publish('a')
    await keys.find(client, 'a')
    for (let number = 0; number < 1001; number += 1) {
      const metadata = { ...client.metadata, jwks_uri: `https://stranger.test/${number}` }
      await keys.find({ ...client, registered_by: 'metadata_document', metadata }, 'a')
    }
    assert.deepEqual([kids(await keys.find(client, 'a')), asked.length], [['a'], 1002])
  })

  test('that are registered are not fetched, and who has neither has none', async () => {
    const { keys, asked } = clientServer()
    assert.deepEqual(await keys.find(clientRecord({}, { jwks: { keys: [] } }), 'a'), [])
    assert.deepEqual(await keys.find(clientRecord(), 'a'), [])
    assert.deepEqual(asked, [])
  })
})
