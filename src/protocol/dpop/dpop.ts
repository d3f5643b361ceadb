/**
 * Demonstrating proof of possession: RFC 9449. Whoever asks for tokens, or uses one that is bound, signs what it does
 * with a key of its own, so that a stolen token, code or refresh token is worth nothing.
 */
import type { BindingKey } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import { confirmationOf } from '../confirmation.ts'
import type { Feature, FeatureParts, PossessionDraft } from '../feature.ts'
import { currentNonce } from './nonce.ts'
import { dpopAlgorithms, proofRefusals, provenKey } from './proof.ts'

const thumbprintMalformed = refusal(
  'invalid_request',
  'dpop_jkt_malformed',
  'dpop_jkt must be 43 characters of base64url',
)
const thumbprintContradicted = refusal(
  'invalid_request',
  'dpop_jkt_contradicted',
  'dpop_jkt is not the key of the DPoP proof',
)
const codeOfAnotherKey = refusal(
  'invalid_grant',
  'code_of_another_key',
  'The authorization code is not valid for this request',
)
const schemeMismatch = refusal(
  'invalid_token',
  'access_token_scheme_mismatch',
  'The access token does not go with this authentication scheme',
)
const presentedWithoutProof = refusal(
  'invalid_dpop_proof',
  'access_token_without_proof',
  'The access token must come with a DPoP proof',
)
const tokenOfAnotherKey = refusal(
  'invalid_token',
  'access_token_of_another_key',
  'The access token is not valid, or not any more',
)

const jktKey: BindingKey<string> = { name: 'dpop_jkt', parse: String }
const thumbprint = /^[A-Za-z0-9_-]{43}$/
const challenge = `DPoP algs="${dpopAlgorithms.join(' ')}"`

export const dpop = {
  name: 'DPoP',
  spec: ['RFC 9449'],
  refusals: [
    ...proofRefusals,
    thumbprintMalformed,
    thumbprintContradicted,
    codeOfAnotherKey,
    schemeMismatch,
    presentedWithoutProof,
    tokenOfAnotherKey,
  ],
  tokenScheme: { name: 'dpop', challenge },

  metadata: () => ({ dpop_signing_alg_values_supported: dpopAlgorithms }),

  // RFC 9449 §10: the code is for the holder of this key alone.
  authorizationRequest({ parameters, client, bindings }) {
    const dpop_jkt = parameters.get('dpop_jkt')
    if (dpop_jkt === undefined) return
    if (!thumbprint.test(dpop_jkt)) throw thumbprintMalformed({ client_id: client.client_id })
    bindings.set(jktKey, dpop_jkt)
  },

  // RFC 9449 §10.1: a proof at the pushed authorization request endpoint says the same as the parameter.
  async pushedRequest(draft, parts) {
    const jkt = await keyOf(draft, parts)
    if (jkt === undefined) return {}
    const dpop_jkt = draft.parameters.get('dpop_jkt')
    if (dpop_jkt !== undefined && dpop_jkt !== jkt) throw thumbprintContradicted({ client_id: draft.client.client_id })
    return { dpop_jkt: jkt }
  },

  async proofOfPossession(draft, parts) {
    const jkt = await keyOf(draft, parts)
    return jkt === undefined ? undefined : { jkt }
  },

  // CD-17: whoever has the code and not the key burns nothing.
  codeExchange({ bindings, client, authorization }) {
    const dpop_jkt = bindings.get(jktKey)
    if (dpop_jkt === undefined || dpop_jkt === confirmationOf(bindings).jkt) return
    throw codeOfAnotherKey({ client_id: client.client_id, grant_id: authorization?.grant_id })
  },

  // RFC 9449 §7.1 and §7.2: a bound token is never taken as a bearer token, nor one that is not bound as a bound one.
  async tokenPresented({ request, token, scheme, confirmation: { jkt } }, parts) {
    const detail = { challenge }
    if ((scheme === 'dpop') !== (jkt !== undefined)) throw schemeMismatch(detail)
    if (jkt === undefined) return
    const { dpop: field } = request.headers
    if (field === undefined) throw presentedWithoutProof(detail)
    if ((await provenKey(field, { request, token, detail }, parts)) !== jkt) throw tokenOfAnotherKey(detail)
  },

  // RFC 9449 §8.2: whoever sends proofs learns of the next nonce before the last one is stale.
  answerHeaders(request, parts) {
    if (parts.settings.dpop_nonce === 'off' || request.headers['dpop'] === undefined) return {}
    return { 'dpop-nonce': currentNonce(request, parts) }
  },
} satisfies Feature

function keyOf({ request, client }: PossessionDraft, parts: FeatureParts): Promise<string | undefined> {
  const { dpop: field } = request.headers
  if (field === undefined) return Promise.resolve(undefined)
  return provenKey(field, { request, detail: { client_id: client.client_id } }, parts)
}
