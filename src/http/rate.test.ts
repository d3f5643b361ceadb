import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRateLimit, rateKey } from './rate.ts'

function held(start = 1_000_000) {
  let at = start
  return { now: () => at, pass: (milliseconds: number) => void (at += milliseconds) }
}

const allowed = { allowed: true } as const

test('CA-08: after a burst a key waits, and is let in again at the pace of the limit', () => {
  const clock = held()
  const limit = openRateLimit({ burst: 3, perSecond: 0.5, now: clock.now })
  const turns = Array.from({ length: 1000 }, () => limit.take('a'))
  assert.equal(turns.filter((turn) => 'allowed' in turn).length, 3)
  assert.deepEqual(limit.take('a'), { retry_after: 2 })
  clock.pass(1999)
  assert.deepEqual(limit.take('a'), { retry_after: 1 })
  clock.pass(1)
  assert.deepEqual([limit.take('a'), limit.take('a')], [allowed, { retry_after: 2 }])
  clock.pass(3_600_000)
  assert.equal(Array.from({ length: 10 }, () => limit.take('a')).filter((turn) => 'allowed' in turn).length, 3)
})

test('CA-08: other keys are not affected', () => {
  const limit = openRateLimit({ burst: 1, perSecond: 1, now: held().now })
  assert.deepEqual([limit.take('a'), limit.take('b'), limit.take('b')], [allowed, allowed, { retry_after: 1 }])
})

test('a rightful try gets its token back, and no more than the burst', () => {
  const limit = openRateLimit({ burst: 1, perSecond: 0.001, now: held().now })
  for (let turn = 0; turn < 100; turn += 1) {
    assert.deepEqual(limit.take('a'), allowed)
    limit.giveBack('a')
    limit.giveBack('a')
  }
  assert.deepEqual([limit.take('a'), limit.take('a')], [allowed, { retry_after: 1000 }])
})

test('a clock that is put back neither fills a bucket nor empties it', () => {
  const clock = held()
  const limit = openRateLimit({ burst: 2, perSecond: 1, now: clock.now })
  limit.take('a')
  clock.pass(-3_600_000)
  assert.deepEqual([limit.take('a'), limit.take('a')], [allowed, { retry_after: 1 }])
  clock.pass(1000)
  assert.deepEqual(limit.take('a'), allowed)
})

test('DS-05: a million keys are no more memory than the limit’s own', () => {
  const limit = openRateLimit({ burst: 2, perSecond: 1, most: 1000, now: held().now })
  for (let key = 0; key < 1_000_000; key += 1) limit.take(`key ${key}`)
  assert.equal(limit.size, 1000)
})

test('AC-05: one network and one client are one key, however they are spelled or long', () => {
  assert.equal(rateKey('::ffff:192.0.2.1', 'c1'), rateKey('192.0.2.1', 'c1'))
  assert.equal(rateKey('2001:db8::1', 'c1'), rateKey('2001:db8:0:0:ffff::', 'c1'))
  assert.notEqual(rateKey('192.0.2.1', 'c1'), rateKey('192.0.2.1', 'c2'))
  assert.ok(rateKey('192.0.2.1', 'x'.repeat(100_000)).length < 100)
  assert.notEqual(rateKey('192.0.2.1', 'x'.repeat(100)), rateKey('192.0.2.1', 'x'.repeat(101)))
})
