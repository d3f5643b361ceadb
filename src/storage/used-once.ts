import type { UsedOnce } from '../domain/used-once.ts'
import { sha256base64url } from '../kernel/hash.ts'
import { toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import type { Database } from './database.ts'
import { rounded } from './delete-after.ts'
import { sql } from './sql.ts'

/** Opens the memory of what was used once. It holds hashes, so that a value may have any length and any character. */
export function openUsedOnce(database: Database): UsedOnce {
  return {
    async spend(purpose, value, forget_at) {
      // As JSON, where no purpose can run into a value.
      const used_key = sha256base64url(toJson([purpose, value]))
      const first = await consumeOnce(
        database,
        sql`insert into used_once (used_key, delete_after) values (${used_key}, ${rounded(forget_at, forget_at)})
          on conflict (used_key) do nothing returning used_key`,
      )
      return first === undefined ? 'already_used' : 'first'
    },
  }
}
