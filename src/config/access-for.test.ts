import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualOf } from './access-for.ts'

test('R6: an operator who offers other lengths of time need not say which is chosen at first', () => {
  const month = { value: '720h', seconds: 30 * 86_400 }
  const day = { value: '1d', seconds: 86_400 }
  assert.equal(usualOf([{ value: 'once' }, day, month]), month)
  assert.equal(usualOf([day, { value: 'until_removed' }]), day)
})
