/**
 * What became of grants, in the order it happened, for systems that follow it: `grant_given`, `grant_changed`,
 * `grant_ended`. It is read from the audit trail, from a cursor on, so that nothing is lost between two readings.
 */
import { spellMoment, type Clock, type Seconds } from '../kernel/time.ts'
import type { Accounts } from '../domain/account.ts'
import type { AuditEvent, AuditEvents } from '../domain/audit-event.ts'

/** What reading them takes. */
export interface GrantEventParts {
  readonly auditEvents: Pick<AuditEvents, 'listAfter'>
  readonly accounts: Pick<Accounts, 'find'>
  readonly clock: Clock
}

/** What became of one grant, or of all of a client or an account at once. */
export interface GrantEventRecord {
  /** Where reading goes on after it. */
  readonly cursor: string
  readonly type: 'grant_given' | 'grant_changed' | 'grant_ended'
  /** RFC 3339, UTC. */
  readonly at: string
  /** Absent where every grant of the client, or of the account, ended with it. */
  readonly grant_id?: string
  readonly client_id?: string
  /** The account's own `sub`; absent for one that is deleted. */
  readonly sub?: string
  /** What was changed: `widened`, `narrowed`, `shortened`, `lengthened`, `paused`, `resumed`. */
  readonly how?: readonly string[]
  /** Why it ended. */
  readonly reason?: string
}

/** Some events, and where to read on: after everything that was looked at. */
export interface GrantEventPage {
  readonly events: readonly GrantEventRecord[]
  readonly cursor: string
  /** False: that is all for now. */
  readonly more: boolean
}

/**
 * How long an event rests before it is told. Ids begin with the time of the node that made them, and are committed a
 * little later: a reader that went by the newest would miss one that is committed after it with an older id.
 */
export const settling: Seconds = 10

/** How many rows of the trail one reading looks at. */
const atOnce = 500

/** Reads what came after a cursor; the empty cursor is the beginning of the record. */
export async function readGrantEvents(cursor: string, parts: GrantEventParts): Promise<GrantEventPage> {
  const rows = await parts.auditEvents.listAfter(cursor, parts.clock() - settling, atOnce)
  const events = await Promise.all(rows.map((row) => eventFrom(row, parts)))
  return {
    events: events.filter((event) => event !== undefined),
    cursor: rows.at(-1)?.event_id ?? cursor,
    more: rows.length === atOnce,
  }
}

async function eventFrom(row: AuditEvent, { accounts }: GrantEventParts): Promise<GrantEventRecord | undefined> {
  const told = meaningOf(row)
  if (told === undefined) return undefined
  const { event_id, at, grant_id, client_id, account_id } = row
  const account = account_id === undefined ? undefined : await accounts.find(account_id)
  return {
    cursor: event_id,
    at: spellMoment(at),
    ...told,
    ...(grant_id !== undefined && { grant_id }),
    ...(client_id !== undefined && { client_id }),
    ...(account && { sub: account.sub }),
  }
}

/** What an event of the trail says about grants; undefined for what says nothing. */
function meaningOf({ event, detail }: AuditEvent): Pick<GrantEventRecord, 'type' | 'how' | 'reason'> | undefined {
  const how = Array.isArray(detail['how']) ? { how: detail['how'] } : {}
  switch (event) {
    case 'consent_given':
    case 'consent_recorded':
      return { type: detail['became'] === 'grant_changed' ? 'grant_changed' : 'grant_given', ...how }
    case 'grant_changed':
      return { type: 'grant_changed', ...how }
    case 'grant_ended':
      return { type: 'grant_ended', ...(typeof detail['reason'] === 'string' && { reason: detail['reason'] }) }
    case 'client_deleted':
    case 'account_deleted':
      return { type: 'grant_ended', reason: event }
    default:
      return undefined
  }
}
