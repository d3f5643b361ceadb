import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectingLog } from '../../testing/collecting-log.ts'
import { openMigrated } from '../../testing/migrated.ts'
import { newId } from '../kernel/ids.ts'
import { systemClock } from '../kernel/time.ts'
import { openTimekeeper } from '../kernel/timekeeper.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { openStores } from '../storage/stores.ts'
import { sweep } from './loops.ts'
import { probes } from './probes.ts'
import { keepTime, watchClocks } from './timekeeping.ts'

const database = openSqlite(':memory:')
const told = { content_type: 'text/plain', body: '' }
const metrics = { print: () => Promise.resolve(told) }

test('RL-11: readiness and the log tell that clocks disagree, the log once, and that they agree again', async () => {
  const events: string[] = []
  const keep = (event: string): void => void events.push(event)
  let off = 300_000
  const time = openTimekeeper({ machine: () => Date.now() + off, steady: () => performance.now() })
  const look = watchClocks(time, { database, log: { info: keep, warn: keep, error: keep } })
  const { readiness } = probes({ stage: () => 'ready', ping: () => database.ping(), skew: time.skew, metrics })
  await look()
  await look()
  const { status, body } = await readiness(undefined as never)
  assert.equal(status, 200)
  assert.match(body, /^\{"status":"ready","clocks":"disagree","machine_ahead":(?:299|300)\}$/)
  off = 0
  await look()
  assert.equal((await readiness(undefined as never)).body, '{"status":"ready"}')
  assert.deepEqual(events, ['clocks_disagree', 'clocks_agree'])
})

test('RL-11: while nobody knows what time it is, nothing is swept out', async () => {
  const { expiredRows, usedOnce } = openStores(await openMigrated(), { history: 0 })
  const at = systemClock()
  await usedOnce.spend('test', 'once', at + 1)
  const decade = 315_360_000
  let swept = 0
  const sweeping = { expiredRows, clock: () => at + decade, swept: (rows: number) => void (swept += rows) }
  await sweep({ ...sweeping, isStopping: () => true })
  assert.equal(swept, 0)
  await sweep({ ...sweeping, isStopping: () => false })
  assert.equal(swept, 1)
})

test('a machine that was never touched keeps its own time', () => {
  const { clock, skew } = keepTime()
  assert.ok(Math.abs(clock() - systemClock()) <= 1)
  assert.equal(skew(), 0)
})

test('RL-11: ids begin with the time that is kept, from the first look on, so that all nodes’ events stay in order', async (t) => {
  const tomorrow = Date.now() + 86_400_000
  t.mock.timers.enable({ apis: ['Date'], now: tomorrow })
  const begun = (id: string): number => Number.parseInt(id.slice(0, 12), 16)
  const before = newId()
  await watchClocks(keepTime(), { database, log: collectingLog() })()
  const [first, second] = [newId(), newId()]
  assert.ok(begun(before) < tomorrow - 80_000_000)
  assert.ok(begun(first) >= tomorrow && begun(first) < tomorrow + 60_000)
  assert.ok(first < second)
})
