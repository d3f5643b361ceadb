import type { ExpiredRows } from '../domain/expired-rows.ts'
import { newId } from '../kernel/ids.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Database } from './database.ts'
import { registrationMemory, rounded } from './delete-after.ts'
import { takeLease } from './lease.ts'
import { optionalInteger, text } from './row.ts'
import { joined, sql, type Statement } from './sql.ts'

interface Growing {
  readonly table: Statement
  readonly key: Statement
  /** What holds a row back whose time is over. */
  readonly heldBy?: (at: EpochSeconds) => Statement
}

/** A client that registered itself stays while anything that somebody allowed it lasts (R11). */
const standingGrant = (at: EpochSeconds): Statement => sql`
  select grant_id from grants where grants.client_id = clients.client_id and grants.ended_at is null
    and (grants.expires_at is null or grants.expires_at > ${at})`

/** Every table whose rows end, with its key. */
const tables: readonly Growing[] = [
  { table: sql`authorizations`, key: sql`authorization_id` },
  { table: sql`device_authorizations`, key: sql`device_id` },
  { table: sql`access_tokens`, key: sql`token_id` },
  { table: sql`revoked_tokens`, key: sql`jti` },
  { table: sql`used_once`, key: sql`used_key` },
  { table: sql`attempts`, key: sql`attempt_key` },
  { table: sql`interactions`, key: sql`interaction_id` },
  { table: sql`pushed_requests`, key: sql`pushed_request_id` },
  { table: sql`sessions`, key: sql`session_id` },
  { table: sql`session_clients`, key: sql`message_id` },
  { table: sql`grants`, key: sql`grant_id` },
  { table: sql`consents`, key: sql`consent_id` },
  { table: sql`remembered_browsers`, key: sql`remembered_id` },
  { table: sql`outbox`, key: sql`message_id` },
  { table: sql`clients`, key: sql`client_id`, heldBy: standingGrant },
  { table: sql`initial_access_tokens`, key: sql`token_id` },
  { table: sql`mail_tokens`, key: sql`token_id` },
  { table: sql`audit_events`, key: sql`event_id` },
]

/** Opens the sweeper. A row in `leases` says which node is at it: one node at a time, and whichever. */
export function openExpiredRows(database: Database): ExpiredRows {
  const holder = newId()

  return {
    async sweep(at, batch) {
      if (!(batch >= 1 && batch <= 1000)) throw new RangeError('A batch has 1 to 1000 rows')
      if (!(await takeLease(database, 'sweep', holder, at))) return 0
      await prolongHeld(database, at, batch)
      let swept = 0
      for (const growing of tables) swept += await sweepTable(database, growing, at, batch)
      await giveBackPages(database)
      return swept
    },

    async oldestExpired(at) {
      let oldest = at
      for (const { table } of tables) {
        const [row = {}] = await database.read(sql`select min(delete_after) as oldest from ${table}`)
        oldest = Math.min(oldest, optionalInteger(row, 'oldest') ?? at)
      }
      return at - oldest
    },
  }
}

/** How many keys one statement names: always so many, so that each table has one text to prepare. */
const named = 100

/**
 * Deletes by the names of the rows, picked before: a `delete … in (select … limit)` is sometimes planned so that each
 * batch reads all that is expired. All statements go out in one turn, so that they are one transaction.
 */
async function sweepTable(
  database: Database,
  { table, key, heldBy }: Growing,
  at: EpochSeconds,
  batch: number,
): Promise<number> {
  const isOver =
    heldBy === undefined ? sql`delete_after <= ${at}` : sql`delete_after <= ${at} and not exists (${heldBy(at)})`
  const picked = await database.read(sql`
    select ${key} as picked from ${table} where ${isOver} order by delete_after limit ${batch}`)
  const keys = picked.map((row) => text(row, 'picked'))
  const chunks = Array.from({ length: Math.ceil(keys.length / named) }, (_, chunk) =>
    Array.from({ length: named }, (_each, place) => sql`${keys[chunk * named + place] ?? ''}`),
  )
  // The condition stands here as well: a row that was moved on since it was picked stays.
  const deleted = await Promise.all(
    chunks.map((chunk) =>
      database.write(
        sql`delete from ${table} where ${isOver} and ${key} in (${joined(chunk, ', ')}) returning 1 as gone`,
      ),
    ),
  )
  return deleted.flat().length
}

/**
 * Makes SQLite's file smaller by some of what is free in it, as long as that is more than a tenth: what is swept today is
 * written again tomorrow. PostgreSQL's autovacuum does the like by itself.
 */
async function giveBackPages(database: Database): Promise<void> {
  if (database.kind !== 'sqlite') return
  // Each page may have to be moved, and nobody is answered meanwhile: a few at a time, in commits of their own.
  for (let turn = 0; turn < 8; turn += 1) {
    const [row = {}] = await database.read(sql`
      select freelist_count * 10 > page_count as too_many from pragma_freelist_count, pragma_page_count`)
    if (row['too_many'] !== 1) return
    await database.write(sql`pragma incremental_vacuum(250)`)
  }
}

/** Moves on the end of clients that are still used, so that they are not looked at again and again. */
async function prolongHeld(database: Database, at: EpochSeconds, batch: number): Promise<void> {
  await database.write(sql`
    update clients set delete_after = ${rounded(at + registrationMemory, at)}
    where delete_after <= ${at} and exists (${standingGrant(at)}) and client_id in
      (select client_id from clients where delete_after <= ${at} order by delete_after limit ${batch})`)
}
