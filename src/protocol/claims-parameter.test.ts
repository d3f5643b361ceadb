import assert from 'node:assert/strict'
import { requestDraft } from '../../testing/drafts.ts'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { Bindings, type Json } from '../kernel/binding.ts'
import { Parameters } from '../kernel/parameters.ts'
import { claimsParameter } from './claims-parameter.ts'

const knownClaims = new Set(['name', 'email', 'email_verified', 'address'])

function draftOf(claims: Json | string) {
  const written = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const draft = requestDraft({ knownClaims, parameters: Parameters.from({ claims: written }) })
  claimsParameter.authorizationRequest(draft)
  return draft
}

const account: Readonly<Record<string, Json>> = { name: 'Alice', email: 'a@example.com', email_verified: false }
const told = (bindings: Bindings, into: 'id_token' | 'userinfo', allowed = Object.keys(account)) =>
  claimsParameter.personalClaims({
    into,
    bindings: new Bindings(bindings.toJSON()),
    find: (name) => (allowed.includes(name) ? account[name] : undefined),
  })

must('OpenID Connect Core §5.5', 'claims are asked for by name, and told in the place they were asked for', () => {
  const { claims, bindings } = draftOf({ id_token: { email: null }, userinfo: { name: { essential: true } } })
  assert.deepEqual(claims, [
    { name: 'email', essential: false },
    { name: 'name', essential: true },
  ])
  assert.deepEqual(told(bindings, 'id_token'), { email: 'a@example.com' })
  assert.deepEqual(told(bindings, 'userinfo'), { name: 'Alice' })
})

must('OpenID Connect Core §5.5.1', 'a claim is essential where either place says so', () => {
  const { claims } = draftOf({ id_token: { name: { essential: true } }, userinfo: { name: null } })
  assert.deepEqual(claims, [{ name: 'name', essential: true }])
})

must('OpenID Connect Core §5.5', 'what the person did not allow, or does not have, is left out', () => {
  const { bindings } = draftOf({ userinfo: { name: { essential: true }, email: null, address: null } })
  assert.deepEqual(told(bindings, 'userinfo', ['email', 'address']), { email: 'a@example.com' })
})

must('OpenID Connect Core §5.5.1', 'a value asked for is told when it is the one, whatever its type', () => {
  const { bindings } = draftOf({
    userinfo: { name: { value: 'Bob' }, email: { values: ['b@example.com', 'a@example.com'] } },
    id_token: { email_verified: { value: false }, name: { values: [] } },
  })
  assert.deepEqual(told(bindings, 'userinfo'), { email: 'a@example.com' })
  assert.deepEqual(told(bindings, 'id_token'), { email_verified: false, name: 'Alice' })
})

must('OpenID Connect Core §5.5', 'members and claims that are not understood are ignored', () => {
  const { claims } = draftOf({ userinfo: { shoe_size: null, 'name#ja': null, name: { unknown: 1 } }, more: [1] })
  assert.deepEqual(claims, [{ name: 'name', essential: false }])
  assert.deepEqual(draftOf({ userinfo: null }).claims, [])
})

must('OpenID Connect Core §5.5.1.1', 'BR-23: acr of the id_token says which contexts are wanted, and how much', () => {
  const acr = { essential: true, values: ['urn:a', 7, 'urn:b'] }
  assert.deepEqual(draftOf({ id_token: { acr } }).acr, { kind: 'essential', values: ['urn:a', 'urn:b'] })
  assert.deepEqual(draftOf({ id_token: { acr: { value: 'urn:a' } } }).acr, { kind: 'voluntary', values: ['urn:a'] })
  assert.deepEqual(draftOf({ userinfo: { acr } }).acr, { kind: 'voluntary', values: [] })
})

must('OpenID Connect Core §3.1.2.2', 'sub of the id_token says whom the answer may be about', () => {
  assert.deepEqual(draftOf({ id_token: { sub: { value: 'alice' } } }).subjects, ['alice'])
  assert.deepEqual(draftOf({ id_token: { sub: null }, userinfo: { sub: { value: 'alice' } } }).subjects, [])
  assert.throws(() => draftOf({ id_token: { sub: { value: 7 } } }), refusedFor('claims_malformed'))
})

must('OpenID Connect Core §5.5', 'AZ-41: JSON of any other form is refused', () => {
  const malformed = [
    '{',
    '[]',
    'null',
    '"userinfo"',
    '{"userinfo":[]}',
    '{"userinfo":"name"}',
    '{"userinfo":{"name":true}}',
    '{"userinfo":{"name":{"essential":"yes"}}}',
    '{"userinfo":{"name":{"values":"Alice"}}}',
    '{"userinfo":{"name":null,"name":{"essential":true}}}',
    '{"userinfo":{},"userinfo":{"name":null}}',
    '{"userinfo":{"__proto__":{"essential":true}}}',
    '{"userinfo":{"constructor":null}}',
    '{"__proto__":{"name":null}}',
    `{"userinfo":{"name":{"value":${'['.repeat(100)}${']'.repeat(100)}}}}`,
    `${'{"userinfo":'.repeat(100)}1${'}'.repeat(100)}`,
  ]
  for (const written of malformed) assert.throws(() => draftOf(written), refusedFor('claims_malformed'), written)
  assert.equal(({} as Record<string, unknown>)['essential'], undefined)
})

must('OpenID Connect Core §5.5', 'AZ-41: ten thousand claims are refused, and so is what is long', () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`claim_${index}`, null]))
  assert.throws(() => draftOf({ userinfo: many }), refusedFor('claims_too_many'))
  const hundredOne = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`c${index}`, null]))
  assert.throws(() => draftOf({ userinfo: hundredOne }), refusedFor('claims_too_many'))
  assert.throws(() => draftOf({ userinfo: { name: { value: 'x'.repeat(17_000) } } }), refusedFor('claims_too_many'))
})

must('OpenID Connect Discovery §3', 'JK-06: the parameter is advertised', () => {
  assert.deepEqual(claimsParameter.metadata(), { claims_parameter_supported: true })
})
