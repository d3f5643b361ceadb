import type { Attempts } from '../domain/attempts.ts'
import { sha256base64url } from '../kernel/hash.ts'
import { toJson } from './column.ts'
import type { Database } from './database.ts'
import { rounded } from './delete-after.ts'
import { integer } from './row.ts'
import { sql } from './sql.ts'

/** Opens the counters of attempts. The key is hashed: what a stranger typed is neither kept nor able to be too long. */
export function openAttempts(database: Database): Attempts {
  return {
    async count(key, window, at) {
      const ends_at = at + window
      const [row = {}] = await database.write(sql`
        insert into attempts (attempt_key, counted, window_ends_at, delete_after)
        values (${hashed(key)}, 1, ${ends_at}, ${rounded(ends_at, at)})
        on conflict (attempt_key) do update set
          counted = case when attempts.window_ends_at <= ${at} then 1 else attempts.counted + 1 end,
          delete_after = case when attempts.window_ends_at <= ${at} then excluded.delete_after else attempts.delete_after end,
          window_ends_at = case when attempts.window_ends_at <= ${at} then excluded.window_ends_at
            else attempts.window_ends_at end
        returning counted`)
      return integer(row, 'counted')
    },

    async giveBack(key) {
      await database.write(
        sql`update attempts set counted = counted - 1 where attempt_key = ${hashed(key)} and counted > 0`,
      )
    },

    async forget(key) {
      await database.write(sql`delete from attempts where attempt_key = ${hashed(key)}`)
    },
  }
}

const hashed = (key: string): string => sha256base64url(toJson(key))
