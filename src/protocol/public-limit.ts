/** How often a network may make us keep something for clients that prove nothing: each time it is a row (SECURITY: DS-07). */
import { openRateLimit, rateKey } from '../http/rate.ts'
import { inNetworks, type Networks } from '../kernel/network.ts'
import { refusal, type Refusal } from '../kernel/refusal.ts'
import type { Milliseconds } from '../kernel/time.ts'

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

/** Lets a request of a public client through. */
export interface PublicLimit {
  /** @throws {OAuthError} `temporarily_unavailable` (429, `Retry-After`) */
  take(address: string, client_id: string): void
}

/**
 * Opens the limit of pushed authorization requests, one for the process: an office behind one address, all of whose
 * people sign in in the same minute, stays within it.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openPushLimit(exempt: Networks, now?: () => Milliseconds): PublicLimit {
  return openPublicLimit(pushLimited, { burst: 120, perSecond: 2, ...(now && { now }) }, exempt)
}

/**
 * Opens the limit of device authorization requests, one for the process. A device asks once for the ten minutes that its
 * codes live, so that a house full of them, or a shop that sets them up, stays within it.
 *
 * @param exempt networks that are not counted
 * @param now tells milliseconds; default: this machine's clock
 */
export function openDeviceLimit(exempt: Networks, now?: () => Milliseconds): PublicLimit {
  return openPublicLimit(deviceLimited, { burst: 60, perSecond: 0.2, ...(now && { now }) }, exempt)
}

function openPublicLimit(limited: Refusal, rate: Parameters<typeof openRateLimit>[0], exempt: Networks): PublicLimit {
  const limit = openRateLimit(rate)
  return {
    take(address, client_id) {
      if (inNetworks(address, exempt)) return
      const taken = limit.take(rateKey(address, client_id))
      if ('retry_after' in taken) throw limited({ client_id, retry_after: taken.retry_after })
    },
  }
}
