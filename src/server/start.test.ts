/** A server that is told to end before it has begun. */
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { readConfiguration } from '../config/configuration.ts'
import { judged } from './loaded-configuration.ts'
import { start } from './start.ts'

/** The timers that were set and have neither come nor been cleared. */
function watchTimers(): ReadonlySet<number> {
  const set = new Set<number>()
  createHook({
    init: (id, type) => void (type === 'Timeout' && set.add(id)),
    destroy: (id) => void set.delete(id),
  }).enable()
  return set
}

test('what a server does by itself ends with it, also when it is told to end as it begins', async () => {
  const raw = {
    issuer: 'http://localhost:4000',
    listen: '127.0.0.1:0',
    secret: Buffer.alloc(32, 7).toString('base64url'),
    drain: '0s',
    database: 'sqlite::memory:',
  }
  const load = () => judged(readConfiguration(raw, '/', {}), 'test')
  const loaded = load()
  assert.ok(loaded.outcome === 'good')
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const timers = watchTimers()
  const server = await start({ configuration: loaded.configuration, load, log })
  await server.drain()
  await turn()
  assert.equal(timers.size, 0)
})
