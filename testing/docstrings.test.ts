/** What a reader meets from outside a file is explained where it is declared (STYLE.md). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTest, sourcesIn } from './source.ts'

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

/** `RFC 7636 §4.6`, `OpenID Connect Core §3.1.3.7`: the form that can be searched for and checked. */
const citation = /\bRFC \d{3,5}(?!\d)(,? (section|sec\.|Section|s\.) ?\d|§)/

test('a citation has the one form: RFC 7636 §4.6', () => {
  const odd = sourcesIn('src', 'packages').flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        citation.test(line) || /\bRFC\d/.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
      ),
  )
  assert.deepEqual(odd, [])
})
