import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Recent } from './recent.ts'

test('DS-05: it never holds more than it may, and forgets what was unused for longest', () => {
  const recent = new Recent<number>(3)
  for (const [index, key] of ['a', 'b', 'c'].entries()) recent.set(key, index)
  assert.equal(recent.get('a'), 0)
  recent.set('d', 3)
  assert.equal(recent.get('b'), undefined)
  assert.deepEqual([recent.get('a'), recent.get('c'), recent.get('d'), recent.size], [0, 2, 3, 3])
})

test('setting a key again replaces its value and drops nothing', () => {
  const recent = new Recent<number>(2)
  recent.set('a', 1)
  recent.set('b', 2)
  recent.set('a', 3)
  assert.deepEqual([recent.get('a'), recent.get('b')], [3, 2])
})
