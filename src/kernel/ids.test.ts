import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOpaqueId } from './ids.ts'

test('R5: what a person hands to a command, a reference or an id, is never taken for an option of it', () => {
  const ids = Array.from({ length: 2000 }, newOpaqueId)
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
  assert.equal(new Set(ids).size, ids.length)
})
