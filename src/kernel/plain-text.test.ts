import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlainText } from './plain-text.ts'

test('R7: a name is any ASCII that can be seen, or letters of other scripts', () => {
  for (const one of ['a', 'https://app.example/id?x=1#y', 'a/b%2Fc', '"<&\'>', 'plus+and space', 'ünïcode-日本', '🐇'])
    assert.ok(isPlainText(one, 200), one)
})

test('R7: nothing in it is unseen, turns the writing round, or is half a character', () => {
  const wrong = ['', ' ', 'a\0', 'a\nb', 'a\tb', '\u007f', '\u0085', 'a\u200bb', '\u202egro', '\u2028', '\ud83d']
  for (const one of wrong) assert.ok(!isPlainText(one, 200), JSON.stringify(one))
})

test('it is no longer than was said', () => {
  assert.deepEqual([isPlainText('a'.repeat(200), 200), isPlainText('a'.repeat(201), 200)], [true, false])
})
