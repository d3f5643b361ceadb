import type { Session, Sessions } from '../domain/session.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import type { Database, Row } from './database.ts'
import { afterReplay } from './delete-after.ts'
import { prefixed, integer, optionalInteger, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`session_id, session_hash, account_id, auth_time, amr, acr, created_at, last_seen_at, idle_expires_at,
  expires_at, ended_at, address, user_agent`

/**
 * Opens the sessions. A row stays until the session's longest life is over, ended or idle before or not: no
 * authorization that is bound to it outlives that.
 */
export function openSessions(database: Database): Sessions {
  return {
    async create(session) {
      await database.write(sql`
        insert into sessions (session_id, session_hash, account_id, auth_time, amr, acr, created_at, last_seen_at,
          idle_expires_at, expires_at, address, user_agent, delete_after)
        values (${session.session_id}, ${session.session_hash}, ${session.account_id}, ${session.auth_time},
          ${toJson(session.amr)}, ${session.acr}, ${session.created_at}, ${session.last_seen_at},
          ${session.idle_expires_at}, ${session.expires_at}, ${session.address}, ${session.user_agent},
          ${afterReplay(session.expires_at, session.created_at)})`)
    },

    async find(session_id) {
      if (!canBeKey(session_id)) return undefined
      const [row] = await database.read(sql`select ${columns} from sessions where session_id = ${session_id}`)
      return row && sessionFrom(row)
    },

    async listByAccount(account_id) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from sessions where account_id = ${account_id} and ended_at is null order by session_id desc`)
      return rows.map(sessionFrom)
    },

    async touch(session_id, last_seen_at, idle_expires_at) {
      if (!canBeKey(session_id)) return
      await database.write(sql`
        update sessions set last_seen_at = ${last_seen_at}, idle_expires_at = ${idle_expires_at}
        where session_id = ${session_id} and ended_at is null`)
    },

    async end(session_id, at) {
      if (!canBeKey(session_id)) return 'already_ended'
      const ended = await consumeOnce(
        database,
        sql`update sessions set ended_at = ${at} where session_id = ${session_id} and ended_at is null returning session_id`,
      )
      return ended === undefined ? 'already_ended' : 'ended'
    },

    async endOthers(account_id, except, at) {
      if (!canBeKey(account_id)) return
      await database.write(sql`
        update sessions set ended_at = ${at}
        where account_id = ${account_id} and ended_at is null and session_id <> ${except ?? ''}`)
    },
  }
}

/** The statement that ends every session of an account. */
export function endSessionsOfAccount(account_id: string, at: EpochSeconds): Statement {
  return sql`update sessions set ended_at = ${at} where account_id = ${account_id} and ended_at is null`
}

/** Makes the one reader of a session's row; the prefix is as that of `grantReader`, and the hash has none. */
export function sessionReader(prefix: string): (row: Row) => Session {
  const ends = prefixed(prefix, 'idle_expires_at', 'expires_at', 'ended_at')
  const others = prefixed(prefix, 'auth_time', 'amr', 'acr', 'created_at', 'last_seen_at', 'address', 'user_agent')
  return (row) => ({
    session_id: text(row, 'session_id'),
    session_hash: text(row, 'session_hash'),
    account_id: text(row, 'account_id'),
    auth_time: integer(row, others.auth_time),
    amr: fromJson(text(row, others.amr)),
    acr: text(row, others.acr),
    created_at: integer(row, others.created_at),
    last_seen_at: integer(row, others.last_seen_at),
    idle_expires_at: integer(row, ends.idle_expires_at),
    expires_at: integer(row, ends.expires_at),
    ...present('ended_at', optionalInteger(row, ends.ended_at)),
    address: text(row, others.address),
    user_agent: text(row, others.user_agent),
  })
}

const sessionFrom = sessionReader('')
