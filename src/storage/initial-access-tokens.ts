import type { PresentedInitialAccessToken } from '../domain/client.ts'
import type { InitialAccessToken, InitialAccessTokens } from '../domain/initial-access-token.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { insertNews } from './news.ts'
import { integer, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`token_id, token_hash, note, uses_left, created_at, expires_at`

/** Opens the initial access tokens: making, listing and removing them. */
export function openInitialAccessTokens(database: Database): InitialAccessTokens {
  return {
    async create(token) {
      await database.write(sql`
        insert into initial_access_tokens (token_id, token_hash, note, uses_left, created_at, expires_at, delete_after)
        values (${token.token_id}, ${token.token_hash}, ${token.note}, ${token.uses_left}, ${token.created_at},
          ${token.expires_at}, ${rounded(token.expires_at, token.created_at)})`)
    },

    async list() {
      const rows = await database.read(sql`select ${columns} from initial_access_tokens order by token_id desc`)
      return rows.map(tokenFrom)
    },

    async delete(token_id, news = {}) {
      if (!canBeKey(token_id)) return 'unknown'
      const outcome = await database.transaction([
        decisive(sql`delete from initial_access_tokens where token_id = ${token_id} returning token_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'unknown' : 'deleted'
    },
  }
}

/** The statement that spends one use of a token: it returns a row where there was one left. Decisive for a registration. */
export function spendInitialAccessToken(
  { token_id, token_hash }: PresentedInitialAccessToken,
  at: EpochSeconds,
): Statement {
  return sql`
    update initial_access_tokens set uses_left = uses_left - 1
    where token_id = ${token_id} and token_hash = ${token_hash} and uses_left > 0 and expires_at > ${at}
    returning token_id`
}

function tokenFrom(row: Row): InitialAccessToken {
  return {
    token_id: text(row, 'token_id'),
    token_hash: text(row, 'token_hash'),
    note: text(row, 'note'),
    uses_left: integer(row, 'uses_left'),
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
  }
}
