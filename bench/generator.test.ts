import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measure, median } from './generator.ts'

const span = { warmUp: 10, measured: 30 }
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('each user does one operation after the other, and all that end in the span are counted', async () => {
  const atWork = [0, 0]
  const operation = (user: 0 | 1) => async () => {
    assert.equal((atWork[user] ?? 0) + 1, 1)
    atWork[user] = 1
    await turn()
    atWork[user] = 0
  }
  let cpu = 0
  const measurement = await measure([operation(0), operation(1)], span, () => (cpu += 100))
  assert.ok(measurement.serverCpu > 0 && measurement.serverCpu < 100)
  assert.ok(measurement.throughput > 0 && measurement.p50 <= measurement.p99)
})

test('an operation that does not do its work ends the measurement', async () => {
  let done = 0
  const operation = async () => {
    await turn()
    if ((done += 1) > 3) throw new Error('no token was issued')
  }
  await assert.rejects(
    measure([operation, turn], span, () => 0),
    /no token/,
  )
})

test('work that never ends is not a measurement', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 100)
  await assert.rejects(
    measure([() => promise], span, () => 0),
    /no operation came to its end/,
  )
})

test('the median is a value that was seen', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2)
})
