import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseWritten } from './written.ts'
import { readConfiguration } from './configuration.ts'

const directory = mkdtempSync(join(tmpdir(), 'licet-branding-'))
after(() => rmSync(directory, { recursive: true }))
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const files: Readonly<Record<string, string | Buffer>> = {
  'logo.png': png,
  'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  'declared.svg': '\ufeff<?xml version="1.0"?><!DOCTYPE svg><svg/>',
  'logo.txt': 'not a picture',
  'empty.png': '',
  'large.png': Buffer.concat([png, Buffer.alloc(10_485_760)]),
}
for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)

const minimal = { issuer: 'https://id.example.com', secret: 'x'.repeat(43) }
const read = (raw: object) => readConfiguration({ ...minimal, ...raw }, directory, {})
const mistakes = (branding: unknown) => read({ branding }).findings.map(({ key, words }) => `${key}: ${words}`)

function refuses(branding: unknown, expected: RegExp): void {
  const [first = 'nothing', ...more] = mistakes(branding)
  assert.match(first, expected, JSON.stringify(branding))
  assert.deepEqual(more, [], JSON.stringify(branding))
}

test('a whole branding is read', () => {
  const branding = {
    name: 'Example Ltd.',
    names: { ar: 'مثال' },
    logo: 'logo.png',
    logo_dark: 'logo.png',
    favicon: join(directory, 'logo.png'),
    colours: { light: { accent: '#7A1F5C' }, dark: { accent: '#fac' } },
    corners: 'slight',
    font: 'humanist',
    texts: { sign_in_heading: { en: 'Welcome', de: 'Willkommen' }, footer: { en: 'Example Ltd., Oxford' } },
    links: {
      terms: 'https://example.com/terms',
      support: { en: 'mailto:help@example.com', de: 'https://example.com/hilfe' },
    },
  }
  const { values, findings } = read({ branding, client_brandings: { shop: { name: 'Shop' } } })
  assert.deepEqual(findings, [])
  assert.deepEqual(values.branding?.colours, { light: { accent: '#7a1f5c' }, dark: { accent: '#ffaacc' } })
  assert.equal(values.branding?.logo?.file, join(directory, 'logo.png'))
  assert.equal(values.client_brandings?.['shop']?.name, 'Shop')
})

test('PX-09: a colour that is more than a colour is a mistake, with its key', () => {
  const accent = (written: unknown) => ({ colours: { light: { accent: written } } })
  const key = /^branding\.colours\.light\.accent: must be a colour such as '#0b6a5b', in quotes, not/
  for (const written of [
    'red;}body{background:url(https://evil.test)}',
    '#fff;}*{display:none',
    'url(https://evil.test/a.png)',
    'expression(alert(1))',
    '</style><script>alert(1)</script>',
    'var(--text)',
    'red',
    123,
    ['#fff'],
    { a: 1 },
  ]) {
    refuses(accent(written), key)
  }
  refuses(
    { colours: { light: { akzent: '#fff' } } },
    /^branding\.colours\.light\.akzent: must be background or surface or/,
  )
  refuses(
    { colours: { night: { accent: '#fff' } } },
    /^branding\.colours\.night: is not a setting; did you mean light\?/,
  )
})

test('a colour without quotes, which YAML takes for a comment, is not ignored', () => {
  const { raw } = parseWritten('branding:\n  colours:\n    light:\n      accent: #7a1f5c\n')
  assert.deepEqual(
    read(raw as object).findings.map(({ key, words }) => `${key}: ${words}`),
    ['branding.colours.light.accent: is empty: put the colour in quotes, since # begins a comment'],
  )
})

test('BR-28: a logo is a small file of pixels: no SVG, nothing else, nothing large, nothing that is not there', () => {
  const logo = (written: unknown) => ({ name: 'A', logo: written })
  refuses(logo('logo.svg'), /^branding\.logo: .*which is an SVG, a document that may hold programs: give a PNG/)
  refuses(logo('declared.svg'), /^branding\.logo: .*which is an SVG/)
  refuses(logo('logo.txt'), /^branding\.logo: .*which is not a picture/)
  refuses(logo('empty.png'), /^branding\.logo: .*which is not a picture/)
  refuses(logo('large.png'), /^branding\.logo: .*which is larger than 1 MB/)
  refuses(logo('missing.png'), /^branding\.logo: .*which is not there/)
  refuses(logo('.'), /^branding\.logo: .*which cannot be read/)
  refuses(logo(7), /^branding\.logo: must be text/)
  refuses({ logo: 'logo.png' }, /^branding\.name: is missing: a logo needs a name/)
  refuses({ name: 'A', logo_dark: 'logo.png' }, /^branding\.logo: is missing: logo_dark needs it/)
})

test('an unknown text, language, link, font or key is a mistake, with its key', () => {
  refuses(
    { texts: { sign_in_headline: { en: 'Hi' } } },
    /^branding\.texts\.sign_in_headline: is not a setting; did you mean sign_in_heading\?/,
  )
  refuses({ texts: { footer: { xx: 'Hi' } } }, /^branding\.texts\.footer\.xx: must be en or de/)
  refuses({ texts: { footer: 'Hi' } }, /^branding\.texts\.footer: must be a mapping/)
  refuses({ links: { blog: 'https://example.com/' } }, /^branding\.links\.blog: is not a setting/)
  refuses({ links: { terms: { xx: 'https://example.com/' } } }, /^branding\.links\.terms\.xx: must be en or de/)
  refuses({ font: 'Comic Sans' }, /^branding\.font: must be system or humanist or serif/)
  refuses({ corners: '3px' }, /^branding\.corners: must be square or slight or round/)
  refuses({ colors: {} }, /^branding\.colors: is not a setting; did you mean colours\?/)
})

test('a text is one line of what can be read, and no longer than its place', () => {
  for (const written of ['two\nlines', 'a\u0000b', 'turned \u202Egnp.', 'hidden \u2066isolate', 'line\u2028end']) {
    refuses({ name: written }, /^branding\.name: must be one line/)
    refuses({ texts: { footer: { ar: written } } }, /^branding\.texts\.footer\.ar: must be one line/)
  }
  refuses({ name: 'n'.repeat(61) }, /^branding\.name: must have at most 60 characters, not 61/)
  refuses({ texts: { footer: { en: 't'.repeat(201) } } }, /at most 200 characters, not 201/)
  refuses({ name: '' }, /^branding\.name: must not be empty/)
})

test('BR-30: a link leads to an https page, or to a mailbox where help is', () => {
  const { links } = { links: (terms: unknown) => ({ links: { terms } }) }
  for (const written of [
    'javascript:alert(1)',
    'data:text/html,hi',
    'http://example.com/',
    '//example.com/',
    '/terms',
    'https:/example.com',
    'https://user:pass@example.com/',
    'https://exa mple.com/',
    'https://example.com/"><script>',
    'https://example.com\\@evil.test/',
    'mailto:help@example.com',
    '',
  ]) {
    assert.match(mistakes(links(written))[0] ?? 'nothing', /^branding\.links\.terms: must/, written)
  }
  for (const written of ['mailto:a@b@c', 'mailto:a@b?subject=x', 'mailto:', 'tel:+44']) {
    refuses({ links: { support: written } }, /^branding\.links\.support: must be an https:\/\/ or mailto: address/)
  }
})

test('the name of a client’s branding is lower case and short', () => {
  for (const name of ['Shop', '../shop', 'a'.repeat(65), '__proto__']) {
    const { findings } = read({ client_brandings: Object.fromEntries([[name, { name: 'Shop' }]]) })
    assert.match(findings[0]?.words ?? 'nothing', /^must be lower case letters/, name)
  }
})
