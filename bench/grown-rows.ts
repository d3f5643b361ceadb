/** Rows as a server writes them, many times over: made within the database, so that a million takes minutes. */
import type { Database } from '../src/storage/database.ts'
import { sql, statementsOf } from '../src/storage/sql.ts'
import type { World } from '../testing/world.ts'

/** What a person who allowed something leaves, and the column that names whose each row is. */
const tables = ['accounts', 'sessions', 'grants', 'consents', 'authorizations', 'audit_events'] as const

/** The columns that name rows: of each copy they begin with its number, so that its rows name one another. */
const ids = ['account_id', 'sub', 'session_id', 'grant_id', 'consent_id', 'authorization_id', 'event_id']

/** How many rows one statement makes or changes. */
const atOnce = 10_000

/** Where the numbers of copies begin: their ids lie before all that the server makes, as those of earlier days do. */
const [first, digits] = [0x10_0000_0000, 12]

/**
 * Multiplies what a world knows of Alice: her account, session, grant, decision, authorization and events, each copy
 * somebody else's.
 */
export async function growBy({ ground }: World, grants: number): Promise<void> {
  const { database } = ground
  const owner = await only(database, `select account_id as one from logins where login = 'alice'`)
  for (let done = 0; done < grants; done += atOnce) {
    const numbers = { from: first + done, until: first + Math.min(done + atOnce, grants) }
    const inserts = await Promise.all(tables.map((table) => copies(database, { table, owner, ...numbers })))
    await Promise.all(inserts.flatMap(statementsOf).map((insert) => database.write(insert)))
  }
  if (database.kind === 'postgres') await database.write(sql`analyze`)
}

/**
 * Gives each copied authorization so many refreshes: what one leaves is another version of its row, of the same size,
 * with `delete_after` moved on only where it has to be.
 */
export async function refreshAll(database: Database, times: number): Promise<void> {
  const [{ rows: count } = { rows: 0 }] = await database.read(sql`
    select count(*) as rows from authorizations where authorization_id < ${name(first * 2)}`)
  for (let turn = 0; turn < times; turn += 1) {
    for (let done = 0; done < Number(count); done += atOnce) {
      await database.write(sql`
        update authorizations set refresh_hash = substr(refresh_hash, 2) || substr(refresh_hash, 1, 1),
          refresh_expires_at = refresh_expires_at + 600, last_used_at = last_used_at + 600,
          replaced = substr(replaced, 1, 40) || substr(replaced, 42) || substr(replaced, 41, 1),
          delete_after = case when delete_after < refresh_expires_at then refresh_expires_at else delete_after end
        where authorization_id >= ${name(first + done)} and authorization_id < ${name(first + done + atOnce)}`)
    }
  }
}

/** How many bytes the database takes. */
export async function sizeOf(database: Database): Promise<number> {
  const size =
    database.kind === 'sqlite'
      ? `select page_count * page_size as one from pragma_page_count, pragma_page_size`
      : `select pg_database_size(current_database()) as one`
  return Number(await only(database, size))
}

interface Copying {
  readonly table: string
  readonly owner: string
  readonly from: number
  readonly until: number
}

/** The statement that copies the newest row of an account, once for each number. */
async function copies(database: Database, { table, owner, from, until }: Copying): Promise<string> {
  const columns = await columnsOf(database, table)
  const number = database.kind === 'sqlite' ? `printf('%012x', n)` : `lpad(to_hex(n), ${digits}, '0')`
  const values = columns.map((column) =>
    ids.includes(column) ? `${number} || substr(${column}, ${digits + 1})` : column,
  )
  return `
    insert into ${table} (${columns.join(', ')})
    with recursive counted(n) as (
      select cast(${from} as bigint) union all select n + 1 from counted where n + 1 < ${until})
    select ${values.join(', ')} from counted, (select * from ${table} where account_id = '${owner}'
      order by ${columns[0]} desc limit 1) as copied;
`
}

async function columnsOf(database: Database, table: string): Promise<readonly string[]> {
  const rows = await ask(
    database,
    database.kind === 'sqlite'
      ? `select name from pragma_table_info('${table}') order by cid`
      : `select column_name as name from information_schema.columns where table_name = '${table}' order by ordinal_position`,
  )
  return rows.map((row) => String(row['name']))
}

const name = (number: number): string => number.toString(16).padStart(digits, '0')

async function only(database: Database, text: string): Promise<string> {
  const [row] = await ask(database, text)
  return String(row?.['one'])
}

/** The texts of this file hold nothing that somebody else could have written. */
async function ask(database: Database, text: string): ReturnType<Database['read']> {
  const [statement] = statementsOf(text)
  if (statement === undefined) throw new Error('nothing is asked')
  return database.read(statement)
}
