import { milliseconds, type Milliseconds } from '../kernel/time.ts'

/** How full a door is: for a gauge, and a counter of those turned away. */
export interface Load {
  readonly running: number
  readonly waiting: number
}

/** Bounds of a door. */
export interface AdmissionOptions {
  /** How many are at work at once, at least 1. */
  readonly concurrency: number
  /** How many may wait, 0 or more. */
  readonly queue: number
  /** How long one may wait: a caller who is likely to wait longer is turned away at once, one who does, then. Default 1,000. */
  readonly wait?: Milliseconds
  /** A clock that only goes forward; the process's own by default. */
  readonly now?: () => Milliseconds
  /** Called on every change, and with `refused` for one that was turned away. Must not throw. */
  readonly observe?: (load: Load, event: 'changed' | 'refused') => void
}

/** Who comes first: `preferred` goes before all others that wait, and takes the last place of one of them when all are taken. */
export type Rank = 'preferred' | 'ordinary'

/** The average is over about so many of the last ones: a burst of costly ones is noticed, and forgotten soon. */
const remembered = 8

/** How many are told `busy` within how long before it is a flood: a hundred people who come at once are none. */
const flood = 50
const lately: Milliseconds = 1000

interface Waiter {
  readonly rank: Rank
  readonly enter: () => void
  readonly leave: () => void
  readonly timer: NodeJS.Timeout
}

/** A door for costly work. */
export interface Door {
  /** Does the work when there is room for it; `busy` where there is none in time. What the work throws is passed on. */
  admit<Result>(work: () => Promise<Result>, rank?: Rank): Promise<Result | 'busy'>
  /** Tells whether a caller who comes now is told `busy` at once, and counts it if so. */
  turnsAway(rank: Rank): boolean
  /** Tells whether so many were told `busy` lately that hardly any of them can be a person who wants in. */
  isFlooded(): boolean
}

/**
 * Makes a door for costly work: so many at once, so many waiting and so long, and `busy` at once for everybody else.
 * A flood then costs its own requests an answer, and nobody else their memory or their processor.
 */
export function admission(options: AdmissionOptions): Door {
  const { concurrency, queue, wait = 1000, now = milliseconds, observe } = options
  const waiting: Waiter[] = []
  let running = 0
  /** How long after one another places become free, while all are taken: the average of the last ones. */
  let pace: Milliseconds = 0
  const refusals = openCount(now)
  const changed = () => observe?.({ running, waiting: waiting.length }, 'changed')
  const refused = () => {
    refusals.add()
    observe?.({ running, waiting: waiting.length }, 'refused')
  }

  const remove = (waiter: Waiter): void => {
    clearTimeout(waiter.timer)
    waiting.splice(waiting.indexOf(waiter), 1)
  }
  /** Whether a newcomer waits in vain unless somebody makes room: no place in the queue, or one too far back. */
  const isLong = (rank: Rank): boolean =>
    waiting.length >= queue || (rank === 'ordinary' && (waiting.length + 1) * pace > wait)
  /** Who would give their place in the queue to a newcomer. */
  const displaced = (rank: Rank): Waiter | undefined =>
    rank === 'preferred' ? waiting.findLast((waiter) => waiter.rank === 'ordinary') : undefined
  const makeRoom = (rank: Rank): boolean => {
    if (!isLong(rank)) return true
    const last = displaced(rank)
    last?.leave()
    return last !== undefined
  }
  const place = (rank: Rank): Promise<'entered' | 'busy'> =>
    new Promise((resolve) => {
      const waiter: Waiter = {
        rank,
        enter: () => (remove(waiter), resolve('entered')),
        leave: () => (remove(waiter), resolve('busy')),
        timer: setTimeout(() => waiter.leave(), wait),
      }
      const firstOrdinary = waiting.findIndex((other) => other.rank === 'ordinary')
      waiting.splice(rank === 'preferred' && firstOrdinary !== -1 ? firstOrdinary : waiting.length, 0, waiter)
      changed()
    })

  async function admit<Result>(work: () => Promise<Result>, rank: Rank = 'ordinary'): Promise<Result | 'busy'> {
    if (running < concurrency) running += 1
    else if (!makeRoom(rank) || (await place(rank)) === 'busy') {
      refused()
      return 'busy'
    }
    changed()
    const begun = now()
    try {
      return await work()
    } finally {
      pace += ((now() - begun) / concurrency - pace) / remembered
      // The place goes from hand to hand, so that nobody who has just come slips in before those who wait.
      const next = waiting[0]
      if (next === undefined) running -= 1
      else next.enter()
      changed()
    }
  }

  return {
    admit,
    turnsAway(rank) {
      const isFull = running >= concurrency && isLong(rank) && displaced(rank) === undefined
      if (isFull) refused()
      return isFull
    },
    isFlooded: () => refusals.most() > flood,
  }
}

/** Counts by stretches of time: as many as there were in the last whole one, or so far in this one, whichever is more. */
function openCount(now: () => Milliseconds) {
  let since = now()
  let before = 0
  let count = 0

  function pass(): void {
    const passed = now() - since
    if (passed < lately) return
    before = passed < 2 * lately ? count : 0
    count = 0
    since += passed
  }

  return {
    add() {
      pass()
      count += 1
    },
    most() {
      pass()
      return Math.max(before, count)
    },
  }
}
