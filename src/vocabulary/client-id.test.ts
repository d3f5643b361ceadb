import assert from 'node:assert/strict'
import { must } from '../../testing/must.ts'
import { isClientId } from './client-id.ts'

must('RFC 6749 §A.1', 'R7: a client_id is any ASCII that can be seen, or letters of other scripts', () => {
  for (const one of ['a', 'https://app.example/id?x=1#y', 'a/b%2Fc', '"<&\'>', 'plus+and space', 'ünïcode-日本', '🐇'])
    assert.ok(isClientId(one, 200), one)
})

must('RFC 6749 §A.1', 'R7: nothing in it is unseen, turns the writing round, or is half a character', () => {
  for (const one of ['', 'a\0', 'a\nb', 'a\tb', '\u007f', '\u0085', 'a\u200bb', '\u202egro', '\u2028', '\ud83d'])
    assert.ok(!isClientId(one, 200), JSON.stringify(one))
})

must('RFC 6749 §2.2', 'an identifier has a stated size, the longer one where it is only looked up', () => {
  assert.deepEqual([isClientId('a'.repeat(200), 200), isClientId('a'.repeat(201), 200)], [true, false])
  assert.deepEqual([isClientId('a'.repeat(2000), 2000), isClientId('a'.repeat(2001), 2000)], [true, false])
})
