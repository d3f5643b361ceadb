import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Database } from './database.ts'
import { sql } from './sql.ts'

/** How long a node has a piece of work to itself after it last took it; when it dies, another takes over after this. */
const leased: Seconds = 60

/**
 * Takes or keeps the lease of a piece of work that one node does at a time: a row says which. One that lies further
 * ahead than any can was taken by a clock that went wrong.
 *
 * @returns false while another node has it
 */
export async function takeLease(database: Database, lease: string, holder: string, at: EpochSeconds): Promise<boolean> {
  const rows = await database.write(sql`
    insert into leases (lease, holder, expires_at) values (${lease}, ${holder}, ${at + leased})
    on conflict (lease) do update set holder = excluded.holder, expires_at = excluded.expires_at
      where leases.holder = excluded.holder or leases.expires_at <= ${at} or leases.expires_at > ${at + 10 * leased}
    returning holder`)
  return rows.length > 0
}
