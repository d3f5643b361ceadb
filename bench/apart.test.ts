import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apart } from './apart.ts'

const range = (from: number, length: number) => Array.from({ length }, (_, index) => from + index)

test('two samples of one and the same are not told apart', () => {
  const { longer, interval, superiority, p } = apart(range(1, 99), range(1, 99))
  assert.equal(longer, 0)
  assert.ok(interval[0] < 0 && interval[1] > 0)
  assert.equal(superiority, 0.5)
  assert.ok(p > 0.99)
})

test('a sample that is longer throughout is, and by how much', () => {
  const { longer, interval, superiority, p } = apart(range(150, 99), range(1, 99))
  assert.ok(longer > 2.9 && interval[0] > 2)
  assert.equal(superiority, 1)
  assert.ok(p < 1e-9)
})

test('the ranks of Mann and Whitney’s own kind of example: U and its likelihood', () => {
  const { superiority, p } = apart([7, 3, 6, 2, 4, 3, 5, 5], [3, 5, 6, 4, 6, 5, 7, 5])
  assert.equal(superiority, 23 / 64)
  assert.ok(Math.abs(p - 0.34456) < 0.00001)
})
