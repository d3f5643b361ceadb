import { type Grant, type GrantEnd, type Grants, type GrantUse } from '../domain/grant.ts'
import { idleSince } from '../domain/grant-use.ts'
import { newId } from '../kernel/ids.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { insertAuditEvent } from './audit-events.ts'
import { canBeKey, checkKey, fromJson, present, toJson } from './column.ts'
import { decisive, type Database, type Row } from './database.ts'
import { endedMemory, rounded, type Memory } from './delete-after.ts'
import { usedFrom } from './grant-use.ts'
import { takeLease } from './lease.ts'
import { insertMessage } from './outbox.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`grant_id, account_id, client_id, permissions, kind, access_for, granted_at, expires_at, paused_at,
  ended_at, end_reason, revision, last_used_at, last_used_from, signed_until, idle_since, used`

/** Opens the grants: reading, changing and ending. They are made by `Consents.record` alone. */
export function openGrants(database: Database, memory: Memory): Grants {
  const holder = newId()

  return {
    async find(grant_id) {
      if (!canBeKey(grant_id)) return undefined
      const [row] = await database.read(sql`select ${columns} from grants where grant_id = ${grant_id}`)
      return row && grantFrom(row)
    },

    async findStanding(account_id, client_id) {
      if (!canBeKey(account_id) || !canBeKey(client_id)) return undefined
      const [row] = await database.read(sql`
        select ${columns} from grants
        where account_id = ${account_id} and client_id = ${client_id} and kind = 'standing' and ended_at is null`)
      return row && grantFrom(row)
    },

    async listByAccount(account_id, client_id) {
      if (!canBeKey(account_id) || (client_id !== undefined && !canBeKey(client_id))) return []
      const ofClient = client_id === undefined ? sql`` : sql` and client_id = ${client_id}`
      const rows = await database.read(sql`
        select ${columns} from grants where account_id = ${account_id} and ended_at is null${ofClient}
        order by granted_at desc, grant_id desc`)
      return rows.map(grantUseFrom)
    },

    async listLive(account_id, at, { skip, limit }) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from grants
        where account_id = ${account_id} and ended_at is null and (expires_at is null or expires_at > ${at})
        order by granted_at desc, grant_id desc limit ${limit} offset ${skip}`)
      return rows.map(grantUseFrom)
    },

    async listEnded(account_id, at, limit) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from grants where account_id = ${account_id} and (ended_at is not null or expires_at <= ${at})
        order by coalesce(ended_at, expires_at) desc, grant_id desc limit ${limit}`)
      return rows.map(grantUseFrom)
    },

    async list(limit, client_id) {
      if (client_id === undefined) {
        const rows = await database.read(sql`select ${columns} from grants order by grant_id desc limit ${limit}`)
        return rows.map(grantUseFrom)
      }
      if (!canBeKey(client_id)) return []
      const rows = await database.read(
        sql`select ${columns} from grants where client_id = ${client_id} order by grant_id desc limit ${limit}`,
      )
      return rows.map(grantUseFrom)
    },

    async listDue({ at, idle_since, limit }) {
      if (!(await takeLease(database, 'due grants', holder, at))) return []
      const [idle, paused] = await Promise.all([
        database.read(sql`
          select ${columns} from grants where kind = 'standing' and ended_at is null and idle_since <= ${idle_since}
          order by idle_since limit ${limit}`),
        database.read(sql`
          select ${columns} from grants where paused_at is not null and ended_at is null and expires_at <= ${at}
          order by expires_at limit ${limit}`),
      ])
      const due = [...paused, ...idle].map(grantUseFrom)
      return [...new Map(due.map((grant) => [grant.grant_id, grant])).values()].slice(0, limit)
    },

    async change(grant, event, notices = []) {
      if (grant.revision === 1) throw new RangeError('A change follows on what was read')
      const outcome = await database.transaction([
        decisive(putGrant(grant, event.at, memory)),
        insertAuditEvent(event),
        ...notices.map(insertMessage),
      ])
      return outcome === 'lost' ? 'stale' : 'changed'
    },

    async endDue({ grant_id, revision, idle_since, expires_at }, reason, { event, notices }) {
      // What ran out was over when its time was, however late somebody looks.
      const ended_at = reason === 'expired' ? (expires_at ?? event.at) : event.at
      const outcome = await database.transaction([
        decisive(sql`
          update grants set ended_at = ${ended_at}, end_reason = ${reason}, delete_after = ${memory.ofEnded(ended_at)}
          where grant_id = ${grant_id} and revision = ${revision} and idle_since = ${idle_since} and ended_at is null
          returning grant_id`),
        insertAuditEvent(event),
        ...notices.map(insertMessage),
      ])
      return outcome === 'lost' ? 'not_due' : 'ended'
    },

    async end(grant_id, reason, at, { event, notices = [] } = {}) {
      if (!canBeKey(grant_id)) return 'already_ended'
      const outcome = await database.transaction([
        decisive(sql`
          update grants set ended_at = ${at}, end_reason = ${reason}, delete_after = ${memory.ofEnded(at)}
          where grant_id = ${grant_id} and ended_at is null returning grant_id`),
        ...(event === undefined ? [] : [insertAuditEvent(event)]),
        ...notices.map(insertMessage),
      ])
      return outcome === 'lost' ? 'already_ended' : 'ended'
    },
  }
}

/**
 * The statement that makes a grant (revision 1) or changes it (revision read, plus one): it returns a row unless another
 * was quicker, or the grant ended meanwhile. Decisive for `Consents.record`, which makes none that is paused.
 *
 * @param at when it is decided: it counts as unused from then on
 * @throws {RangeError} for a grant for `once` without `expires_at`: nobody removes those
 */
export function putGrant(grant: Grant, at: EpochSeconds, memory: Memory): Statement {
  checkKey('client_id', grant.client_id)
  const permissions = toJson(grant.permissions)
  const expires_at = grant.expires_at ?? null
  if (grant.revision === 1) {
    // Without a conflict target, so that the one standing grant of account and client is found to exist as well.
    return sql`
      insert into grants (grant_id, account_id, client_id, permissions, kind, access_for, granted_at, expires_at, revision,
        idle_since, delete_after)
      values (${grant.grant_id}, ${grant.account_id}, ${grant.client_id}, ${permissions}, ${grant.kind},
        ${grant.access_for}, ${grant.granted_at}, ${expires_at}, ${grant.revision}, ${idleSince(at)},
        ${deleteAfter(grant, memory)})
      on conflict do nothing returning grant_id`
  }
  return sql`
    update grants set permissions = ${permissions}, access_for = ${grant.access_for}, granted_at = ${grant.granted_at},
      expires_at = ${expires_at}, paused_at = ${grant.paused_at ?? null}, revision = ${grant.revision},
      idle_since = ${idleSince(at)}, delete_after = ${deleteAfter(grant, memory)}
    where grant_id = ${grant.grant_id} and account_id = ${grant.account_id} and client_id = ${grant.client_id}
      and kind = ${grant.kind} and revision = ${grant.revision - 1} and ended_at is null
    returning grant_id`
}

/** The statement that ends whatever one account allowed anyone. Nobody is left who could look at its history. */
export function endGrantsOfAccount(account_id: string, at: EpochSeconds): Statement {
  const reason: GrantEnd = 'account_deleted'
  return sql`
    update grants set ended_at = ${at}, end_reason = ${reason}, delete_after = ${rounded(at + endedMemory, at)}
    where account_id = ${account_id} and ended_at is null`
}

/** The statement that ends whatever anyone allowed one client. */
export function endGrantsOfClient(client_id: string, at: EpochSeconds, memory: Memory): Statement {
  const reason: GrantEnd = 'client_deleted'
  return sql`
    update grants set ended_at = ${at}, end_reason = ${reason}, delete_after = ${memory.ofEnded(at)}
    where client_id = ${client_id} and ended_at is null`
}

/** How many grants one statement of `endSomeGrantsOfClient` ends: what it locks and writes is bounded by it. */
export const endedAtOnce = 1000

/** The statement that does as `endGrantsOfClient`, for some of them, and returns a row for each. */
export function endSomeGrantsOfClient(client_id: string, at: EpochSeconds, memory: Memory): Statement {
  const reason: GrantEnd = 'client_deleted'
  return sql`
    update grants set ended_at = ${at}, end_reason = ${reason}, delete_after = ${memory.ofEnded(at)}
    where ended_at is null and grant_id in
      (select grant_id from grants where client_id = ${client_id} and ended_at is null limit ${endedAtOnce})
    returning grant_id`
}

/** When a grant that ends by itself may go; null, never, for what stands until it is removed. */
function deleteAfter(grant: Grant, memory: Memory): EpochSeconds | null {
  if (grant.expires_at !== undefined) return memory.ofEnded(grant.expires_at)
  if (grant.kind === 'once') throw new RangeError('A grant for once has no end, and would stay for ever')
  return null
}

function grantFrom(row: Row): Grant {
  return {
    grant_id: text(row, 'grant_id'),
    account_id: text(row, 'account_id'),
    client_id: text(row, 'client_id'),
    permissions: fromJson(text(row, 'permissions')),
    kind: text(row, 'kind') as Grant['kind'],
    access_for: text(row, 'access_for'),
    granted_at: integer(row, 'granted_at'),
    revision: integer(row, 'revision'),
    ...present('expires_at', optionalInteger(row, 'expires_at')),
    ...present('paused_at', optionalInteger(row, 'paused_at')),
    ...present('ended_at', optionalInteger(row, 'ended_at')),
    ...present('end_reason', optionalText(row, 'end_reason') as GrantEnd | undefined),
  }
}

function grantUseFrom(row: Row): GrantUse {
  const used = usedFrom(optionalText(row, 'used'))
  return {
    ...grantFrom(row),
    ...present('last_used_at', optionalInteger(row, 'last_used_at')),
    ...present('last_used_from', optionalText(row, 'last_used_from')),
    ...present('signed_until', optionalInteger(row, 'signed_until')),
    idle_since: integer(row, 'idle_since'),
    used_days: used.days,
    used_for: used.for,
  }
}
