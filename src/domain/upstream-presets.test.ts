/** What an operator may write of another provider, and what comes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUpstreamMistakes, upstreamProviders, type ConfiguredUpstream } from './upstream-presets.ts'

const usual: ConfiguredUpstream = { id: 'up', client_id: 'licet', trust_email: false, trust_amr: false }
const keysOf = (...written: readonly Partial<ConfiguredUpstream>[]): readonly string[] =>
  findUpstreamMistakes(written.map((one) => ({ ...usual, ...one }))).map(({ key }) => key)

test('a preset needs a client_id and no more', () => {
  for (const preset of ['google', 'microsoft', 'github', 'gitlab', 'apple'] as const) {
    assert.deepEqual(keysOf({ preset }), [], preset)
    const [provider] = upstreamProviders([{ ...usual, preset }])
    assert.ok(provider?.name)
    assert.match(provider.issuer, /^https:/)
  }
})

test('any provider needs a name and an issuer, and one of plain OAuth its addresses', () => {
  assert.deepEqual(keysOf({}), ['upstream[0].issuer', 'upstream[0].name'])
  const generic = { name: 'Keycloak', issuer: 'https://sso.example.com/realms/one' }
  assert.deepEqual(keysOf(generic), [])
  assert.deepEqual(keysOf({ ...generic, kind: 'oauth' }), [
    'upstream[0].authorization_endpoint',
    'upstream[0].token_endpoint',
    'upstream[0].userinfo_endpoint',
  ])
  assert.deepEqual(keysOf({ ...generic, token_endpoint: 'https://evil.test' }), ['upstream[0].token_endpoint'])
  assert.deepEqual(keysOf({ ...generic, scope: 'email' }), ['upstream[0].scope'])
  assert.deepEqual(keysOf({ preset: 'google' }, { preset: 'github' }), ['upstream[1].id'])
})

test('AC-20: Microsoft cannot be believed about addresses, which any tenant’s administrator writes', () => {
  assert.deepEqual(keysOf({ preset: 'microsoft', trust_email: true }), ['upstream[0].trust_email'])
  assert.deepEqual(keysOf({ preset: 'google', trust_email: true }), [])
})

test('methods count of a provider that tells them', () => {
  assert.deepEqual(keysOf({ preset: 'github', trust_amr: true }), ['upstream[0].trust_amr'])
})

test('what is written stands before the preset', () => {
  const [github] = upstreamProviders([
    { ...usual, preset: 'github', name: 'GHE', token_endpoint: 'https://ghe.example.com/token' },
  ])
  assert.equal(github?.name, 'GHE')
  assert.equal(github.endpoints?.token_endpoint, 'https://ghe.example.com/token')
  assert.equal(github.endpoints?.subject_member, 'id')
})
