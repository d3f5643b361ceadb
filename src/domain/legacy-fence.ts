/**
 * The fence around what OAuth 2.1 has dropped: tokens through the browser (the implicit and hybrid flows) and passwords
 * in the hands of applications. None of it works except for a client that a row of the configuration names, and every
 * row ends by itself on a given day.
 */
import type { Clock, EpochSeconds } from '../kernel/time.ts'
import { bringsToken, type ResponseType } from '../vocabulary/response-types.ts'
import type { Client } from './client.ts'
import type { EventLog } from './event-log.ts'

/** A grant type that only the fence lets through. */
export type LegacyGrantType = 'implicit' | 'password'

/** One gate in the fence: what one client may do until when. */
export interface LegacyRow {
  readonly client_id: string
  readonly response_types: readonly ResponseType[]
  /** `implicit` here opens nothing by itself: it is the grant type that such response types go with (RFC 7591 §2.1). */
  readonly grant_types: readonly LegacyGrantType[]
  /** The last day, `2027-06-30`. */
  readonly until: string
  /** The first moment after that day, in UTC. */
  readonly closes_at: EpochSeconds
}

/** The rows that are open at a moment. */
function openRows(rows: readonly LegacyRow[], at: EpochSeconds): readonly LegacyRow[] {
  return rows.filter(({ closes_at }) => at < closes_at)
}

/** The row that lets a client have answers of that type; undefined = it may not have them, or no longer. */
export function rowForResponseType(
  client: Client,
  response_type: ResponseType,
  rows: readonly LegacyRow[],
  at: EpochSeconds,
): LegacyRow | undefined {
  return openRow(client, rows, at, (row) => row.response_types.includes(response_type))
}

/** The row that lets a client present a person's password; undefined = it may not, or no longer. */
export function rowForPassword(client: Client, rows: readonly LegacyRow[], at: EpochSeconds): LegacyRow | undefined {
  return openRow(client, rows, at, (row) => row.grant_types.includes('password'))
}

/** The row of a client that opens something, and stays open longest. */
function openRow(
  { client_id }: Client,
  rows: readonly LegacyRow[],
  at: EpochSeconds,
  opens: (row: LegacyRow) => boolean,
): LegacyRow | undefined {
  const open = openRows(rows, at).filter((row) => row.client_id === client_id && opens(row))
  return open.toSorted((one, other) => other.closes_at - one.closes_at)[0]
}

/** The response types other than `code`, and the grant types, that are open to somebody: what discovery may name. */
export function openToSomebody(
  rows: readonly LegacyRow[],
  at: EpochSeconds,
): { readonly response_types: readonly ResponseType[]; readonly grant_types: readonly LegacyGrantType[] } {
  const open = openRows(rows, at)
  const response_types = [...new Set(open.flatMap((row) => row.response_types))]
  const password = open.some((row) => row.grant_types.includes('password'))
  return {
    response_types,
    grant_types: [
      ...(response_types.some(bringsToken) ? (['implicit'] as const) : []),
      ...(password ? (['password'] as const) : []),
    ],
  }
}

/** Warns that somebody still lives behind the fence: counted by kind, `licet_legacy_requests_total`. */
export function logLegacyUse(
  client: Client,
  kind: ResponseType | 'password',
  { log, clock, settings }: { log: EventLog; clock: Clock; settings: { readonly legacy: readonly LegacyRow[] } },
): void {
  const at = clock()
  const row =
    kind === 'password'
      ? rowForPassword(client, settings.legacy, at)
      : rowForResponseType(client, kind, settings.legacy, at)
  log.warn('legacy_used', { client_id: client.client_id, kind, until: row?.until })
}
