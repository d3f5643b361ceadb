import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formRequest } from '../../testing/protocol.ts'
import { refusedFor } from '../../testing/refused.ts'
import { secretsUnder } from '../kernel/secret.ts'
import { checkSameOrigin, csrfToken, isCsrfToken } from './csrf.ts'

const issuer = 'https://id.test/path'
const secrets = secretsUnder(Buffer.alloc(32, 1))

const foreign: Readonly<Record<string, Record<string, string>>> = {
  'a foreign origin': { origin: 'https://evil.test' },
  'a foreign origin that claims to be us': { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
  'our name with another scheme': { origin: 'http://id.test' },
  'our name with another port': { origin: 'https://id.test:8443' },
  'a name that begins as ours': { origin: 'https://id.test.evil.test' },
  'an opaque origin': { origin: 'null' },
  'an opaque origin from elsewhere': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'an opaque origin that the person opened': { origin: 'null', 'sec-fetch-site': 'none' },
  'another site, without origin': { 'sec-fetch-site': 'cross-site' },
  'a sibling domain': { 'sec-fetch-site': 'same-site' },
  'a sibling domain that claims our origin': { origin: 'https://id.test', 'sec-fetch-site': 'same-site' },
  'a word that browsers do not say': { origin: 'https://id.test', 'sec-fetch-site': 'same_origin' },
}

for (const [name, headers] of Object.entries(foreign)) {
  test(`BR-13: a form from ${name} is refused`, () => {
    assert.throws(() => checkSameOrigin(formRequest('', headers), issuer), refusedFor('form_from_elsewhere'))
  })
}

const ours: Readonly<Record<string, Record<string, string>>> = {
  'our own origin': { origin: 'https://id.test' },
  'our own page': { origin: 'https://id.test', 'sec-fetch-site': 'same-origin' },
  'our own page, whose referrer policy hides the origin': { origin: 'null', 'sec-fetch-site': 'same-origin' },
  'a program that says nothing': {},
  'a person who sends it again': { origin: 'https://id.test', 'sec-fetch-site': 'none' },
}

for (const [name, headers] of Object.entries(ours)) {
  test(`BR-13: a form from ${name} goes on to the token`, () => {
    assert.doesNotThrow(() => checkSameOrigin(formRequest('', headers), issuer))
  })
}

test('BR-14: a token is good in one browser, for one page, under one secret', () => {
  const token = csrfToken('lb_one', 'page one', { secrets })
  assert.ok(isCsrfToken(token, 'lb_one', 'page one', { secrets }))
  assert.ok(!isCsrfToken(token, 'lb_two', 'page one', { secrets }))
  assert.ok(!isCsrfToken(token, 'lb_one', 'page two', { secrets }))
  assert.ok(!isCsrfToken(token, 'lb_one', 'page one', { secrets: secretsUnder(Buffer.alloc(32, 2)) }))
  for (const wrong of [undefined, '', token.slice(1), `${token}A`, token.toLowerCase()]) {
    assert.ok(!isCsrfToken(wrong, 'lb_one', 'page one', { secrets }))
  }
})
