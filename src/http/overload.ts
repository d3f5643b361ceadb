/**
 * Turns requests away when more of them come than this process can answer, so that those it takes are answered in time:
 * what continues access before what begins it, and both before what somebody looks through (RL-22).
 *
 * The sign of too much is the event loop: a timer that comes late tells how long whoever has just arrived will wait. Under
 * overload there are as many places as keep it in time. A slow database makes no loop late, and is no reason to turn
 * anybody away here; its own queue is bounded.
 */
import type { Milliseconds } from '../kernel/time.ts'

/** Who goes before whom when there is not room for all, the first first. */
export const ranks = ['token', 'sign_in', 'authorization', 'list'] as const

/** One of them: what continues or ends access; proving who one is; beginning an authorization; all else. */
export type Rank = (typeof ranks)[number]

/**
 * Of the places that there are under overload, the share up to which a rank may fill them, whoever is in them. The steps
 * are wide: what a flood of looks at pages may fill, it always does.
 */
const upTo: Readonly<Record<Rank, number>> = { token: 1, sign_in: 0.5, authorization: 0.35, list: 0.2 }
/** The share of the places that no other rank can take from a rank, so that nobody is shut out for good. */
const keptFor = 0.02

/** Lateness below the first is nobody's concern; under overload there are as many places as keep it below the second. */
const tolerated: Milliseconds = 100
const wanted: Milliseconds = 25
/** How much lateness beyond what is tolerated, within how long, is overload: one long stall, or short ones again and again. */
const tooMuch: Milliseconds = 250
const within: Milliseconds = 1000
/** However late it is, so large a share of the places stays, and the others come back so many at a time. */
const least = { share: 1 / 4, back: 1 }
/** How long nobody was turned away when it is over, the loop being in time. */
const calmAfter: Milliseconds = 1000

/** What a gate is made with. */
export interface OverloadOptions {
  /** How many requests are worked on at once under overload, at most; otherwise there is no bound. */
  readonly places: number
  /** Told when overload begins, and when it is over with how many were turned away meanwhile. */
  readonly told?: (event: 'overload_began' | 'overload_over', turnedAway: number) => void
}

/** How things stand, for the metrics. */
export interface OverloadState {
  readonly overloaded: boolean
  readonly inFlight: number
  /** Requests turned away since the start, by rank. */
  readonly turnedAway: Readonly<Record<Rank, number>>
}

/** The gate before all work. */
export interface OverloadGate {
  /** Tells whether a request may be worked on now, and counts it where not. */
  admits(rank: Rank): boolean
  /** Takes a place. Whoever takes one gives it back by {@link OverloadGate.leave}. */
  enter(rank: Rank): void
  leave(rank: Rank): void
  /**
   * Takes note of how late a timer came that is due every so often.
   *
   * @param at the time at which it came, from any clock that only goes forward
   */
  noteLateness(late: Milliseconds, at: Milliseconds): void
  state(): OverloadState
}

/** Makes a gate that is open. One for the whole process. */
export function openOverloadGate({ places, told }: OverloadOptions): OverloadGate {
  const inFlight = zeroes()
  const turnedAway = zeroes()
  let total = 0
  let overloaded = false
  let room = places
  let excess: Milliseconds = 0
  let since: Milliseconds = 0
  let refusedLately = 0
  let refusedSince = 0
  let lastRefused: Milliseconds = 0

  function begin(at: Milliseconds): void {
    overloaded = true
    room = places
    lastRefused = at
    refusedSince = 0
    told?.('overload_began', 0)
  }

  /** As many as would have been done in time; half as many at the least, for the next look is soon. */
  function nextRoom(late: Milliseconds): number {
    const next = late > wanted ? room * Math.max(0.5, wanted / late) : room + least.back
    return Math.min(places, Math.max(places * least.share, next))
  }

  function end(): void {
    overloaded = false
    told?.('overload_over', refusedSince)
  }

  return {
    admits(rank) {
      if (!overloaded || total < room * upTo[rank] || inFlight[rank] < room * keptFor) return true
      turnedAway[rank] += 1
      refusedLately += 1
      return false
    },
    enter(rank) {
      inFlight[rank] += 1
      total += 1
    },
    leave(rank) {
      inFlight[rank] -= 1
      total -= 1
    },
    noteLateness(late, at) {
      if (at - since > within) {
        since = at
        excess = 0
      }
      excess += Math.max(0, late - tolerated)
      if (refusedLately > 0) lastRefused = at
      refusedSince += refusedLately
      refusedLately = 0
      if (!overloaded && excess > tooMuch) begin(at)
      else if (overloaded && late <= wanted && at - lastRefused > calmAfter) end()
      else if (overloaded) room = nextRoom(late)
    },
    state: () => ({ overloaded, inFlight: total, turnedAway: { ...turnedAway } }),
  }
}

function zeroes(): Record<Rank, number> {
  return { token: 0, sign_in: 0, authorization: 0, list: 0 }
}
