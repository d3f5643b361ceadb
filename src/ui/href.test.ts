import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { render } from '../kernel/html.ts'
import { link, safeHref } from './href.ts'

test('paths of our own and http(s) addresses are let through as they are', () => {
  for (const address of [
    '/',
    '/account',
    '/authorize?client_id=a&x=%2F',
    'https://a.example',
    'http://localhost:4001/cb#x',
  ]) {
    assert.equal(safeHref(address), address)
  }
})

test('BR-30: what leads elsewhere than it seems is not let through', () => {
  const refused = [
    [
      '',
      '#',
      '?x',
      'account',
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      ' javascript:alert(1)',
      'java\tscript:alert(1)',
    ],
    [
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://a.example/1',
      'com.example.app:/cb',
      'https:evil',
    ],
    [
      '//evil.test',
      '/\\evil.test',
      '\\\\evil.test',
      '/\t/evil.test',
      '/\n/evil.test',
      ' /account',
      '/a\u00A0b',
      'https://',
    ],
    [
      'https:///evil.test',
      'https:/\\evil.test',
      'https://id.example@evil.test/',
      'https://:x@evil.test',
      'https://a b/',
      'https://[x',
    ],
  ].flat()
  for (const address of refused) assert.equal(safeHref(address), undefined, JSON.stringify(address))
})

test('BR-30: an address that is let through stays ours, or is http(s)', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    ':',
    '@',
    '?',
    '#',
    '.',
    '\t',
    '\n',
    ' ',
    'http',
    'https',
    'javascript',
    'evil.test',
    '%2f',
    'a',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const href = safeHref(pieces.join(''))
      if (href === undefined) return
      const url = new URL(href, 'https://id.example')
      assert.match(url.protocol, /^https?:$/)
      if (href.startsWith('/')) assert.equal(url.origin, 'https://id.example')
    }),
    { numRuns: 5_000 },
  )
})

test('a text whose address is not let through is left without a link', () => {
  assert.equal(render(link('javascript:alert(1)', 'here')), 'here')
  assert.match(
    render(link('https://a.example/?a=1&b=2', 'here')),
    /href="https:\/\/a\.example\/\?a=1&amp;b=2" rel="noreferrer"/,
  )
})
