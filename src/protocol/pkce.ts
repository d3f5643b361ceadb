/** Proof Key for Code Exchange: RFC 7636, S256 only and for every client, as OAuth 2.1 §7.5.1 asks. */
import { sameSecret, sha256base64url } from '../kernel/hash.ts'
import type { BindingKey } from '../kernel/binding.ts'
import { refusal } from '../kernel/refusal.ts'
import { profiles } from '../domain/profile.ts'
import { brings } from '../vocabulary/response-types.ts'
import type { AuthorizationRequestDraft, Feature } from './feature.ts'

const challengeMissing = refusal('invalid_request', 'code_challenge_missing', 'code_challenge is required')
const methodUnsupported = refusal(
  'invalid_request',
  'code_challenge_method_unsupported',
  'code_challenge_method must be S256',
)
const challengeMalformed = refusal(
  'invalid_request',
  'code_challenge_malformed',
  'code_challenge must be 43 characters of base64url',
)
// One description for both: which check failed is for the log, not for whoever holds a stolen code.
const tell = 'The authorization code is not valid for this request'
const verifierMissing = refusal('invalid_grant', 'code_verifier_missing', tell)
const verifierMismatch = refusal('invalid_grant', 'code_verifier_mismatch', tell)
// RFC 9700 §4.8.2: a verifier for a request that had no challenge is a downgrade attack in progress.
const verifierUnexpected = refusal('invalid_grant', 'code_verifier_unexpected', tell)

const challengeKey: BindingKey<string> = { name: 'pkce', parse: String }
const s256Challenge = /^[A-Za-z0-9_-]{43}$/
const verifierSyntax = /^[A-Za-z0-9._~-]{43,128}$/

function keepChallenge({ parameters, client, bindings }: AuthorizationRequestDraft): void {
  const code_challenge = parameters.get('code_challenge') ?? ''
  const detail = { client_id: client.client_id }
  // RFC 7636 §4.3: one that is left out means plain.
  const code_challenge_method = parameters.get('code_challenge_method') ?? 'plain'
  if (code_challenge_method !== 'S256')
    throw methodUnsupported({ ...detail, code_challenge_method: code_challenge_method.slice(0, 100) })
  if (!s256Challenge.test(code_challenge)) throw challengeMalformed({ ...detail, length: code_challenge.length })
  bindings.set(challengeKey, code_challenge)
}

export const pkce = {
  name: 'pkce',
  spec: ['RFC 7636'],
  refusals: [
    challengeMissing,
    methodUnsupported,
    challengeMalformed,
    verifierMissing,
    verifierMismatch,
    verifierUnexpected,
  ],

  metadata: () => ({ code_challenge_methods_supported: ['S256'] }),

  // RFC 7636 §4.4.1: a request without a challenge is refused, not downgraded; only clients of the profiles that OpenID
  // Connect's history asks for may leave both parameters out.
  authorizationRequest(draft) {
    const { parameters, client, response_type } = draft
    // Where no code is asked for there is nothing that a verifier could protect.
    if (!brings(response_type, 'code')) return
    if (parameters.has('code_challenge')) return keepChallenge(draft)
    const mayBeLeftOut = profiles[client.profile].pkce === 'optional' && !parameters.has('code_challenge_method')
    if (!mayBeLeftOut) throw challengeMissing({ client_id: client.client_id })
  },

  // RFC 8628 does not know challenges; a device that sends one is held to it all the same (SECURITY: PK-10).
  deviceAuthorizationRequest(draft) {
    if (draft.parameters.has('code_challenge')) keepChallenge(draft)
  },

  // RFC 7636 §4.6
  codeExchange({ parameters, bindings, client, authorization }) {
    const code_verifier = parameters.get('code_verifier')
    const code_challenge = bindings.get(challengeKey)
    const detail = { client_id: client.client_id, grant_id: authorization?.grant_id }
    if (code_challenge === undefined) {
      if (code_verifier !== undefined) throw verifierUnexpected(detail)
      return
    }
    if (code_verifier === undefined) throw verifierMissing(detail)
    if (!verifierSyntax.test(code_verifier) || !sameSecret(sha256base64url(code_verifier), code_challenge)) {
      throw verifierMismatch(detail)
    }
  },
} satisfies Feature
