import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { contrast, mixed, nearestColour, readColour, type Colour } from './colour.ts'

test('a colour is #rgb or #rrggbb, and nothing that a stylesheet could read as more', () => {
  assert.equal(readColour('#0b6a5b'), '#0b6a5b')
  assert.equal(readColour('#FA0'), '#ffaa00')
  const refused = [
    '',
    '#',
    'red',
    '0b6a5b',
    '#0b6a5b80',
    '#0b6a5',
    '#0b6a5g',
    ' #0b6a5b',
    '#0b6a5b\n',
    '#0b6a5b;}body{background:url(//evil.test)}',
    'red;}body{background:url(//evil.test)}',
    'var(--accent)',
    'rgb(0 0 0)',
    'url(javascript:alert(1))',
    '#０ｂ６ａ５ｂ',
    '</style><script>alert(1)</script>',
  ]
  for (const written of refused) assert.equal(readColour(written), undefined, written)
})

must('WCAG 2.2 §1.4.3', 'the contrast ratio is that of the relative luminances', () => {
  const ratios: readonly (readonly [Colour, Colour, string])[] = [
    ['#000000', '#ffffff', '21.00'],
    ['#ffffff', '#000000', '21.00'],
    ['#777777', '#ffffff', '4.48'],
    ['#767676', '#ffffff', '4.54'],
    ['#ff0000', '#ffffff', '4.00'],
    ['#0000ff', '#ffffff', '8.59'],
    ['#123456', '#123456', '1.00'],
  ]
  for (const [one, other, ratio] of ratios) assert.equal(contrast(one, other).toFixed(2), ratio, `${one} ${other}`)
})

test('a mix is one colour, the other, or between them', () => {
  assert.equal(mixed('#000000', '#ffffff', 0), '#000000')
  assert.equal(mixed('#000000', '#ffffff', 1), '#ffffff')
  assert.equal(mixed('#000000', '#336699', 0.5), '#1a334d')
})

test('the nearest colour is the colour itself where it does, else a lighter or darker one, else none', () => {
  const onWhite = (least: number) => (candidate: Colour) => contrast(candidate, '#ffffff') >= least
  assert.equal(nearestColour('#0b6a5b', onWhite(4.5)), '#0b6a5b')
  const found = nearestColour('#ff6600', onWhite(4.5)) ?? assert.fail('there is one')
  assert.ok(contrast(found, '#ffffff') >= 4.5 && contrast(found, '#ffffff') < 4.7, found)
  assert.equal(
    nearestColour('#ff6600', () => false),
    undefined,
  )
})
