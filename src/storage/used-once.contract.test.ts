import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { usedOnce } = openStores(database)

  describe(`what is used once in ${name}`, () => {
    test('of fifty who race to spend a value exactly one is first, for each of a hundred values', async () => {
      const values = Array.from({ length: 100 }, newId)
      const outcomes = await Promise.all(
        values.map((value) => Promise.all(Array.from({ length: 50 }, () => usedOnce.spend('jti', value, now)))),
      )
      assert.ok(outcomes.every((each) => each.filter((outcome) => outcome === 'first').length === 1))
    })

    test('purposes do not meet, wherever the words are parted', async () => {
      const value = newId()
      const pairs = [
        ['a', value],
        ['b', value],
        ['a ', value],
        ['a', ` ${value}`],
        [`a"`, `,"${value}`],
      ] as const
      for (const [purpose, each] of pairs) assert.equal(await usedOnce.spend(purpose, each, now), 'first')
      for (const [purpose, each] of pairs) assert.equal(await usedOnce.spend(purpose, each, now), 'already_used')
    })

    test('a value may hold anything, and values that differ stay different', async () => {
      const mark = newId()
      const odd = ['', '\0', '\ufffd', '\ud800', '\ud801', 'x'.repeat(1_000_000), `${'x'.repeat(1_000_000)}y`]
      for (const value of odd) assert.equal(await usedOnce.spend(mark, value, now), 'first')
      for (const value of odd) assert.equal(await usedOnce.spend(mark, value, now), 'already_used')
    })
  })
}
