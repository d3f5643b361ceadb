/** What a reader meets from outside a file is explained where it is declared, and no comment owes something (STYLE.md). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testFolders } from './musts.ts'
import { isTest, sourcesIn } from './source.ts'

const comments = sourcesIn(...testFolders).flatMap((source) =>
  source.comments.map(({ text, line }) => ({ text, at: `${source.path}:${line}` })),
)

test('every exported name has a docstring, or is the one that the header of its file explains', () => {
  const bare = sourcesIn('src', 'packages', 'testing')
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text, exports }) => {
      const headed = text.startsWith('/**') && exports.length === 1
      return headed
        ? []
        : exports.filter(({ documented }) => !documented).map(({ name, line }) => `${path}:${line} ${name}`)
    })
  assert.deepEqual(bare, [])
})

/** What people write instead. */
const otherForm = /\bRFC\d|\bRFC \d+(,? (section|sec\.)|§)/i

test('a citation has the one form that can be searched for: RFC 7636 §4.6', () => {
  const odd = comments.filter(({ text }) => otherForm.test(text)).map(({ at }) => at)
  assert.deepEqual(odd, [])
})

test('a rule is broken with its reason beside it', () => {
  const unexplained = comments.filter(({ text }) => /(ox|es)lint-disable/.test(text) && !/ -- \S/.test(text))
  assert.deepEqual(
    unexplained.map(({ at }) => at),
    [],
  )
})

test('what is left to do has an issue, not a comment', () => {
  const owed = comments.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ at }) => at)
  assert.deepEqual(owed, [])
})
