import type { Milliseconds } from '../kernel/time.ts'

/** Lines in which requests stand until they are begun, one for each rank. */
export interface Lines<Rank extends string> {
  /** Stands at the end of a rank's line; resolves when it is this one's turn. */
  stand(rank: Rank, since: Milliseconds): Promise<void>
  /** Since when whoever has stood longest stands in line; undefined where nobody does. */
  first(): Milliseconds | undefined
  /** Begins whoever is next, where anybody stands in line. */
  beginNext(): 'begun' | 'nobody'
}

interface Line {
  readonly share: number
  readonly standing: { readonly begin: () => void; readonly since: Milliseconds }[]
  /** How many of it were begun, divided by its share. */
  had: number
}

/**
 * Opens lines. Within a rank whoever came first is next. Of the ranks that have somebody in line, the next is of the one
 * that had least in proportion to its share: a thousand who try passwords make each other wait, and nobody who refreshes
 * a token behind them (RL-23).
 *
 * @param shares above 0, the larger the more often it is a rank's turn
 */
export function openLines<Rank extends string>(shares: Readonly<Record<Rank, number>>): Lines<Rank> {
  const lines = new Map<Rank, Line>()
  let reached = 0

  function lineOf(rank: Rank): Line {
    const line = lines.get(rank) ?? { share: shares[rank], standing: [], had: 0 }
    lines.set(rank, line)
    return line
  }

  /** The lines in which somebody stands, the one first whose turn it is. */
  const standing = (): Line[] =>
    [...lines.values()].filter((line) => line.standing.length > 0).sort((one, other) => one.had - other.had)

  return {
    stand(rank, since) {
      const line = lineOf(rank)
      // Nothing is saved up while nobody stands there: otherwise whoever comes back would shut all others out for as long.
      if (line.standing.length === 0) line.had = Math.max(line.had, reached)
      return new Promise((begin) => line.standing.push({ begin, since }))
    },
    first() {
      const since = standing().flatMap((line) => line.standing.slice(0, 1).map((one) => one.since))
      return since.length === 0 ? undefined : Math.min(...since)
    },
    beginNext() {
      const [line] = standing()
      if (line === undefined) return 'nobody'
      reached = line.had
      line.had += 1 / line.share
      line.standing.shift()?.begin()
      return 'begun'
    },
  }
}
