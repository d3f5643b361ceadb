/**
 * How often one network may have us keep something before anybody has proved anything: each time it is a row (SECURITY:
 * DR-10, DS-07). Each process counts for itself.
 */
import { openRateLimit, rateKey } from '../http/rate.ts'
import { inNetworks, type Networks } from '../kernel/network.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Milliseconds } from '../kernel/time.ts'

const registrationLimited = refusal(
  'temporarily_unavailable',
  'registration_limited',
  'Too many registrations: try again later',
  429,
)
const interactionsLimited = refusal(
  'temporarily_unavailable',
  'interactions_limited',
  'Too many sign-ins are being begun from this network: try again in a moment',
  429,
)
const pushLimited = refusal(
  'temporarily_unavailable',
  'push_limited',
  'Too many pushed authorization requests from this network: try again later',
  429,
)
const deviceLimited = refusal(
  'temporarily_unavailable',
  'device_authorization_limited',
  'Too many device authorization requests from this network: try again later',
  429,
)

/** How many at once, after a rest, and how many a second in the long run. */
const limits = {
  /** A school full of people who try one agent stays well below it. */
  registration: { burst: 60, perSecond: 0.1, limited: registrationLimited },
  /**
   * A university behind one address, where everybody signs in when an examination begins. It bounds what a network has at
   * any time: some ninety thousand rows, for the half hour they live. That is 40 MB of requests as people make them, and
   * 400 MB of any others, since a longer one counts for several.
   */
  interaction: { burst: 1000, perSecond: 50, limited: interactionsLimited },
  /** An office behind one address, where everybody signs in within the same minute. */
  pushed_request: { burst: 120, perSecond: 2, limited: pushLimited },
  /** A device asks once in the ten minutes that its codes live: a house full of them, or a shop that sets them up. */
  device_authorization: { burst: 60, perSecond: 0.2, limited: deviceLimited },
} as const

/** Counts what each network asks us to keep. */
export interface NetworkLimit {
  /**
   * Counts one, or refuses it before it costs anything.
   *
   * @param client_id given where each client of a network is counted by itself: one that an operator registered
   * @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`)
   */
  count(address: string, client_id?: string): void
}

/**
 * Opens the limit on one kind of thing, one for the process.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openNetworkLimit(what: keyof typeof limits, exempt: Networks, now?: () => Milliseconds): NetworkLimit {
  const { limited, burst, perSecond } = limits[what]
  const limit = openRateLimit({ burst, perSecond, ...(now && { now }) })
  return {
    count(address, client_id) {
      if (inNetworks(address, exempt)) return
      const taken = limit.take(rateKey(address, client_id ?? ''))
      if ('retry_after' in taken) throw limited({ client_id, retry_after: taken.retry_after })
    },
  }
}
