/** What the database itself must say after a run: nothing in it is half of something. */
import { openDatabase } from '../src/storage/open.ts'
import { sql, type Statement } from '../src/storage/sql.ts'

/** Each finds rows that cannot be there. */
const halves: Readonly<Record<string, Statement>> = {
  'authorizations without a grant': sql`
    select authorization_id from authorizations
    where not exists (select grant_id from grants where grants.grant_id = authorizations.grant_id)`,
  'grants that nobody decided': sql`
    select grant_id from grants where ended_at is null
      and not exists (select consent_id from consents where consents.grant_id = grants.grant_id)`,
  'standing grants of one person and client twice': sql`
    select account_id, client_id from grants where kind = 'standing' and ended_at is null
    group by account_id, client_id having count(*) > 1`,
}

/** Looks for rows that are half of something, and, in SQLite, for damage; answers a sentence for each kind found. */
export async function checkDatabase(url: string): Promise<readonly string[]> {
  const database = await openDatabase(url, { patience: 60_000 })
  try {
    const found: string[] = []
    for (const [what, statement] of Object.entries(halves)) {
      const rows = await database.read(statement)
      if (rows.length > 0) found.push(`${rows.length} ${what}`)
    }
    if (database.kind === 'sqlite') {
      const [row] = await database.read(sql`select integrity_check as found from pragma_integrity_check`)
      if (row?.['found'] !== 'ok') found.push(`the file is damaged: ${row?.['found']}`)
    }
    return found
  } finally {
    await database.close()
  }
}
