/** How a grant is used, from where and for what: for its person's own page, and to end what nobody uses. */
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { GrantUse } from './grant.ts'

/** One use: tokens were fetched, particulars were told, or an API asked what a token is good for. */
export interface NotedUse {
  readonly grant_id: string
  readonly at: EpochSeconds
  /** The network the client came from, as `coarseNetwork` spells it; absent when it was not the client who asked. */
  readonly network?: string | undefined
  /** What it was for, as far as that was to be seen, each spelled by `permissionKey`. */
  readonly permissions: readonly string[]
  /** When the signed access token that was made ends, where an API may take it at its word. */
  readonly signed_until?: EpochSeconds | undefined
}

/** Port: uses, gathered in memory and written a little later. A process that dies loses those of a minute at most. */
export interface GrantUses {
  /** Notes a use, in memory: nobody waits for the database. */
  note(use: NotedUse): void
  /** Writes what was gathered: all of it, or of these grants. What cannot be written is kept for the next time. */
  write(grant_ids?: readonly string[]): Promise<'written' | 'nothing_gathered'>
}

/** How long a use may be known to its own node alone, with room to spare. */
export const unwrittenFor: Seconds = 120

/** How many days uses are counted over. */
export const countedDays = 30

/** Names the day of a moment, counted from 1970. */
export function dayOf(at: EpochSeconds): number {
  return Math.floor(at / 86_400)
}

/** Counts the uses of the last thirty days, today included. */
export function recentUses({ used_days }: Pick<GrantUse, 'used_days'>, at: EpochSeconds): number {
  return used_days.filter(([day]) => day > dayOf(at) - countedDays).reduce((sum, [, uses]) => sum + uses, 0)
}

/** Lists what was used in the last thirty days, each spelled by `permissionKey`. */
export function recentlyUsed({ used_for }: Pick<GrantUse, 'used_for'>, at: EpochSeconds): ReadonlySet<string> {
  return new Set(used_for.filter(([, day]) => day > dayOf(at) - countedDays).map(([permission]) => permission))
}

/** The moment since which a grant counts as unused: rounded up to a day, as it is stored. */
export function idleSince(at: EpochSeconds): EpochSeconds {
  return Math.ceil(at / 86_400) * 86_400
}
