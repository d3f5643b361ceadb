import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { attempts } = openStores(database)

  describe(`attempts in ${name}`, () => {
    test('are counted, each one of many at once, until their window is over', async () => {
      const key = newId()
      const counts = await Promise.all(Array.from({ length: 50 }, () => attempts.count(key, 60, now)))
      assert.deepEqual(
        counts.toSorted((one, other) => one - other),
        Array.from({ length: 50 }, (_, index) => index + 1),
      )
      assert.equal(await attempts.count(key, 60, now + 59), 51)
      assert.equal(await attempts.count(key, 60, now + 60), 1)
      assert.equal(await attempts.count(key, 60, now + 61), 2)
    })

    test('are given back one by one, down to none', async () => {
      const key = newId()
      await attempts.giveBack(key)
      assert.equal(await attempts.count(key, 60, now), 1)
      assert.equal(await attempts.count(key, 60, now), 2)
      for (let times = 0; times < 3; times += 1) await attempts.giveBack(key)
      assert.equal(await attempts.count(key, 60, now + 59), 1)
    })

    test('are forgotten one key at a time, whatever the key', async () => {
      for (const key of ['', 'a\0', 'a\ufffd', '\ud800', 'x'.repeat(1_000_000)]) {
        assert.equal(await attempts.count(key, 60, now), 1)
        assert.equal(await attempts.count(key, 60, now), 2)
      }
      await attempts.forget('a\0')
      assert.equal(await attempts.count('a\0', 60, now), 1)
      assert.equal(await attempts.count('a\ufffd', 60, now), 3)
    })
  })
}
