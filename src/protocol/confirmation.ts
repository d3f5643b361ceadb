/**
 * Which keys a request proved to hold, and what follows from that: what the tokens made for it are bound to, and
 * whether a token or a chain of refresh tokens that is bound already is presented by its holder.
 *
 * A feature finds out (`proofOfPossession`); the answer is kept among the bindings of the request, so that it reaches
 * the mint gate whatever the grant type.
 */
import type { BindingKey, Bindings } from '../kernel/binding.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Client } from '../domain/client.ts'
import { profiles } from '../domain/profile.ts'
import type { Confirmation } from '../vocabulary/confirmation.ts'
import { filling, type FeatureParts, type PossessionDraft } from './feature.ts'
import type { ProtocolParts } from './parts.ts'

const proofMissing = refusal('invalid_request', 'dpop_proof_missing', 'The client must send a DPoP proof')
const certificateMissing = refusal(
  'invalid_request',
  'certificate_of_token_missing',
  'The client must use a TLS client certificate',
)
const unconstrained = refusal(
  'invalid_request',
  'sender_not_constrained',
  'The client must send a DPoP proof, or use a TLS client certificate',
)

const confirmationKey: BindingKey<Confirmation> = { name: 'cnf', parse: (kept) => readConfirmation(kept) }

/** Asks every feature which keys a token request proves to hold, and keeps the answer among its bindings. */
export async function provePossession(
  draft: PossessionDraft & { readonly bindings: Bindings },
  parts: FeatureParts & Pick<ProtocolParts, 'features'>,
): Promise<void> {
  let proved: Confirmation = {}
  for (const feature of filling(parts.features, 'proofOfPossession')) {
    proved = { ...proved, ...(await feature.proofOfPossession(draft, parts)) }
  }
  draft.bindings.set(confirmationKey, proved)
}

/** What the tokens of a request are to be bound to; empty when it proved nothing. */
export function confirmationOf(bindings: Bindings): Confirmation {
  return bindings.get(confirmationKey) ?? {}
}

/** Tells whether something is bound to a key at all. */
export function isBound(confirmation: Confirmation): boolean {
  return Object.keys(confirmation).length > 0
}

/** Tells whether a request that proved some keys holds every key that something is bound to. */
export function holds(proved: Confirmation, bound: Confirmation): boolean {
  return proved.jkt === (bound.jkt ?? proved.jkt) && proved['x5t#S256'] === (bound['x5t#S256'] ?? proved['x5t#S256'])
}

/**
 * Refuses tokens to a client that is registered for bound ones and proved no key: they would be worth less to it, and
 * more to a thief, than it counts on (DP-08).
 *
 * @throws `invalid_request`: `dpop_proof_missing`, `certificate_of_token_missing`, `sender_not_constrained`
 */
export function checkConstrained({ client_id, metadata, profile }: Client, confirmation: Confirmation): void {
  // RFC 9449 §5.2
  if (metadata.dpop_bound_access_tokens === true && confirmation.jkt === undefined) throw proofMissing({ client_id })
  // RFC 8705 §3.4
  if (metadata.tls_client_certificate_bound_access_tokens === true && confirmation['x5t#S256'] === undefined) {
    throw certificateMissing({ client_id })
  }
  // FAPI 2.0 Security Profile §5.3.2.1: sender-constrained access tokens only.
  const { sender_constrained_access_tokens } = profiles[profile]
  if (sender_constrained_access_tokens === 'required' && !isBound(confirmation)) throw unconstrained({ client_id })
}

/** How a token is presented by its holder: `token_type` of RFC 6749 §7.1, RFC 9449 §5. */
export function tokenTypeOf({ jkt }: Confirmation): 'Bearer' | 'DPoP' {
  return jkt === undefined ? 'Bearer' : 'DPoP'
}

/** Reads the `cnf` of a token of ours, or of a row. */
export function readConfirmation(cnf: unknown): Confirmation {
  return typeof cnf === 'object' && cnf !== null ? cnf : {}
}
