/**
 * Reads of what may be a moment old, from a standby of PostgreSQL: stored clients and resources, and signing keys. What
 * decides over a person's grant is never among them: a grant that was ended would live on for as long as it is behind.
 *
 * How far a standby is behind it does not know itself. So the primary is asked again and again how far it has written,
 * and each read from the standby asks in the same round trip how far that one has read. What is not known to be young
 * enough is read from the primary.
 */
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import type { Database, Row, Statement } from './database.ts'
import type { LenientReads } from './recent.ts'
import { integer, optionalInteger } from './row.ts'
import { sql } from './sql.ts'

/** A standby that is followed. */
export interface Standby {
  readonly reads: LenientReads
  /**
   * Looks how far the primary is, and whether the standby answers. Until the first look, and for as long as looking
   * fails, all is read from the primary.
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

/** How far the primary had written at a moment. */
interface Look {
  readonly at: Milliseconds
  readonly place: number
}

/** Follows a standby of a primary. */
export function followStandby(primary: Database, standby: Pick<Database, 'read'>): Standby {
  /** The newest last; none while the standby does not answer. */
  let seen: readonly Look[] = []
  /** When something was changed here that whoever changed it must see. */
  let changed = Number.NEGATIVE_INFINITY

  /** The first look that is enough: whoever has what was written then is young enough. */
  const enough = (): Look | undefined => {
    const since = milliseconds() - oldest
    return seen.find(({ at }) => at > changed && at > since)
  }

  /** The rows, where the standby has them and is young enough. */
  async function readThere(statement: Statement, { place }: Look): Promise<readonly Row[]> {
    // Asked in one turn they go to one server, in this order.
    const [[row = {}], rows] = await Promise.all([standby.read(replayed), standby.read(statement)])
    return (optionalInteger(row, 'place') ?? Number.NEGATIVE_INFINITY) >= place ? rows : []
  }

  return {
    reads: {
      oldest,
      async read(statement) {
        const look = enough()
        if (look === undefined) return primary.read(statement)
        const rows = await readThere(statement, look).catch((): readonly Row[] => {
          seen = []
          return []
        })
        // What is not there may be new.
        return rows.length === 0 ? primary.read(statement) : rows
      },
      forget: () => void (changed = milliseconds()),
    },

    async follow() {
      const at = milliseconds()
      const [[row = {}]] = await Promise.all([primary.read(written), standby.read(replayed)])
      seen = [...seen, { at, place: integer(row, 'place') }].slice(-looks)
    },
  }
}
