/** What a provider of plain OAuth says of a person, and how much of it counts. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { openPlainOAuth, plainClient } from '../../testing/plain-oauth.ts'
import { openOutbound } from './fetch.ts'
import { openUpstreams } from './upstreams.ts'
import type { UpstreamFailure, UpstreamProvider, UpstreamSignIn } from '../domain/upstream.ts'
import { Hidden } from '../kernel/hidden.ts'
import { systemClock } from '../kernel/time.ts'

const plain = await openPlainOAuth()
after(() => plain.close())
beforeEach(() => {
  plain.person = { id: 583231, login: 'alice-in-plain', email: 'alice@example.com' }
  plain.emails = []
})

const provider: UpstreamProvider = {
  id: 'plain',
  name: 'Plain',
  kind: 'oauth',
  issuer: plain.origin,
  client_id: plainClient.client_id,
  client_secret: new Hidden(plainClient.client_secret),
  token_endpoint_auth_method: 'client_secret_post',
  scope: 'read:user',
  response_mode: 'query',
  parameters: {},
  trust_email: true,
  trust_amr: false,
  endpoints: {
    authorization_endpoint: `${plain.origin}/authorize`,
    token_endpoint: `${plain.origin}/token`,
    userinfo_endpoint: `${plain.origin}/user`,
    subject_member: 'id',
  },
}
const { endpoints } = provider
assert.ok(endpoints)
const withEmails = { ...provider, endpoints: { ...endpoints, emails_endpoint: `${plain.origin}/emails` } }
const issuer = 'http://localhost:4000'
const upstreams = (outbound = openOutbound({ allow: [plain.host] })) =>
  openUpstreams({ providers: [provider], issuer, outbound, clock: systemClock })
const proofs = { state: 'a-state', nonce: 'a-nonce', code_verifier: 'v'.repeat(43) }

async function signedIn(
  as = provider,
  code_verifier = proofs.code_verifier,
): Promise<UpstreamSignIn | UpstreamFailure> {
  const there = await upstreams().begin(as, { ...proofs, ui_locales: 'en' })
  assert.ok(there instanceof URL)
  const q = encodeURIComponent(there.searchParams.toString())
  const answer = await fetch(`${plain.origin}/authorize`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ q, answer: 'yes' }),
  })
  const query = new URL(answer.headers.get('location') ?? '').search.slice(1)
  return upstreams().finish(as, { ...proofs, code_verifier, query })
}

describe('a provider of plain OAuth', () => {
  test('names a person by the member that never changes', async () => {
    const signIn = await signedIn()
    assert.ok(!('failed' in signIn))
    assert.deepEqual([signIn.issuer, signIn.subject, signIn.amr], [plain.origin, '583231', []])
  })

  test('AC-20: proves no address that it merely mentions, nor one that is not the first and proved', async () => {
    const proofOf = async (as = provider) => {
      const signIn = await signedIn(as)
      return 'failed' in signIn ? signIn.why : [signIn.email, signIn.email_proof]
    }
    assert.deepEqual(await proofOf(), ['alice@example.com', 'not_believed'])
    plain.emails = [
      { email: 'eve@example.com', primary: false, verified: true },
      { email: 'alice@example.com', primary: true, verified: false },
    ]
    assert.deepEqual(await proofOf(withEmails), [undefined, 'not_believed'])
    plain.emails = [{ email: 'alice@example.com', primary: true, verified: true }]
    assert.deepEqual(await proofOf(withEmails), ['alice@example.com', 'believed'])
    assert.deepEqual(await proofOf({ ...withEmails, trust_email: false }), ['alice@example.com', 'not_believed'])
  })

  test('is believed in no person without a name that stays', async () => {
    for (const id of [undefined, '', null, 1.5, { a: 1 }, 'x'.repeat(256), 'a\0']) {
      plain.person = { id, login: 'alice' }
      const outcome = await signedIn()
      assert.ok('failed' in outcome && outcome.failed === 'refused', JSON.stringify(id))
    }
  })

  test('answers a code with another verifier by an error, with whatever status', async () => {
    const outcome = await signedIn(provider, 'w'.repeat(43))
    assert.ok('failed' in outcome && outcome.failed === 'refused')
  })

  test('SF-02: is reached through the guard alone', async () => {
    const guarded = upstreams(openOutbound({ allow: [] }))
    const outcome = await guarded.finish(provider, { ...proofs, query: 'code=a&state=a-state' })
    assert.deepEqual(outcome, { failed: 'unreachable', why: 'scheme' })
    const { endpoints: _none, ...rest } = provider
    const openid = { ...rest, kind: 'openid' as const }
    const begun = await guarded.begin(openid, { ...proofs, ui_locales: 'en' })
    assert.deepEqual(begun, { failed: 'unreachable', why: 'scheme' })
  })
})
