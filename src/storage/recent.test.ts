import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { openRecent } from './recent.ts'

describe('what was read a moment ago', () => {
  test('R22: is held for less than two seconds from before it was read', async (context) => {
    const { recent, read, reads, pass } = counting(context)
    await recent.get('a', read)
    pass(1999)
    assert.equal(await recent.get('a', read), 1)
    pass(1)
    assert.equal(await recent.get('a', read), 2)
    assert.equal(reads(), 2)
  })

  test('R22: is read anew when half of its time is over, by one of those who ask, and nobody waits for that', async (context) => {
    const { recent, read, reads, pass } = counting(context)
    await recent.get('a', read)
    pass(999)
    assert.deepEqual([await recent.get('a', read), reads()], [1, 1])
    pass(1)
    assert.deepEqual(await Promise.all([recent.get('a', read), recent.get('a', read)]), [1, 1])
    assert.deepEqual([await recent.get('a', read), reads()], [2, 2])
    pass(1999)
    assert.equal(await recent.get('a', read), 2)
  })

  test('R22: what cannot be read anew is held for its time and no longer', async (context) => {
    const { recent, read, pass } = counting(context)
    const fails = async (): Promise<number> => Promise.reject(new Error('away'))
    await recent.get('a', read)
    pass(1000)
    assert.equal(await recent.get('a', fails), 1)
    assert.equal(await recent.get('a', fails), 1)
    pass(1000)
    await assert.rejects(recent.get('a', fails), /away/)
  })

  test('R22: what is gone when it is read anew is no longer held', async (context) => {
    const { recent, read, reads, pass } = counting(context)
    await recent.get('a', read)
    pass(1000)
    assert.equal(await recent.get('a', async () => undefined), 1)
    await recent.get('a', read)
    assert.equal(reads(), 2)
  })

  test('R22: is not held longer because the machine’s clock was set back', async (context) => {
    const { recent, read, pass } = counting(context)
    await recent.get('a', read)
    context.mock.timers.enable({ apis: ['Date'], now: 0 })
    pass(2000)
    assert.equal(await recent.get('a', read), 2)
  })

  test('is forgotten at once when told, even what is being read at the moment', async (context) => {
    const { recent, read } = counting(context)
    const overtaken = recent.get('a', read)
    recent.forget()
    assert.equal(await overtaken, 1)
    assert.equal(await recent.get('a', read), 2)
  })

  test('what is not there is asked for again', async () => {
    const recent = openRecent<string>()
    assert.equal(await recent.get('a', async () => undefined), undefined)
    assert.equal(await recent.get('a', async () => 'there'), 'there')
  })

  test('DS-05: holds a thousand values at most, whatever is asked for', async (context) => {
    const { recent, read, reads } = counting(context)
    for (let key = 0; key < 1001; key += 1) await recent.get(String(key), read)
    await recent.get('1000', read)
    assert.equal(reads(), 1001)
    await recent.get('0', read)
    assert.equal(reads(), 1002)
  })
})

function counting(context: TestContext) {
  let passed = 1000
  context.mock.method(performance, 'now', () => passed)
  let count = 0
  const read = async (): Promise<number> => (count += 1)
  return { recent: openRecent<number>(), read, reads: () => count, pass: (length: number) => void (passed += length) }
}
