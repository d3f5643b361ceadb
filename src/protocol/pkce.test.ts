import assert from 'node:assert/strict'
import type { Bindings } from '../kernel/binding.ts'
import { Parameters } from '../kernel/parameters.ts'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { exampleClient, requestDraft, tokenDraft } from '../../testing/drafts.ts'
import { pkce } from './pkce.ts'

// The vector of RFC 7636 Appendix B.
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const challenge = { code_challenge, code_challenge_method: 'S256' }

function boundTo(parameters: Record<string, string>): Bindings {
  const draft = requestDraft({ parameters: Parameters.from(parameters) })
  pkce.authorizationRequest(draft)
  return draft.bindings
}

const exchange = (bindings: Bindings, parameters: Record<string, string>) =>
  pkce.codeExchange(tokenDraft({ bindings, parameters: Parameters.from(parameters) }))

must('RFC 7636 §4.6', 'the verifier of Appendix B redeems its challenge', () => {
  assert.doesNotThrow(() => exchange(boundTo(challenge), { code_verifier }))
})

must('RFC 7636 §4.6', 'PK-09: answers invalid_grant when the verifier does not match', () => {
  assert.throws(
    () => exchange(boundTo(challenge), { code_verifier: 'x'.repeat(43) }),
    refusedFor('code_verifier_mismatch'),
  )
})

must('RFC 7636 §4.5', 'PK-04: a code bound to a challenge needs a verifier', () => {
  assert.throws(() => exchange(boundTo(challenge), {}), refusedFor('code_verifier_missing'))
})

must('RFC 7636 §4.1', 'PK-07: what is not a code-verifier is refused, however long', () => {
  for (const code_verifier of ['x'.repeat(42), 'x'.repeat(129), `${'x'.repeat(42)} `, 'x'.repeat(1_000_000)]) {
    assert.throws(() => exchange(boundTo(challenge), { code_verifier }), refusedFor('code_verifier_mismatch'))
  }
})

must('RFC 9700 §2.1.1', 'PK-01: no client of the profiles oauth21 and fapi2 can leave the challenge out', () => {
  for (const profile of ['oauth21', 'fapi2'] as const) {
    const draft = requestDraft({ client: exampleClient({ profile }), parameters: Parameters.from({}) })
    assert.throws(() => pkce.authorizationRequest(draft), refusedFor('code_challenge_missing'))
  }
})

must('OAuth 2.1 §7.5.1', 'PK-02: every method but S256 is refused, and so is leaving it out', () => {
  for (const code_challenge_method of ['plain', 's256', 'S512', '']) {
    const parameters = { code_challenge, code_challenge_method }
    assert.throws(() => boundTo(parameters), refusedFor('code_challenge_method_unsupported'))
  }
})

must('RFC 7636 §4.2', 'PK-03: what is not SHA-256 in base64url is refused as a challenge', () => {
  const short = code_challenge.slice(1)
  for (const malformed of [short, `${code_challenge}x`, `${short}=`, `+/${code_challenge.slice(2)}`, 'ä'.repeat(43)]) {
    const parameters = { code_challenge: malformed, code_challenge_method: 'S256' }
    assert.throws(() => boundTo(parameters), refusedFor('code_challenge_malformed'))
  }
})

must('RFC 9700 §4.8.2', 'PK-06: a verifier for a request that had no challenge is refused', () => {
  const draft = requestDraft({ client: exampleClient({ profile: 'oidc' }), parameters: Parameters.from({}) })
  pkce.authorizationRequest(draft)
  assert.throws(() => exchange(draft.bindings, { code_verifier }), refusedFor('code_verifier_unexpected'))
})
