import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { render } from '../kernel/html.ts'
import { inert, inertText, mixesAlphabets } from './inert.ts'

test('BR-27: a name cannot turn the reading direction around', () => {
  assert.equal(inertText('\u202Eelgoog\u202C \u2066x\u2069 \u200Fy', 60), 'elgoog x y')
})

test('BR-27: what takes no room is gone', () => {
  assert.equal(inertText('Go\u200Bog\u200D\u2060\uFEFFle\u00AD\u3164\u{E0041}', 60), 'Google')
})

test('BR-27: line breaks, controls and odd spaces become one space', () => {
  assert.equal(inertText('\tGreat\r\n\u0000\u2028 \u3000App\u0007 ', 60), 'Great App')
})

test('BR-27: a tower of marks is cut to two, and marks without a letter fall away', () => {
  assert.equal(inertText(`\u0351\u0353a${'\u0351'.repeat(40)}b`, 60), `a\u0351\u0351b`)
})

test('BR-27: 5,000 characters are cut with an ellipsis, and no character in half', () => {
  assert.equal(inertText('W'.repeat(5_000), 60), `${'W'.repeat(59)}…`)
  assert.equal(inertText('📮'.repeat(5_000), 4), '📮📮📮…')
})

test('BR-27: markup is shown, not obeyed', () => {
  assert.equal(render(inert('<b>A & B</b>', 60)), '<bdi>&lt;b&gt;A &amp; B&lt;/b&gt;</bdi>')
})

test('a name that is nothing but invisible is shown as a dash', () => {
  assert.equal(inertText(' \u200B\u0301\n', 60), '—')
})

test('names of living scripts stay as they are', () => {
  for (const name of ['Zażółć', 'Приложение', 'アプリ', 'तस्वीरें', 'שָׁלוֹם', 'ตั้งค่า', '照片 2', 'Fotó 📮']) {
    assert.equal(inertText(name, 60), name.normalize('NFC'))
  }
})

test('BR-27: whatever is put in, what comes out is short, on one line and readable from one side', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 80 }), (text, max) => {
      const shown = inertText(text, max)
      assert.ok(Array.from(shown).length <= max)
      assert.doesNotMatch(shown, /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]|\p{M}{3}|^\p{M}/u)
    }),
    { numRuns: 2_000 },
  )
})

test('BR-27: a word of several look-alike alphabets is noticed, a text of several languages is not', () => {
  assert.ok(mixesAlphabets('Gооgle'))
  assert.ok(mixesAlphabets('my раypal'))
  for (const honest of ['Google', 'Яндекс Go', 'Ελλάδα today', '東京Tower', 'Café 24'])
    assert.ok(!mixesAlphabets(honest), honest)
})
