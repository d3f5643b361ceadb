import type { Milliseconds } from '../kernel/time.ts'

/** How far it is to the database: the time that the way takes, apart from what is done there. */
export interface Distance {
  /** Takes note of how long a group of reads was away. */
  note(took: Milliseconds): void
  /** The least that a round trip took lately; 0 as long as nothing was noted. */
  away(): Milliseconds
}

/**
 * How many round trips are looked at. The quickest of them waited for nothing but the way: if it took long, the database is
 * far, and not just busy.
 */
const lately = 8

/** Begins to measure. */
export function openDistance(): Distance {
  const latest: Milliseconds[] = []
  return {
    note(took) {
      latest.push(took)
      if (latest.length > lately) latest.shift()
    },
    away: () => (latest.length === 0 ? 0 : Math.min(...latest)),
  }
}
