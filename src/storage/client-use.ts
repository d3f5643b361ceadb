import { countedPeople, type ClientUse } from '../domain/client-use.ts'
import type { Milliseconds } from '../kernel/time.ts'
import { canBeKey } from './column.ts'
import type { Database } from './database.ts'
import { openRecent } from './recent.ts'
import { integer } from './row.ts'
import { sql } from './sql.ts'

/** How old a count may be: nobody decides by one person more. */
const oldest: Milliseconds = 60_000

/** Opens the counts of how widely clients are used. */
export function openClientUse(database: Database): ClientUse {
  const recent = openRecent<number>(oldest)

  return {
    async people(client_id, at) {
      if (!canBeKey(client_id)) return 0
      const counted = await recent.get(client_id, async () => {
        const [row] = await database.read(sql`
          select count(*) as people from (
            select distinct account_id from grants
            where client_id = ${client_id} and ended_at is null and (expires_at is null or expires_at > ${at})
            limit ${countedPeople}) as counted`)
        return row && integer(row, 'people')
      })
      return counted ?? 0
    },
  }
}
