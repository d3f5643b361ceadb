import { namedBy, type Client } from '../../domain/client.ts'
import type { EventLog } from '../../domain/event-log.ts'
import { jwksMaximum, type Outbound } from '../../domain/outbound.ts'
import { readPublicJwks } from '../../domain/public-jwks.ts'
import { randomBytes } from '../../kernel/random.ts'
import { Recent } from '../../kernel/recent.ts'
import type { Clock, EpochSeconds, Seconds } from '../../kernel/time.ts'
import type { ClientMetadata, PublicJwk } from '../../vocabulary/client-metadata.ts'

/** The public keys of clients: registered, or fetched from where they keep them. */
export interface ClientKeys {
  /**
   * Finds the keys of a client. A `kid` that is not among those known makes us look again at its `jwks_uri`, at most
   * once in 30 seconds, so that a client can change its keys and nobody can make us hammer its server (JA-14).
   */
  find(client: KeyHolder, kid: string | undefined): Promise<readonly PublicJwk[]>
}

/** Whoever publishes keys: a client, or an issuer of software statements, whom an operator named. */
export interface KeyHolder extends Partial<Pick<Client, 'registered_by'>> {
  readonly metadata: Pick<ClientMetadata, 'jwks' | 'jwks_uri'>
}

/** What was fetched from one address. */
interface Fetched {
  keys: readonly PublicJwk[]
  fetched_at: EpochSeconds
  /** When we may ask again. */
  again_at: EpochSeconds
  fetching?: Promise<void>
}

/** How long fetched keys are used without looking again. */
const freshFor: Seconds = 300
/** How long they are used while their server does not answer. */
const usableFor: Seconds = 86_400
const retryAfter: Seconds = 30
/** Added at random to the wait, so that nodes and clients do not fall into step. */
const spread: Seconds = 8
/** Of strangers, and of all others: whoever makes up clients does not have the keys of others forgotten. */
const addressesRemembered = 1000

/** Whose address is looked at. */
interface Address {
  readonly jwks_uri: string
  readonly named_by: 'stranger' | 'known'
}

/** Opens the memory of clients' keys, one for the process. */
export function openClientKeys(parts: {
  readonly outbound: Outbound
  readonly clock: Clock
  readonly log: EventLog
}): ClientKeys {
  const remembered = {
    stranger: new Recent<Fetched>(addressesRemembered),
    known: new Recent<Fetched>(addressesRemembered),
  }

  return {
    async find({ metadata: { jwks, jwks_uri }, registered_by = 'operator' }, kid) {
      if (jwks !== undefined) return jwks.keys
      if (jwks_uri === undefined) return []
      const named_by = namedBy({ registered_by })
      let entry = remembered[named_by].get(jwks_uri)
      if (entry === undefined) remembered[named_by].set(jwks_uri, (entry = { keys: [], fetched_at: 0, again_at: 0 }))
      const at = parts.clock()
      const isKnown = entry.keys.some((key) => kid === undefined || key.kid === kid)
      if (!isKnown || at >= entry.fetched_at + freshFor) await look({ jwks_uri, named_by }, entry, at)
      return at < entry.fetched_at + usableFor ? entry.keys : []
    },
  }

  /** Fetches, unless it was done a moment ago; whoever comes while it is being done waits for that. */
  async function look(address: Address, entry: Fetched, at: EpochSeconds): Promise<void> {
    if (entry.fetching === undefined && at >= entry.again_at) {
      entry.again_at = at + retryAfter + (randomBytes(1).readUInt8() % spread)
      entry.fetching = fetchKeys(address, entry, at).finally(() => delete entry.fetching)
    }
    await entry.fetching
  }

  /** What cannot be fetched or read leaves the keys as they were: their server may be back before they are needed. */
  async function fetchKeys({ jwks_uri, named_by }: Address, entry: Fetched, at: EpochSeconds): Promise<void> {
    const accept = 'application/jwk-set+json, application/json'
    const answer = await parts.outbound.get(jwks_uri, { accept, maximum: jwksMaximum, named_by })
    if ('refused' in answer) return parts.log.warn('jwks_uri_failed', { jwks_uri, why: answer.why })
    if (answer.status !== 200) return parts.log.warn('jwks_uri_failed', { jwks_uri, status: answer.status })
    try {
      entry.keys = readPublicJwks(JSON.parse(new TextDecoder().decode(answer.body))).keys
      entry.fetched_at = at
    } catch (cause) {
      parts.log.warn('jwks_uri_failed', {
        jwks_uri,
        why: cause instanceof Error ? cause.message.slice(0, 200) : 'unreadable',
      })
    }
  }
}
