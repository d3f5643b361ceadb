/**
 * Clients that are known by the address of a document about them: draft-ietf-oauth-client-id-metadata-document-01.
 *
 * The document is fetched through the guard, without redirects, and used for as long as its server says, within bounds
 * (R10). While that server cannot be reached, or says that it cannot answer, a client that is known already goes on
 * with the last good copy: the one in memory, or the one in the row that it got when a person first allowed it
 * something. A document that is gone (404, 410) ends all of that; while it is wrong, no older copy is used in its
 * place.
 */
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import { Recent } from '../../kernel/recent.ts'
import type { EpochSeconds, Milliseconds, Seconds } from '../../kernel/time.ts'
import { checkClientMetadataOutside } from '../../domain/client-metadata-outside.ts'
import type { CheckedClient } from '../../domain/client-metadata.ts'
import { asOperatorRequires, type Client, type Clients } from '../../domain/client.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from '../../domain/outbound.ts'
import { openRateLimit } from '../../http/rate.ts'
import type { ProtocolParts } from '../parts.ts'
import { freshFor } from './document-freshness.ts'
import { documentPolicy } from './policy.ts'
import { readClientDocument } from './read-document.ts'

const unreachable = refusal(
  'temporarily_unavailable',
  'client_document_unreachable',
  'The application could not be looked up at its own address just now',
)
const refused = refusal(
  'invalid_client',
  'client_document_refused',
  'There is no document about the application at its own address that is taken here',
  400,
)
const limited = refusal(
  'temporarily_unavailable',
  'client_documents_limited',
  'Too many unknown applications at once: try again in a moment',
  429,
)

/** Clients by the addresses of their documents. */
export interface ClientDocuments {
  /**
   * Finds the client of an address that is admitted.
   *
   * @param kept the row it has, if a person ever allowed it something
   * @returns undefined when the document is gone
   * @throws {OAuthError} `invalid_client` for a document that is wrong, `temporarily_unavailable` when it cannot be had
   */
  find(client_id: string, kept: Client | undefined): Promise<Client | undefined>
}

/** What documents are fetched and judged with. */
export type ClientDocumentParts = Pick<ProtocolParts, 'clock' | 'log' | 'settings' | 'resources'> & {
  readonly outbound: Outbound
  /** Where clients that a person allowed something are kept. */
  readonly stored: Clients
  /** Tells milliseconds for the limits; this machine's where left out. */
  readonly now?: () => Milliseconds
}

/** What is held of an address. */
interface Held {
  readonly checked: CheckedClient
  readonly again_at: EpochSeconds
}

/** draft §6.6 recommends five kilobytes; R10 gives 2.5 seconds. */
const limits = { accept: 'application/json', maximum: 5120, timeout: 2500, named_by: 'stranger' } as const
/** How many documents are held at most: 5 kB each at most. */
const most = 1000
/** How long the last good copy is used before its server is asked again. */
const retryAfter: Seconds = 60
/** How often the documents of one host, and of all hosts, are fetched: at once after a rest, and a second (SF-08). */
const perHost = { burst: 20, perSecond: 0.5 }
const inAll = { burst: 200, perSecond: 20 }

/** Opens the memory of documents, one for the process. */
export function openClientDocuments(parts: ClientDocumentParts): ClientDocuments {
  const held = new Recent<Held>(most)
  const fetching = new Map<string, Promise<CheckedClient | undefined>>()
  const hosts = openRateLimit({ ...perHost, most, ...(parts.now && { now: parts.now }) })
  const all = openRateLimit({ ...inAll, ...(parts.now && { now: parts.now }) })

  return {
    async find(client_id, kept) {
      const at = parts.clock()
      const known = held.get(client_id)
      const checked = known !== undefined && at < known.again_at ? known.checked : await looked(client_id, kept)
      return checked && clientOf(client_id, checked, kept)
    },
  }

  /** Fetches a document once, however many ask for it meanwhile. */
  function looked(client_id: string, kept: Client | undefined): Promise<CheckedClient | undefined> {
    let under = fetching.get(client_id)
    if (under === undefined) {
      under = look(client_id, kept).finally(() => fetching.delete(client_id))
      fetching.set(client_id, under)
    }
    return under
  }

  async function look(client_id: string, kept: Client | undefined): Promise<CheckedClient | undefined> {
    const lastGood = held.get(client_id)?.checked ?? kept
    const problem = takePlace(client_id)
    if (problem !== undefined) return lastGood === undefined ? Promise.reject(problem) : goOn(client_id, lastGood)
    const answer = await parts.outbound.get(client_id, limits)
    if (isOutage(answer)) {
      const why = 'refused' in answer ? answer.why : String(answer.status)
      parts.log.warn('client_document_failed', { client_id, why })
      if (lastGood === undefined) throw unreachable({ client_id, why })
      return goOn(client_id, lastGood)
    }
    held.delete(client_id)
    if ('refused' in answer) throw refused({ client_id, why: answer.why })
    if (answer.status === 404 || answer.status === 410) return gone(client_id, answer.status, kept)
    if (answer.status !== 200) throw refused({ client_id, status: answer.status })
    return taken(client_id, answer, kept)
  }

  function takePlace(client_id: string): OAuthError | undefined {
    for (const taken of [hosts.take(new URL(client_id).host), all.take('')]) {
      if ('retry_after' in taken) return limited({ client_id, retry_after: taken.retry_after })
    }
    return undefined
  }

  function goOn(client_id: string, checked: CheckedClient): CheckedClient {
    held.set(client_id, { checked, again_at: parts.clock() + retryAfter })
    return checked
  }

  async function taken(client_id: string, answer: OutboundAnswer, kept: Client | undefined): Promise<CheckedClient> {
    const checked = await judged(client_id, answer)
    held.set(client_id, { checked, again_at: parts.clock() + freshFor(answer) })
    // The copy that all nodes go on with when its server is away; and what people see of it on their own page.
    const metadata = kept === undefined ? checked.metadata : asOperatorRequires(checked.metadata, kept)
    if (kept !== undefined && JSON.stringify(kept.metadata) !== JSON.stringify(metadata)) {
      const outcome = await parts.stored.update({ ...kept, metadata }, { from: kept })
      if (outcome === 'updated') parts.log.info('client_document_changed', { client_id })
    }
    return checked
  }

  async function judged(client_id: string, answer: OutboundAnswer): Promise<CheckedClient> {
    try {
      const checked = readClientDocument(client_id, answer, await documentPolicy(parts))
      await checkClientMetadataOutside(checked, parts)
      return checked
    } catch (mistake) {
      if (!(mistake instanceof OAuthError) || mistake.error === 'invalid_client') throw mistake
      // Whoever sends a person here is told what is wrong with their document, as one error: it is the client that is wrong.
      throw refused({ client_id, why: mistake.reason, ...mistake.detail }, mistake)
    }
  }

  async function gone(client_id: string, status: number, kept: Client | undefined): Promise<undefined> {
    parts.log.warn('client_document_gone', { client_id, status })
    // A client that an operator shut out keeps its row: without it, it would be let in again when it comes back.
    if (kept !== undefined && !kept.disabled) await parts.stored.delete(client_id, parts.clock())
    return undefined
  }

  function clientOf(client_id: string, { metadata }: CheckedClient, kept: Client | undefined): Client {
    const at = parts.clock()
    if (kept !== undefined) return { ...kept, metadata: asOperatorRequires(metadata, kept) }
    return {
      client_id,
      metadata,
      secrets: [],
      profile: parts.settings.registration.profile,
      first_party: false,
      disabled: false,
      registered_by: 'metadata_document',
      created_at: at,
      refresh_replay_window: 60,
      provisional_until: at + parts.settings.registration.unused_for,
    }
  }
}

/** The network, or a server that says it is not able, or not willing just now: it said nothing about the client. */
function isOutage(answer: OutboundAnswer | OutboundRefusal): boolean {
  if ('refused' in answer) return answer.refused === 'unreachable' || answer.refused === 'busy'
  return answer.status >= 500 || [401, 403, 408, 425, 429].includes(answer.status)
}
