import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { exampleClient } from '../../testing/drafts.ts'
import { refusedFor } from '../../testing/refused.ts'
import { checkClientMetadata, type ClientMetadataPolicy } from './client-metadata.ts'
import { everyName } from './tagged-metadata.ts'

const policy: ClientMetadataPolicy = {
  author: 'stranger',
  unknown: 'ignore',
  grant_types: ['authorization_code'],
  token_endpoint_auth_methods: ['none', 'client_secret_basic'],
  scopes: [],
  allow_http_loopback: false,
  outbound_allow: [],
}
const names = {
  client_name: 'Letters',
  'client_name#de': 'Briefe',
  'client_name#ja-Jpan-JP': '手紙',
  'tos_uri#de': 'https://rp1.test/agb',
}
const check = (more: object) =>
  checkClientMetadata({ redirect_uris: ['https://rp1.test/cb'], ...names, ...more }, policy).metadata

must('RFC 7591 §2.2', 'what people read may be there in several languages, each judged like the one without', () => {
  const metadata = check({})
  for (const [name, value] of Object.entries(names)) {
    assert.equal((metadata as unknown as Readonly<Record<string, unknown>>)[name], value)
  }
  assert.deepEqual(everyName(metadata), ['Letters', 'Briefe', '手紙'])
})

test('DR-11, BR-27: a name that deceives is refused in every language', () => {
  for (const name of ['client_name#de', 'client_name#ja-Jpan-JP']) {
    assert.throws(() => check({ [name]: 'Go\u202Egle' }), refusedFor('client_name_unsafe'))
  }
  assert.throws(() => check({ 'logo_uri#de': 'http://169.254.169.254/' }), refusedFor('client_uri_unsafe'))
})

test('DS-05: a client has at most a hundred fields with a language, whoever registers it', () => {
  // Three are in `names`.
  const most = Object.fromEntries(Array.from({ length: 97 }, (_, index) => [`client_name#xx-${index}`, `n${index}`]))
  assert.equal(everyName(check(most)).length, 100)
  const more = { ...most, 'policy_uri#de': 'https://rp1.test/privacy' }
  assert.throws(() => check(more), refusedFor('client_metadata_malformed'))
})

test('DR-06: a tag makes no field of one that has no languages, and an odd tag none at all', () => {
  const odd = {
    'redirect_uris#de': ['javascript:x'],
    'scope#de': 'admin',
    'client_name#': 'x',
    'client_name#d e': 'x',
    '#de': 'x',
    'client_name##de': 'x',
    [`client_name#${'a'.repeat(9)}`]: 'x',
  }
  const metadata = check(odd)
  assert.deepEqual(
    Object.keys(metadata).filter((name) => name in odd),
    [],
  )
  const { client_name: _name, ...nameless } = exampleClient().metadata
  assert.deepEqual(everyName(nameless), [])
})
