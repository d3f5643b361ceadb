/** How often a network may fail to authenticate as a client: RFC 6749 §2.3.1 asks for protection against guessing. */
import { openRateLimit, rateKey } from '../../http/rate.ts'
import { inNetworks, type Networks } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Milliseconds } from '../../kernel/time.ts'

const limited = refusal(
  'temporarily_unavailable',
  'client_authentication_limited',
  'Too many failed attempts to authenticate: try again later',
  429,
)

/** Counts failures of a client from one network, apart from those of every other client and network (CA-08). */
export interface ClientFailures {
  /**
   * Lets a try through, or refuses it before its proof costs anything.
   *
   * @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`)
   */
  check(address: string, client_id: string): void
  /** Counts a failure. A success costs nothing, so that a busy client is never slowed down. */
  count(address: string, client_id: string): void
}

/** Failures at once, after a rest: a person who mends a configuration does not come near it. */
const burst = 20
/** One more every ten seconds. */
const perSecond = 0.1

/**
 * Opens the count of failures, one for the process: a secret of 256 bits needs no count across nodes.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openClientFailures(exempt: Networks, now?: () => Milliseconds): ClientFailures {
  const limit = openRateLimit({ burst, perSecond, ...(now && { now }) })
  return {
    check(address, client_id) {
      if (inNetworks(address, exempt)) return
      const key = rateKey(address, client_id)
      const taken = limit.take(key)
      if ('retry_after' in taken) throw limited({ client_id: client_id.slice(0, 200), retry_after: taken.retry_after })
      limit.giveBack(key)
    },
    count(address, client_id) {
      if (!inNetworks(address, exempt)) limit.take(rateKey(address, client_id))
    },
  }
}
