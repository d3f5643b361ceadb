/** How often a network may begin what a browser is led through: each time it is a row, before anybody signed in (DS-07). */
import { openRateLimit, rateKey } from '../../http/rate.ts'
import { inNetworks, type Networks } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Milliseconds } from '../../kernel/time.ts'

const limited = refusal(
  'temporarily_unavailable',
  'interactions_limited',
  'Too many sign-ins are being begun from this network: try again in a moment',
  429,
)

/** Counts the interactions that each network begins. */
export interface InteractionLimit {
  /**
   * Counts one, or refuses it before it is kept.
   *
   * @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`)
   */
  count(address: string): void
}

/** At once, after a rest: a university behind one address, all of whose people sign in when an examination begins. */
const burst = 1000
/** Some ninety thousand rows, 40 MB, are then the most that a network has for the half hour they live. */
const perSecond = 50

/**
 * Opens the count, one for the process.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openInteractionLimit(exempt: Networks, now?: () => Milliseconds): InteractionLimit {
  const limit = openRateLimit({ burst, perSecond, ...(now && { now }) })
  return {
    count(address) {
      if (inNetworks(address, exempt)) return
      const taken = limit.take(rateKey(address, 'interaction'))
      if ('retry_after' in taken) throw limited({ retry_after: taken.retry_after })
    },
  }
}
