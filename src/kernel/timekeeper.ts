/**
 * The time that a node goes by, whatever clock jumps: it runs on by one that counts only what has passed, and is put right
 * by others as far as they can be believed (docs/decisions/0057). It never goes back, so that nothing that has expired comes
 * to life again (RL-11).
 */
import type { Clock, Milliseconds, Seconds } from './time.ts'

/** How far another clock may be ahead and be believed without a witness; beyond it, clocks disagree. */
const tolerated: Milliseconds = 60_000
/** How far it may be behind before it is waited for: what a round trip takes does not count. */
const unnoticed: Milliseconds = 1000
/** How long a clock must stand by itself before it is believed: longer than a mistake of minutes lasts. */
const standsFor: Milliseconds = 3_600_000
/** How fast time passes while whoever is right is behind us, until they have caught up. */
const slow = 0.5

/** A clock that says what time it is. */
export interface Reference {
  readonly at: Milliseconds
  /** `database`: all nodes follow it, and this machine's clock bears it out or does not. `machine`: there is no other. */
  readonly by: 'database' | 'machine'
}

/** Keeps the time. */
export interface Timekeeper {
  readonly clock: Clock
  /** The same time, to the millisecond. */
  readonly milliseconds: () => Milliseconds
  /** Takes note of what another clock says now. The first is believed, since nothing was decided before it. */
  follow(reference: Reference): void
  /** By how many whole seconds the machine's own clock is ahead of the time that is kept, where that is a minute or more; else 0. */
  skew(): Seconds
}

/**
 * Makes a timekeeper, which begins with what the machine says.
 *
 * @param clocks `machine`: the one that somebody may set; `steady`: any that only counts what has passed
 */
export function openTimekeeper(clocks: {
  readonly machine: () => Milliseconds
  readonly steady: () => Milliseconds
}): Timekeeper {
  const { machine, steady } = clocks
  let kept = { at: machine(), since: steady(), pace: 1 }
  let hasFollowed = false
  let doubtedSince: Milliseconds | undefined

  const now = (): Milliseconds => kept.at + (steady() - kept.since) * kept.pace

  function isBorneOut({ at, by }: Reference): boolean {
    return by === 'database' && Math.abs(machine() - at) <= tolerated
  }

  /** Whether a clock that is far ahead is right. */
  function isBelieved(reference: Reference): boolean {
    if (isBorneOut(reference)) return true
    doubtedSince ??= steady()
    return steady() - doubtedSince >= standsFor
  }

  return {
    clock: () => Math.floor(now() / 1000),
    milliseconds: () => Math.floor(now()),
    follow(reference) {
      const at = now()
      const ahead = reference.at - at
      if (ahead <= tolerated) doubtedSince = undefined
      if (!hasFollowed || (ahead > 0 && (ahead <= tolerated || isBelieved(reference)))) {
        kept = { at: reference.at, since: steady(), pace: 1 }
      } else {
        kept = { at, since: steady(), pace: ahead < -unnoticed ? slow : 1 }
      }
      hasFollowed = true
    },
    skew() {
      const ahead = machine() - now()
      return Math.abs(ahead) < tolerated ? 0 : Math.trunc(ahead / 1000)
    },
  }
}
