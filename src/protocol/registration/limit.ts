/** How often one network may register clients (DR-10). */
import { openRateLimit, rateKey } from '../../http/rate.ts'
import { inNetworks, type Networks } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Milliseconds } from '../../kernel/time.ts'

const limited = refusal(
  'temporarily_unavailable',
  'registration_limited',
  'Too many registrations: try again later',
  429,
)

/** Counts registrations from each network. */
export interface RegistrationLimit {
  /**
   * Counts one, or refuses it before it costs anything.
   *
   * @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`)
   */
  count(address: string): void
}

/** At once, after a rest: a school full of people who try one agent does not come near it. */
const burst = 60
/** Six more a minute. */
const perSecond = 0.1

/**
 * Opens the count, one for the process.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openRegistrationLimit(exempt: Networks, now?: () => Milliseconds): RegistrationLimit {
  const limit = openRateLimit({ burst, perSecond, ...(now && { now }) })
  return {
    count(address) {
      if (inNetworks(address, exempt)) return
      const taken = limit.take(rateKey(address, 'register'))
      if ('retry_after' in taken) throw limited({ retry_after: taken.retry_after })
    },
  }
}
