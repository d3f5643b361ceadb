import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standardPalettes } from '../kernel/palette.ts'
import { stylesheet, stylesheetOf } from './stylesheet.ts'

const names = (pattern: RegExp, text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(pattern), ([, name = '']) => name))

test('every token that the stylesheet uses is declared, and every colour of the palette is used', () => {
  const used = names(/var\(--([a-z_-]+)\)/g, stylesheet.body)
  const declared = names(/(?:^|[{;])\s*--([a-z_-]+):/gm, stylesheet.body)
  assert.deepEqual(
    [...used].filter((name) => !declared.has(name)),
    [],
  )
  assert.deepEqual(
    Object.keys(standardPalettes.light).filter((name) => !used.has(name)),
    [],
  )
})

test('a branding changes the values of tokens and nothing else', () => {
  const other = stylesheetOf({
    colours: { light: { accent: '#7a1f5c' }, dark: { background: '#000000' } },
    corners: 'square',
    font: 'serif',
  })
  assert.notEqual(other.path, stylesheet.path)
  const rules = stylesheet.body.slice(
    0,
    stylesheet.body.lastIndexOf(':root{--background', stylesheet.body.indexOf('@media (prefers-color-scheme:dark)')),
  )
  assert.ok(other.body.startsWith(rules))
  assert.match(other.body, /--accent:#7a1f5c;/)
  assert.match(other.body, /--round:0;/)
  assert.match(
    other.body.slice(rules.length),
    /^:root\{[^{}]*\}@media \(prefers-color-scheme:dark\)\{:root\{[^{}]*\}\}\n$/,
  )
})

test('the same branding is the same file on every node', () => {
  assert.equal(stylesheetOf({}).path, stylesheet.path)
})
