import type { EpochSeconds } from '../kernel/time.ts'
import type { Database } from './database.ts'
import { sql } from './sql.ts'

/** Notes that a token was minted under a grant. */
export type GrantUses = (grant_id: string, at: EpochSeconds) => void

/** How many grants of the current minute are remembered; more are noted twice, no harm. */
const remembered = 10_000

/**
 * Keeps `grants.last_used_at`, for the person's own page, right to a minute or two.
 *
 * It could be computed from the authorizations; but that takes an index on `authorizations.grant_id`, which each flow
 * would pay for with a page written at a random place. Noted here at most once a minute and node, a grant in use costs
 * a set look-up. Nobody waits for it, and a note that is lost with the process takes no right from anyone.
 */
export function openGrantUses(database: Database): GrantUses {
  let minute = 0
  let noted = new Set<string>()

  return (grant_id, at) => {
    const now = Math.floor(at / 60)
    if (now !== minute || noted.size >= remembered) {
      minute = now
      noted = new Set()
    }
    if (noted.has(grant_id)) return
    noted.add(grant_id)
    database
      .write(
        sql`update grants set last_used_at = ${at}
          where grant_id = ${grant_id} and (last_used_at is null or last_used_at <= ${at - 60})`,
      )
      .catch(() => noted.delete(grant_id))
  }
}
