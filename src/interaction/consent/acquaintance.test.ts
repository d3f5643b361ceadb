import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedPeople } from '../../domain/client-use.ts'
import { rounded } from './acquaintance.ts'

test('numbers of people are rounded to their first digit, and those below ten are one', () => {
  const told = [0, 1, 9, 10, 14, 44, 95, 349, 9_499, countedPeople - 1, countedPeople].map(rounded)
  assert.deepEqual(told, ['nobody', 'few', 'few', 10, 10, 40, 100, 300, 9_000, 10_000, 'very_many'])
})
