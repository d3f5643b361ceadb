/** How often a network may push requests for clients that prove nothing: each of them is a row (SECURITY: DS-07). */
import { openRateLimit, rateKey } from '../../http/rate.ts'
import { inNetworks, type Networks } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Milliseconds } from '../../kernel/time.ts'

const limited = refusal(
  'temporarily_unavailable',
  'push_limited',
  'Too many pushed authorization requests from this network: try again later',
  429,
)

/** Lets a push of a public client through. */
export interface PushLimit {
  /** @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`) */
  take(address: string, client_id: string): void
}

/** At once: an office behind one address, all of whose people sign in in the same minute. */
const burst = 120
const perSecond = 2

/**
 * Opens the limit, one for the process.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openPushLimit(exempt: Networks, now?: () => Milliseconds): PushLimit {
  const limit = openRateLimit({ burst, perSecond, ...(now && { now }) })
  return {
    take(address, client_id) {
      if (inNetworks(address, exempt)) return
      const taken = limit.take(rateKey(address, client_id))
      if ('retry_after' in taken) throw limited({ client_id, retry_after: taken.retry_after })
    },
  }
}
