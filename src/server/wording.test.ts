import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from '../config/configuration.ts'
import { languages } from '../kernel/language.ts'
import { grade } from './grade.ts'
import { judged } from './loaded-configuration.ts'

const clear = { title: 'See your postcards', description: 'The pictures and the words on them.' }
const others = languages.filter((language) => language !== 'en')
const translations = Object.fromEntries(others.map((language) => [language, { title: '…' }]))

/** What is said of one scope value's words. */
function told(scope: object, level: 'finding' | 'note' = 'finding', client: object = {}): readonly string[] {
  const raw = {
    issuer: 'https://id.example.com',
    trusted_proxies: ['10.0.0.0/8'],
    secret: Buffer.alloc(32, 7).toString('base64url'),
    resources: [
      { resource: 'https://api.test/', name: 'Postcards API', scopes: { 'cards.read': { ...clear, ...scope } } },
    ],
    clients: [
      { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: ['https://app.test/cb'], ...client },
    ],
  }
  const loaded = judged(readConfiguration(raw, '/', {}), 'test')
  assert.ok(loaded.outcome === 'good', JSON.stringify(loaded))
  return grade(loaded.configuration, 0)
    .filter((one) => one.level === level && one.spec === 'OpenID Connect Core §3.1.2.4')
    .map(({ key, words }) => `${key} ${words}`)
}

test('R6: words that a person understands, in every language, have no finding and no note', () => {
  assert.deepEqual(told({ translations }), [])
  assert.deepEqual(told({ translations }, 'note'), [])
})

test('R6: a title that is a name for machines is found', () => {
  for (const title of ['cards.read', 'cards:read', 'read_cards']) {
    assert.match(told({ title })[0] ?? '', /^resources\[0\]\.scopes\.cards\.read\.title is a name for machines/, title)
  }
})

test('R6: jargon is found in every text, whole words alone, in each language by its own table', () => {
  for (const text of [
    { title: 'Read the API' },
    { description: 'Uses a refresh token.' },
    { without: 'call the endpoint' },
    { translations: { de: { title: 'Den Endpunkt lesen' } } },
    { translations: { fr: { title: 'Lire avec un jeton' } } },
    { translations: { es: { title: 'Leer los metadatos' } } },
    { translations: { ja: { title: 'アクセストークンを読む' } } },
    { translations: { ar: { title: 'قراءة الرمز المميز' } } },
  ]) {
    assert.match(told(text)[0] ?? '', /has “.+”, which says nothing to most people$/, JSON.stringify(text))
  }
  assert.deepEqual(told({ title: 'See your telescopes and tokenings' }), [])
})

test('R6: a text that is longer than a small screen holds is found, and one that just fits is not', () => {
  for (const [member, most] of [
    ['title', 60],
    ['without', 60],
    ['description', 150],
  ] as const) {
    assert.deepEqual(told({ [member]: 'é'.repeat(most) }), [], member)
    assert.match(told({ [member]: 'é'.repeat(most + 1) })[0] ?? '', new RegExp(`${member} has ${most + 1} characters`))
  }
})

test('R6: the purposes that a client gives are read as well', () => {
  const client = { scope: 'cards.read', purposes: { 'cards.read': 'To fill the JSON of your album' } }
  assert.match(told({}, 'finding', client)[0] ?? '', /^clients\[0\]\.purposes\.cards\.read has “JSON”/)
})

test('R6: a missing description and missing languages are notes', () => {
  const [description, languagesMissing] = told({ description: undefined }, 'note')
  assert.match(description ?? '', /scopes\.cards\.read has no description/)
  assert.match(languagesMissing ?? '', /translations has no words in de, fr, es, ja, ar/)
})
