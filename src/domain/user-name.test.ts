import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userNameFault } from './user-name.ts'

test('AC-07: a user name that could be taken for somebody else’s cannot be chosen', () => {
  for (const name of ['Admin', 'ROOT', 'web-master', 'licet', 'Post.Master'])
    assert.equal(userNameFault(name), 'reserved', name)
  const malformed = [
    'аdmin',
    'admin ',
    ' admin',
    'adm\u200Bin',
    'ａlice',
    'alice@example.com',
    'al',
    '',
    '-alice',
    'alice.',
    'a'.repeat(65),
    'ali ce',
    'al\nice',
  ]
  for (const name of malformed) assert.equal(userNameFault(name), 'malformed', name)
})

test('a user name has letters from a to z, digits, dots and hyphens', () => {
  for (const name of ['bob', 'Bob', 'alice.liddell', 'a-b', '007', 'a'.repeat(64)])
    assert.equal(userNameFault(name), undefined, name)
})
