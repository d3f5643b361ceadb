/** The id_token that a client got earlier, sent back to say whom it means: OpenID Connect Core §3.1.2.1. */
import { refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../domain/client.ts'
import type { ProtocolParts } from '../parts.ts'

const hintInvalid = refusal(
  'invalid_request',
  'id_token_hint_invalid',
  'id_token_hint is not an ID token of this server',
)
const hintOfAnotherClient = refusal(
  'invalid_request',
  'id_token_hint_of_another_client',
  'id_token_hint was issued to another application',
)

/**
 * Reads whom a hint means, in the client's own words for them. It may have expired; it must be one that we signed, and
 * signed as an id_token: an access token is not a hint (TK-14).
 *
 * @returns the `sub`
 * @throws `invalid_request`
 */
export function hintedSubject(
  id_token_hint: string,
  { client_id }: Client,
  { issuer, signer }: Pick<ProtocolParts, 'issuer' | 'signer'>,
): string {
  const { iss, sub, aud } = signer.verify('JWT', id_token_hint) ?? {}
  if (iss !== issuer || typeof sub !== 'string') throw hintInvalid({ client_id })
  if (aud !== client_id) throw hintOfAnotherClient({ client_id, aud: typeof aud === 'string' ? aud : undefined })
  return sub
}
