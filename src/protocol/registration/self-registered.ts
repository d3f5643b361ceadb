/** Lays the clients that nobody stored over the stored ones: those whose ids or addresses say who they are. */
import { checkClientMetadata } from '../../domain/client-metadata.ts'
import type { Client, Clients } from '../../domain/client.ts'
import { openSelfContainedId } from '../../domain/self-contained-client-id.ts'
import { OAuthError } from '../../kernel/refusal.ts'
import type { ProtocolParts } from '../parts.ts'
import type { ClientDocuments } from './client-documents.ts'
import { isDocumentAddress } from './document-address.ts'
import { registrationPolicy } from './policy.ts'

/** What the layer is made with. */
export type SelfRegisteredParts = Pick<ProtocolParts, 'secrets' | 'settings' | 'resources' | 'log'> & {
  readonly clientDocuments: ClientDocuments
}

/**
 * Lays them over. A client that an operator registered under such an id comes first, and one that a person allowed
 * something has a row.
 *
 * `find` may throw what `ClientDocuments.find` throws: that a client cannot be looked up is no proof that it is
 * unknown.
 */
export function selfRegisteredClients(stored: Clients, parts: SelfRegisteredParts): Clients {
  return {
    ...stored,
    async find(client_id) {
      const kept = await stored.find(client_id)
      if (kept !== undefined && kept.registered_by !== 'metadata_document') return kept
      if (isDocumentAddress(client_id))
        return isAdmitted(client_id, parts) ? described(client_id, kept, parts) : undefined
      return kept ?? opened(client_id, parts)
    },
    // A client that an operator shuts out before anybody allowed it something gets its row by that.
    async update(client, { from, ...news } = {}) {
      const outcome = await stored.update(client, { ...news, ...(from && { from }) })
      if (outcome !== 'unknown' || client.provisional_until === undefined) return outcome
      const { provisional_until: _over, ...whole } = client
      return (await stored.create(whole, news)) === 'created' ? 'updated' : 'stale'
    },
  }
}

/**
 * What its document says of a client. One that somebody allowed something stays known while the document is wrong, so
 * that a person still sees it on their page and can remove it; it is refused everywhere, as if it were switched off.
 */
async function described(
  client_id: string,
  kept: Client | undefined,
  { clientDocuments, log }: SelfRegisteredParts,
): Promise<Client | undefined> {
  try {
    return await clientDocuments.find(client_id, kept)
  } catch (mistake) {
    if (kept === undefined || !(mistake instanceof OAuthError)) throw mistake
    log.warn('client_document_failed', { ...mistake.detail, client_id, reason: mistake.reason })
    return { ...kept, disabled: true }
  }
}

/** Whether documents are taken, and from that host: a host that is taken off the list is shut out, grants or not. */
function isAdmitted(client_id: string, { settings }: Pick<SelfRegisteredParts, 'settings'>): boolean {
  const { metadata_documents } = settings.registration
  if (metadata_documents === 'off' || metadata_documents === 'any') return metadata_documents === 'any'
  return metadata_documents.includes(new URL(client_id).hostname)
}

/** An id that holds its client's metadata, judged by what is offered today; what is not any more makes it unknown. */
async function opened(client_id: string, parts: SelfRegisteredParts): Promise<Client | undefined> {
  const { dynamic, unused_for, profile } = parts.settings.registration
  const said = dynamic === 'any' ? openSelfContainedId(client_id, parts) : undefined
  if (said === undefined) return undefined
  try {
    return {
      ...checkClientMetadata(said.metadata, await registrationPolicy(parts)),
      client_id,
      secrets: [],
      profile,
      disabled: false,
      registered_by: 'registration',
      created_at: said.issued_at,
      provisional_until: said.issued_at + unused_for,
    }
  } catch (mistake) {
    if (mistake instanceof OAuthError) return undefined
    throw mistake
  }
}
