/**
 * The half of the check of client metadata that asks somebody else: what a client says of addresses that are not its own
 * is true only if those say so, too. Whoever registers or changes a client calls it after `checkClientMetadata`.
 */
import { refusal } from '../kernel/refusal.ts'
import { readUnambiguousJson } from '../kernel/unambiguous-json.ts'
import type { CheckedClient } from './client-metadata.ts'
import type { Outbound } from './outbound.ts'

// A name that leads into our own network has the same answer as one that leads nowhere (SF-02).
const sectorUnreachable = refusal(
  'invalid_client_metadata',
  'sector_identifier_uri_unreachable',
  'The sector_identifier_uri could not be fetched',
)
const sectorMalformed = refusal(
  'invalid_client_metadata',
  'sector_identifier_uri_malformed',
  'The sector_identifier_uri does not lead to a JSON array of redirect URIs',
)
const redirectUriNotInSector = refusal(
  'invalid_client_metadata',
  'redirect_uri_not_in_sector',
  'A redirect URI is not in the list that the sector_identifier_uri leads to',
)

/**
 * Checks what only others can confirm: that the sector a client names lists each of its redirect URIs (OpenID Connect Core
 * §8.1); otherwise anybody could learn the subject identifiers of another's sector. Nothing is fetched for a client without
 * one.
 *
 * What the configuration file says is not asked about: its author vouches for both, and a server starts without the
 * network.
 *
 * @throws {OAuthError} `invalid_client_metadata`
 */
export async function checkClientMetadataOutside(
  { metadata }: Pick<CheckedClient, 'metadata'>,
  { outbound }: { readonly outbound: Outbound },
): Promise<void> {
  const { sector_identifier_uri, redirect_uris } = metadata
  if (sector_identifier_uri === undefined) return
  const detail = { uri: sector_identifier_uri }
  const answer = await outbound.get(sector_identifier_uri, { accept: 'application/json', named_by: 'stranger' })
  if ('refused' in answer) throw sectorUnreachable({ ...detail, why: answer.why })
  if (answer.status !== 200) throw sectorUnreachable({ ...detail, status: answer.status })
  const listed = readUnambiguousJson(new TextDecoder().decode(answer.body))
  if (!Array.isArray(listed) || !listed.every((uri) => typeof uri === 'string')) throw sectorMalformed(detail)
  const missing = redirect_uris.filter((uri) => !listed.includes(uri))
  if (missing.length > 0) throw redirectUriNotInSector({ ...detail, presented: missing })
}
