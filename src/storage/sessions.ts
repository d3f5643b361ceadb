import {
  replacedMark,
  signInMemory,
  type Session,
  type SessionClient,
  type Sessions,
  type ToldClient,
} from '../domain/session.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import { afterReplay, rounded } from './delete-after.ts'
import { insertNews } from './news.ts'
import { queueSignOuts } from './outbox.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

/** What `sessionFrom` reads. To a browser a session that was replaced has ended; what is bound to it goes on. */
export const sessionColumns = sql`session_id, session_hash, sessions.account_id, auth_time, amr, acr,
  sessions.created_at, last_seen_at, idle_expires_at, sessions.expires_at,
  coalesce(sessions.ended_at, replaced_at) as ended_at, address, user_agent`

/**
 * Opens the sessions. A row stays until the session's longest life is over, ended or idle before or not: no
 * authorization that is bound to it outlives that. Its person can look back at it for a while longer.
 */
export function openSessions(database: Database): Sessions {
  return {
    async find(session_id) {
      if (!canBeKey(session_id)) return undefined
      const [row] = await database.read(sql`select ${sessionColumns} from sessions where session_id = ${session_id}`)
      return row && sessionFrom(row)
    },

    async listByAccount(account_id) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${sessionColumns} from sessions where account_id = ${account_id} and ended_at is null
          and replaced_by is null order by session_id desc`)
      return rows.map(sessionFrom)
    },

    async listSignIns(account_id, since, limit) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${sessionColumns} from sessions where account_id = ${account_id} and created_at >= ${since}
        order by session_id desc limit ${limit}`)
      return rows.map(sessionFrom)
    },

    async touch(session_id, last_seen_at, idle_expires_at) {
      if (!canBeKey(session_id)) return
      await database.write(sql`
        update sessions set last_seen_at = ${last_seen_at}, idle_expires_at = ${idle_expires_at}
        where session_id = ${session_id} and ended_at is null`)
    },

    async end(session_id, at, news = {}) {
      if (!canBeKey(session_id)) return 'already_ended'
      const account_id = sql`(select account_id from sessions where session_id = ${session_id})`
      const last = lastOf(session_id)
      const outcome = await database.transaction([
        // Waits for one that is just coming in its place, so that the next statement finds it.
        sql`update sessions set last_seen_at = last_seen_at where account_id = ${account_id} and ${ofOneBrowser(session_id)}`,
        decisive(
          sql`update sessions set ended_at = ${at} where session_id = ${last} and ended_at is null returning session_id`,
        ),
        queueSignOuts(sql`session_id = ${last}`, at),
        ...ending(sql`account_id = ${account_id} and replaced_by = ${last}`, at),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'already_ended' : 'ended'
    },

    async endOthers(account_id, except, at, news = {}) {
      if (!canBeKey(account_id)) return 'already_ended'
      const [queue, end] = endSessionsOfAccount(account_id, at, except)
      const outcome = await database.transaction([
        queue,
        decisive(sql`${end} returning session_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'already_ended' : 'ended'
    },

    async listClients(session_id) {
      if (!canBeKey(session_id)) return []
      const rows = await database.read(sql`
        select message_id, client_id, sid, confirmed_at from session_clients where session_id = ${session_id}
        order by message_id`)
      return rows.map(toldFrom)
    },

    async confirm(message_id, at) {
      await database.write(sql`update session_clients set confirmed_at = ${at} where message_id = ${message_id}`)
    },
  }
}

/** The statements that end every session of an account but one, and queue what its clients are told. */
export function endSessionsOfAccount(
  account_id: string,
  at: EpochSeconds,
  except = '',
): readonly [queue: Statement, end: Statement] {
  return ending(
    sql`account_id = ${account_id} and session_id <> ${except} and (replaced_by is null or replaced_by <> ${except})`,
    at,
  )
}

/**
 * The statements that end a session of an account, and queue what its clients are told. Where another came in its place,
 * that one ends, too: it is the same browser's.
 *
 * @param except one that goes on
 */
export function endSessionOfAccount(
  account_id: string,
  session_id: string,
  at: EpochSeconds,
  except = '',
): readonly Statement[] {
  return ending(sql`account_id = ${account_id} and session_id <> ${except} and ${ofOneBrowser(session_id)}`, at)
}

/** The session that signs a browser in which had this one: itself, or the last that came in its place. */
function lastOf(session_id: string): Statement {
  return sql`(select coalesce(replaced_by, session_id) from sessions where session_id = ${session_id})`
}

/** That one, and those in whose place it came: what is bound to them, or got in by them at the last moment, ends with it. */
function ofOneBrowser(session_id: string): Statement {
  const last = lastOf(session_id)
  return sql`(session_id = ${last} or replaced_by = ${last})`
}

function ending(which: Statement, at: EpochSeconds): readonly [queue: Statement, end: Statement] {
  const live = sql`${which} and ended_at is null`
  return [
    queueSignOuts(sql`session_id in (select session_id from sessions where ${live})`, at),
    sql`update sessions set ended_at = ${at} where ${live}`,
  ]
}

/**
 * The statement that notes a client which is to be told when a session ends; once for each name it knows that by. Where
 * another came in its place at this very moment, it is told when that one ends.
 */
export function insertSessionClient(client: SessionClient, at: EpochSeconds): Statement {
  const { message_id, session_id, account_id, client_id, sid, expires_at } = client
  return sql`
    insert into session_clients (message_id, session_id, client_id, sid, message, delete_after)
    values (${message_id},
      coalesce((select replaced_by from sessions where session_id = ${session_id}), ${session_id}),
      ${client_id}, ${sid}, ${toJson({ account_id, client_id, sid })},
      ${afterReplay(expires_at, at)})
    on conflict (session_id, client_id, sid) do nothing`
}

function inPlaceOf(before: Session, session: Session): readonly Statement[] {
  const { session_id, account_id } = before
  const at = session.created_at
  if (account_id !== session.account_id) return endSessionOfAccount(account_id, session_id, at)
  // Whoever presses twice signs in twice: the browser has the last one, which comes in the place of the first, too.
  const which = sql`account_id = ${account_id} and ${ofOneBrowser(session_id)}`
  return [
    sql`update session_clients set session_id = ${session.session_id},
        delete_after = ${afterReplay(session.expires_at, session.created_at)}
      where session_id in (select session_id from sessions where ${which} and ended_at is null)`,
    sql`update sessions set replaced_by = ${session.session_id}, replaced_at = coalesce(replaced_at, ${at}),
        session_hash = case when replaced_by is null then ${replacedMark} || session_hash else session_hash end
      where ${which} and ended_at is null`,
  ]
}

/** The statements that begin a session, in place of the one that the browser had. */
export function insertSession(session: Session, before: Session | undefined): readonly Statement[] {
  const insert = sql`
    insert into sessions (session_id, session_hash, account_id, auth_time, amr, acr, created_at, last_seen_at,
      idle_expires_at, expires_at, address, user_agent, delete_after)
    values (${session.session_id}, ${session.session_hash}, ${session.account_id}, ${session.auth_time},
      ${toJson(session.amr)}, ${session.acr}, ${session.created_at}, ${session.last_seen_at},
      ${session.idle_expires_at}, ${session.expires_at}, ${session.address}, ${session.user_agent},
      ${deleteAfter(session)})`
  return before === undefined ? [insert] : [insert, ...inPlaceOf(before, session)]
}

function deleteAfter({ created_at, expires_at }: Session): EpochSeconds {
  return Math.max(afterReplay(expires_at, created_at), rounded(created_at + signInMemory, created_at))
}

function toldFrom(row: Row): ToldClient {
  return {
    message_id: text(row, 'message_id'),
    client_id: text(row, 'client_id'),
    sid: text(row, 'sid'),
    ...present('confirmed_at', optionalInteger(row, 'confirmed_at')),
  }
}

/** A session as its row tells it. */
export function sessionFrom(row: Row): Session {
  return {
    session_id: text(row, 'session_id'),
    session_hash: text(row, 'session_hash'),
    account_id: text(row, 'account_id'),
    auth_time: integer(row, 'auth_time'),
    amr: fromJson(text(row, 'amr')),
    acr: text(row, 'acr'),
    created_at: integer(row, 'created_at'),
    last_seen_at: integer(row, 'last_seen_at'),
    idle_expires_at: integer(row, 'idle_expires_at'),
    expires_at: integer(row, 'expires_at'),
    address: text(row, 'address'),
    user_agent: text(row, 'user_agent'),
    ...present('ended_at', optionalInteger(row, 'ended_at')),
  }
}
