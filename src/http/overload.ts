/**
 * Turns requests away when more of them come than this process can answer, so that those it takes are answered in time:
 * what continues access before what begins it, and both before what somebody looks through (RL-22).
 *
 * In one turn of the event loop only so many requests are begun; the others stand in line for the next one, each rank in
 * one of its own, so that a flood of one waits for itself (`lines.ts`). So turns are short, and between two of them
 * connections are taken and whoever is turned away is told, however much there is to do. Under overload two turns of three
 * are for that alone: of those who come by a connection each, each turn takes a few.
 *
 * The sign of too much is the wait of whoever has just arrived: by how much a timer comes late, or how long the first in
 * line has stood there. Then only so many are worked on at once. A slow database makes nobody wait for this process, and
 * is no reason to turn anybody away here; its own queue is bounded.
 */
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import { openLines } from './lines.ts'

/** Who goes before whom when there is not room for all, the first first. */
export const ranks = ['token', 'sign_in', 'authorization', 'list'] as const

/** One of them: what continues or ends access; proving who one is; beginning an authorization; all else. */
export type Rank = (typeof ranks)[number]

/**
 * Of the places that there are under overload, the share up to which a rank may fill them, whoever is in them; and
 * how often, of those who stand in line, it is this rank's turn beside the others. So few places as anybody may fill are
 * nobody's overload: a machine on which others are busy is late without one.
 */
const upTo: Readonly<Record<Rank, number>> = { token: 1, sign_in: 0.7, authorization: 0.6, list: 0.5 }
/**
 * The share of the places that no other rank can take from a rank, so that nobody is shut out, least of all by people who
 * wait for their password to be checked and cost the event loop nothing.
 */
const keptFor = 1 / 8
/**
 * Of those for whom only a kept place is left, one in so many is taken into it. Otherwise a rank that few ask for
 * would be taken more often than one before it for which many ask.
 */
const oneIn: Readonly<Record<Rank, number>> = { token: 1, sign_in: 4, authorization: 8, list: 32 }

/** Lateness below this is nobody's concern. */
const tolerated: Milliseconds = 50
/** How much lateness beyond what is tolerated, within how long, is overload: one long stall, or short ones again and again. */
const tooMuch: Milliseconds = 75
const within: Milliseconds = 1000
/** How many requests are begun in one turn: enough to share a commit, and a turn of some 5 ms (docs/speed.md). */
const inOneTurn = 8
/**
 * How many turns under overload, of whoever comes alone, are between two in which requests are begun. With one, connections
 * were taken more slowly than three times too many came; with three, what was taken waited for those who were not.
 */
const turnsOfNewcomers = 2
/** How long nobody was turned away when it is over, the loop being in time. */
const calmAfter: Milliseconds = 1000

/** What a gate is made with. */
export interface OverloadOptions {
  /** How many requests are worked on at once under overload, at most; otherwise there is no bound. */
  readonly places: number
  /** Told when overload turns the first away, and when it is over with how many it did meanwhile. */
  readonly told?: (event: 'overload_began' | 'overload_over', turnedAway: number) => void
  /** Called before requests that stood in line are begun: whoever is answered need not wait for their work as well. */
  readonly beforeWork?: () => void
  /** A clock that only goes forward; the process's own by default. */
  readonly now?: () => Milliseconds
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
  /**
   * Takes a place, which whoever takes one gives back by {@link OverloadGate.leave}. Answers what is to be awaited before
   * the work begins, where it is not to begin in this turn.
   */
  enter(rank: Rank): Promise<void> | undefined
  leave(rank: Rank): void
  /**
   * Takes note of how late a timer came that is due every so often. How long the first in line has stood there counts as
   * well.
   *
   * @param at the time at which it came, by the clock of the gate
   */
  noteLateness(late: Milliseconds, at: Milliseconds): void
  state(): OverloadState
}

/** Makes a gate that is open. One for the whole process. */
export function openOverloadGate({ places, told, beforeWork, now = milliseconds }: OverloadOptions): OverloadGate {
  const inFlight = zeroes()
  const turnedAway = zeroes()
  const passedOver = zeroes()
  let total = 0
  let overloaded = false
  let excess: Milliseconds = 0
  let since: Milliseconds = 0
  let refusedLately = 0
  let refusedSince = 0
  let lastRefused: Milliseconds = 0
  let begunInTurn = 0
  const lines = openLines(upTo)

  /** Begins what stands in line, after so many turns more in which nothing is begun. */
  function workAfter(turns: number): void {
    setImmediate(() => (turns === 0 ? work() : workAfter(turns - 1)))
  }

  function work(): void {
    begunInTurn = 0
    beforeWork?.()
    while (begunInTurn < inOneTurn && lines.beginNext() === 'begun') countBegun()
  }

  function countBegun(): void {
    if (begunInTurn === 0) workAfter(overloaded ? turnsOfNewcomers : 0)
    begunInTurn += 1
  }

  function begin(at: Milliseconds): void {
    overloaded = true
    lastRefused = at
    refusedSince = 0
  }

  function noteRefused(at: Milliseconds): void {
    if (refusedLately === 0) return
    if (refusedSince === 0) told?.('overload_began', 0)
    refusedSince += refusedLately
    refusedLately = 0
    lastRefused = at
  }

  function end(): void {
    overloaded = false
    if (refusedSince > 0) told?.('overload_over', refusedSince)
  }

  /** Whether there is room for a rank in its own places, and it is this one's turn to be taken there. */
  function hasKeptPlace(rank: Rank): boolean {
    if (inFlight[rank] >= places * keptFor) return false
    passedOver[rank] = (passedOver[rank] + 1) % oneIn[rank]
    return passedOver[rank] === 0
  }

  /** How long whoever is first in a line has stood there, the longest. */
  function waitInLine(): Milliseconds {
    const first = lines.first()
    return first === undefined ? 0 : now() - first
  }

  return {
    admits(rank) {
      if (!overloaded || total < places * upTo[rank] || hasKeptPlace(rank)) return true
      turnedAway[rank] += 1
      refusedLately += 1
      return false
    },
    enter(rank) {
      inFlight[rank] += 1
      total += 1
      if (begunInTurn < inOneTurn) {
        countBegun()
        return undefined
      }
      return lines.stand(rank, now())
    },
    leave(rank) {
      inFlight[rank] -= 1
      total -= 1
    },
    noteLateness(timerLate, at) {
      const late = Math.max(timerLate, waitInLine())
      if (at - since > within) {
        since = at
        excess = 0
      }
      excess += Math.max(0, late - tolerated)
      noteRefused(at)
      if (!overloaded && excess > tooMuch) begin(at)
      else if (overloaded && late <= tolerated && at - lastRefused > calmAfter) end()
    },
    state: () => ({ overloaded, inFlight: total, turnedAway: { ...turnedAway } }),
  }
}

function zeroes(): Record<Rank, number> {
  return { token: 0, sign_in: 0, authorization: 0, list: 0 }
}
