import type { AuditEvent, AuditEvents } from '../domain/audit-event.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import type { Database, Row } from './database.ts'
import { recordMemory, rounded } from './delete-after.ts'
import { integer, optionalText, text } from './row.ts'
import { joined, sql, type Statement } from './sql.ts'

const columns = sql`event_id, at, event, actor, account_id, client_id, grant_id, authorization_id, address, request_id,
  detail`

/** Opens the audit trail: appended to, read, and after two years forgotten by the sweeper; never changed. */
export function openAuditEvents(database: Database): AuditEvents {
  return {
    async append(event) {
      await database.write(insertAuditEvent(event))
    },

    async list({ account_id, client_id, limit }) {
      if (!canBeKey(account_id ?? '') || !canBeKey(client_id ?? '')) return []
      const conditions = [
        ...(account_id === undefined ? [] : [sql`account_id = ${account_id}`]),
        ...(client_id === undefined ? [] : [sql`client_id = ${client_id}`]),
      ]
      const where = conditions.length === 0 ? sql`` : sql`where ${joined(conditions, ' and ')}`
      const rows = await database.read(
        sql`select ${columns} from audit_events ${where} order by event_id desc limit ${limit}`,
      )
      return rows.map(eventFrom)
    },

    async listAfter(event_id, until, limit) {
      if (!canBeKey(event_id)) return []
      const rows = await database.read(
        sql`select ${columns} from audit_events where event_id > ${event_id} order by event_id limit ${limit}`,
      )
      const events = rows.map(eventFrom)
      const late = events.findIndex(({ at }) => at > until)
      return late < 0 ? events : events.slice(0, late)
    },
  }
}

/** The statement that appends an event, alone or in the transaction of what it tells. */
export function insertAuditEvent(event: AuditEvent): Statement {
  return sql`
    insert into audit_events (event_id, at, event, actor, account_id, client_id, grant_id, authorization_id, address,
      request_id, detail, delete_after)
    values (${event.event_id}, ${event.at}, ${event.event}, ${event.actor}, ${event.account_id ?? null},
      ${event.client_id ?? null}, ${event.grant_id ?? null}, ${event.authorization_id ?? null},
      ${event.address ?? null}, ${event.request_id ?? null}, ${toJson(event.detail)},
      ${rounded(event.at + recordMemory, event.at)})`
}

function eventFrom(row: Row): AuditEvent {
  return {
    event_id: text(row, 'event_id'),
    at: integer(row, 'at'),
    event: text(row, 'event'),
    actor: text(row, 'actor'),
    ...present('account_id', optionalText(row, 'account_id')),
    ...present('client_id', optionalText(row, 'client_id')),
    ...present('grant_id', optionalText(row, 'grant_id')),
    ...present('authorization_id', optionalText(row, 'authorization_id')),
    ...present('address', optionalText(row, 'address')),
    ...present('request_id', optionalText(row, 'request_id')),
    detail: fromJson(text(row, 'detail')),
  }
}
