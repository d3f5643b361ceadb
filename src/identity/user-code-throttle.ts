import type { Attempts } from '../domain/attempts.ts'
import { openThrottle, type Throttle, type ThrottleLimits, type ThrottleParts } from './throttle.ts'

/**
 * How often user codes may be tried: five wrong ones from one account and network, then a wait (SECURITY: DV-01). With
 * 2^34 codes, an attacker with a thousand accounts and networks finds none of a hundred waiting ones in a year.
 */
const limits: ThrottleLimits = {
  stranger: { attempts: 5, window: 600 },
  knownDevice: { attempts: 5, window: 600 },
  network: { attempts: 50, window: 600 },
  account: { attempts: 20, window: 3600 },
  everybody: { attempts: 1000, window: 600 },
  networkUnderSpraying: { attempts: 5, window: 600 },
}

/** Makes the throttle for user codes. It counts apart from the one for passwords: neither uses up the other's tries. */
export function openUserCodeThrottle(parts: Omit<ThrottleParts, 'limits'>): Throttle {
  return openThrottle({ ...parts, limits, attempts: apart(parts.attempts) })
}

function apart(attempts: Attempts): Attempts {
  const named = (key: string): string => `user code ${key}`
  return {
    count: (key, window, at) => attempts.count(named(key), window, at),
    giveBack: (key) => attempts.giveBack(named(key)),
    forget: (key) => attempts.forget(named(key)),
  }
}
