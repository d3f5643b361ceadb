/**
 * Slows guessing down, and nobody else: a lock-out is a cost, never a wall.
 *
 * Each attempt is counted before its password is looked at, in one statement a counter, so that a thousand at once get
 * no more tries than ten in a row. A stranger's attempt counts for the account from that network, for the network, for
 * the account from all strangers and for all accounts together. A device that this account has signed in from before
 * (`known-device.ts`) has a counter of its own and none of those: whatever strangers do, the owner at home gets in.
 */
import type { Attempts } from '../domain/attempts.ts'
import type { EventLog } from '../domain/event-log.ts'
import { inNetworks, networkKey, type Networks } from '../kernel/network.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'

/** One try at one account. */
export interface SignInAttempt {
  /**
   * The account's id or, where there is no such account, what was typed, as `normalizedLogin` spells it: an account has
   * one counter, whichever of its names is used.
   */
  readonly account: string
  readonly address: string
  /** The id of the device, when this very account has signed in from it before. */
  readonly known_device?: string
}

/** Whether a try may go on to the password, or how long it must wait. */
export type Throttled = { readonly allowed: true } | { readonly retry_after: Seconds }

/** So many in a time. */
export interface AttemptLimit {
  readonly attempts: number
  readonly window: Seconds
}

/** The limits, each for what its name says. */
export interface ThrottleLimits {
  /** One account from one network. */
  readonly stranger: AttemptLimit
  /** One account from one of its known devices. */
  readonly knownDevice: AttemptLimit
  /** One network, whatever the accounts; tries that turn out right do not count. */
  readonly network: AttemptLimit
  /** One account from all strangers; a right password ends the count. */
  readonly account: AttemptLimit
  /** All strangers at all accounts; tries that turn out right do not count. Above it, passwords are being sprayed. */
  readonly everybody: AttemptLimit
  /** What a network has while passwords are being sprayed. */
  readonly networkUnderSpraying: AttemptLimit
}

/** The default limits; a hundred for an account is NIST SP 800-63B §3.2.2. */
export const usualLimits: ThrottleLimits = {
  stranger: { attempts: 10, window: 600 },
  knownDevice: { attempts: 10, window: 300 },
  network: { attempts: 300, window: 600 },
  account: { attempts: 100, window: 3600 },
  everybody: { attempts: 3000, window: 600 },
  networkUnderSpraying: { attempts: 20, window: 600 },
}

/** Slows down tries at secrets that a person types. */
export interface Throttle {
  /** Says how long a try must wait, where that is known without counting it; undefined where it is to be counted. */
  known(attempt: SignInAttempt): { readonly retry_after: Seconds } | undefined
  /** Counts a try and says whether it may go on. Call it before anything costly, and do nothing costly when it may not. */
  attempt(attempt: SignInAttempt): Promise<Throttled>
  /** Forgets what was counted for a try that turned out right. A try that turned out wrong stays counted. */
  succeeded(attempt: SignInAttempt): Promise<void>
}

/** What the throttle works with. */
export interface ThrottleParts {
  readonly attempts: Attempts
  readonly clock: Clock
  readonly log: EventLog
  /** The setting `throttle.exempt`. */
  readonly exempt: Networks
  readonly limits?: ThrottleLimits
}

interface Counter extends AttemptLimit {
  readonly key: string
}

/** Makes the throttle. Any number of nodes may have one each: what they count, they count together. */
export function openThrottle(parts: ThrottleParts): Throttle {
  const { attempts, clock, log, exempt, limits = usualLimits } = parts
  const spent = openSpent()

  async function attemptOfStranger(attempt: SignInAttempt, at: EpochSeconds): Promise<Throttled> {
    const { own, network, account, everybody } = strangerCounters(attempt, limits, at)
    const [ownCount, networkCount] = await Promise.all([count(own, at), count(network, at)])
    if (ownCount > own.attempts) return wait(own, at)
    if (networkCount > network.attempts) return wait(network, at)
    // Counted only now, so that one network contributes no more to an account's counter than its own limit lets through.
    const [accountCount, everybodyCount] = await Promise.all([count(account, at), count(everybody, at)])
    if (everybodyCount === everybody.attempts + 1) log.warn('password_spraying_noticed', { attempts: everybodyCount })
    if (accountCount > account.attempts) return wait(account, at)
    const sprayed = everybodyCount > everybody.attempts && networkCount > limits.networkUnderSpraying.attempts
    return sprayed ? wait(network, at) : { allowed: true }
  }

  async function count({ key, window, attempts: limit }: Counter, at: EpochSeconds): Promise<number> {
    if (spent.has(key, at)) return Infinity
    const counted = await attempts.count(key, window - (at % window), at)
    if (counted > limit) spent.add(key, at)
    return counted
  }

  /** A counter that was over its limit this very second, and so keeps this try out whatever the others say. */
  function knownToBeOver(attempt: SignInAttempt, at: EpochSeconds): Counter | undefined {
    const { known_device } = attempt
    const { network, account } = strangerCounters(attempt, limits, at)
    const deciding =
      known_device === undefined ? [network, account] : [deviceCounter(attempt, known_device, limits, at)]
    return deciding.find(({ key }) => spent.has(key, at))
  }

  return {
    known(attempt) {
      if (inNetworks(attempt.address, exempt)) return undefined
      const at = clock()
      const over = knownToBeOver(attempt, at)
      return over && wait(over, at)
    },

    async attempt(attempt) {
      if (inNetworks(attempt.address, exempt)) return { allowed: true }
      const at = clock()
      // Counting all the same would write two rows for each network that a flood comes from (DS-03).
      const over = knownToBeOver(attempt, at)
      if (over !== undefined) return wait(over, at)
      if (attempt.known_device === undefined) return attemptOfStranger(attempt, at)
      const own = deviceCounter(attempt, attempt.known_device, limits, at)
      return (await count(own, at)) > own.attempts ? wait(own, at) : { allowed: true }
    },

    async succeeded(attempt) {
      if (inNetworks(attempt.address, exempt)) return
      const at = clock()
      if (attempt.known_device !== undefined) {
        return attempts.forget(deviceCounter(attempt, attempt.known_device, limits, at).key)
      }
      const { own, network, account, everybody } = strangerCounters(attempt, limits, at)
      await Promise.all([
        attempts.forget(own.key),
        attempts.forget(account.key),
        // Given back, not forgotten: or a person with an account of their own could clear their network's count by it.
        attempts.giveBack(network.key),
        attempts.giveBack(everybody.key),
      ])
    },
  }
}

/**
 * Remembers which counters were over their limits this very second. They only grow until their windows end, but for a
 * try under way that turns out right; so a flood costs the database one count a second, not one a try (SECURITY:
 * DS-03).
 */
function openSpent(): { has(key: string, at: EpochSeconds): boolean; add(key: string, at: EpochSeconds): void } {
  let second: EpochSeconds | undefined
  let keys = new Set<string>()
  return {
    has: (key, at) => at === second && keys.has(key),
    add(key, at) {
      if (at !== second) keys = new Set()
      second = at
      keys.add(key)
    },
  }
}

/** A counter for the window that a moment lies in: windows begin on the clock, so that everybody knows when they end. */
function counter(kind: string, of: string, limit: AttemptLimit, at: EpochSeconds): Counter {
  return { ...limit, key: JSON.stringify(['sign-in', kind, of, Math.floor(at / limit.window)]) }
}

/** What a stranger's try counts for: the account from that network, the network, the account, and all accounts. */
function strangerCounters({ account, address }: SignInAttempt, limits: ThrottleLimits, at: EpochSeconds) {
  const network = networkKey(address)
  return {
    own: counter('stranger', JSON.stringify([account, network]), limits.stranger, at),
    network: counter('network', network, limits.network, at),
    account: counter('account', account, limits.account, at),
    everybody: counter('everybody', '', limits.everybody, at),
  }
}

function deviceCounter({ account }: SignInAttempt, device: string, limits: ThrottleLimits, at: EpochSeconds): Counter {
  return counter('device', JSON.stringify([account, device]), limits.knownDevice, at)
}

function wait({ window }: AttemptLimit, at: EpochSeconds): { readonly retry_after: Seconds } {
  return { retry_after: window - (at % window) }
}
