import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { must } from '../../testing/must.ts'
import { readUnambiguousJson } from './unambiguous-json.ts'

must(
  'RFC 7515 §4',
  'JA-08: a name that comes twice makes a text unreadable, at any depth and however it is spelled',
  () => {
    for (const text of [
      '{"alg":"ES256","alg":"none"}',
      '{"a":{"b":1,"b":1}}',
      '[{"a":1,"a":1}]',
      '{"a":1,"\\u0061":2}',
      '{"__proto__":1,"__proto__":2}',
    ]) {
      assert.equal(readUnambiguousJson(text), undefined, text)
    }
  },
)

test('any other JSON is read as JSON.parse reads it, colons and quotes inside texts notwithstanding', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, spaced) => {
      const text = JSON.stringify(value, null, spaced ? 2 : 0)
      assert.deepEqual(readUnambiguousJson(text), JSON.parse(text))
    }),
    { numRuns: 2000 },
  )
  const text = '{"a:\\"b":"c:d\\\\","__proto__":{"x":1}}'
  assert.equal(JSON.stringify(readUnambiguousJson(text)), text)
})

test('JA-11: what is not JSON is unreadable, and depth breaks nothing', () => {
  for (const text of ['', '{', '{"a":1}}', "{'a':1}", 'undefined', '\ufeff{}']) {
    assert.equal(readUnambiguousJson(text), undefined, text)
  }
  assert.notEqual(readUnambiguousJson('['.repeat(8000) + ']'.repeat(8000)), undefined)
})
