/**
 * Reads of what may be a moment old, from a standby of PostgreSQL: stored clients and resources, and signing keys. What
 * decides over a person's grant is never among them: a grant that was ended would live on for as long as it is behind.
 *
 * How far a standby is behind nobody but the primary can tell. So both are asked again and again, the one how far it has
 * written and the other how far it has read that, and what is not known to be young enough is read from the primary.
 */
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import type { Database, Row } from './database.ts'
import type { LenientReads } from './recent.ts'
import { integer, optionalInteger } from './row.ts'
import { sql } from './sql.ts'

/** A standby that is followed. */
export interface Standby {
  readonly reads: LenientReads
  /**
   * Looks how far it is. Until the first look, and where looking fails, all is read from the primary.
   *
   * @throws {DatabaseUnavailable} when either cannot be asked
   */
  follow(): Promise<void>
}

/** How old what is read from a standby may be; what is remembered of it is remembered so much shorter (R22). */
const oldest: Milliseconds = 1000

/** How many looks at the primary are remembered: as many as are made in that time, and one more. */
const looks = 5

const written = sql`select cast(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') as bigint) as place`
/** Null where it is no standby: a proxy may lead to the primary when there is no other. */
const replayed = sql`select cast(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') as bigint) as place`

/** Follows a standby of a primary. */
export function followStandby(primary: Database, standby: Pick<Database, 'read'>): Standby {
  /** How far the primary had written, and when it was asked; the newest last. */
  let seen: readonly { readonly at: Milliseconds; readonly place: number }[] = []
  /** When all that the standby has was written. */
  let young = Number.NEGATIVE_INFINITY
  /** When something was changed here that whoever changed it must see. */
  let changed = Number.NEGATIVE_INFINITY

  const isTrusted = (): boolean => young > changed && milliseconds() - young < oldest

  return {
    reads: {
      oldest,
      async read(statement) {
        if (!isTrusted()) return primary.read(statement)
        const rows = await standby.read(statement).catch((): readonly Row[] => {
          young = Number.NEGATIVE_INFINITY
          return []
        })
        // What is not there may be new.
        return rows.length === 0 ? primary.read(statement) : rows
      },
      forget: () => void (changed = milliseconds()),
    },

    async follow() {
      const at = milliseconds()
      const [now = {}] = await primary.read(written)
      seen = [...seen, { at, place: integer(now, 'place') }].slice(-looks)
      const [row = {}] = await standby.read(replayed)
      const place = optionalInteger(row, 'place') ?? Number.NEGATIVE_INFINITY
      young = seen.findLast((one) => one.place <= place)?.at ?? Number.NEGATIVE_INFINITY
    },
  }
}
