/** What a client knows a person by: the `sub` that leaves, OpenID Connect Core §8. */
import type { Secrets } from '../kernel/secret.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'
import type { Account } from './account.ts'
import type { Client } from './client.ts'

/** What decides the sector of a client. */
export type SectorMetadata = Pick<ClientMetadata, 'redirect_uris' | 'sector_identifier_uri'>

/**
 * Finds the sector of a client, OpenID Connect Core §8.1: the host of its `sector_identifier_uri`, or the one host that all
 * its redirect URIs have; undefined where there is no such host.
 */
export function sectorOf({ redirect_uris, sector_identifier_uri }: SectorMetadata): string | undefined {
  const uris = sector_identifier_uri === undefined ? redirect_uris : [sector_identifier_uri]
  const [host, ...others] = new Set(uris.map(hostOf))
  return others.length === 0 ? host : undefined
}

/** A private-use scheme belongs to no host. */
function hostOf(uri: string): string | undefined {
  return /^https?:/.test(uri) && URL.canParse(uri) ? new URL(uri).hostname : undefined
}

/**
 * Spells the person as a client may know them. `public`: the account's own `sub`. `pairwise`: a different one for each
 * sector, from which nobody without our key learns the account's own or another sector's (OpenID Connect Core §8.1).
 * Every `sub` that a client can see comes from here: id_token, userinfo, access token, introspection.
 */
export function subjectFor(
  { sub }: Pick<Account, 'sub'>,
  { client_id, metadata }: Pick<Client, 'client_id' | 'metadata'>,
  { secrets }: { readonly secrets: Secrets },
): string {
  if (metadata.subject_type !== 'pairwise') return sub
  // The check of client metadata lets no pairwise client in without a sector; its own id is never a host's name.
  const sector = sectorOf(metadata) ?? `client ${client_id}`
  return secrets.hash('pairwise_subject', JSON.stringify([sector, sub]))
}
