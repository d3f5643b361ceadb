import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fromJson, present, toJson } from './column.ts'

describe('columns', () => {
  test('JSON comes back as it was written, whatever a stranger put into it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const asWritten = JSON.stringify(value)
        fc.pre(!asWritten.includes('"__proto__"'))
        const text = toJson(value)
        assert.ok(text.isWellFormed() && !text.includes('\0'), 'and no column would refuse it')
        assert.deepEqual(fromJson(text), JSON.parse(asWritten))
      }),
    )
  })

  test('PX-08: what would become a prototype is left out', () => {
    assert.equal(toJson(JSON.parse('{"":{"__proto__":null}}')), '{"":{}}', 'where it is written already')
    const value = fromJson<Record<string, unknown>>('{"a":[{"__proto__":{"x":1},"b":"__proto__"}],"__proto__":{"x":1}}')
    assert.deepEqual(value, { a: [{ b: '__proto__' }] })
    assert.equal('x' in Object.assign({}, value), false)
    assert.equal('x' in {}, false)
  })

  test('an absent value makes no property', () => {
    assert.deepEqual({ ...present('a', undefined), ...present('b', 0) }, { b: 0 })
  })
})
