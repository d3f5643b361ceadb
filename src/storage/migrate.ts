/**
 * The tables, made and changed by numbered SQL files: `migrations/0001-….sql`, applied in order, each whole or not at
 * all, each once. A file is never changed after it was released: its checksum is kept. What is only about how a database
 * keeps its pages is of that one alone, and says so in its name: `0018-….postgres.sql`; for the other it is done unread.
 *
 * A database may be newer than this code: during a roll-out the nodes of the old version go on working beside the new,
 * so that a migration only adds what the version before can live with.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../kernel/time.ts'
import { present } from './column.ts'
import { decisive, StatementRefused, type Database } from './database.ts'
import { integer, text } from './row.ts'
import { sql, statementsOf, type Statement } from './sql.ts'

/** One file of migrations. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number
  /** The file's name without number and ending. */
  readonly name: string
  readonly script: string
  /** The one kind of database whose tables it changes; absent: both. */
  readonly only?: Database['kind']
}

/** Where a database stands. */
export interface MigrationState {
  /** What the code has and the database has not, in order. */
  readonly pending: readonly Migration[]
  /** What the database has and the code does not know: it was migrated by a newer version. */
  readonly unknown: readonly { readonly version: number; readonly name: string }[]
}

/** The migrations and the database contradict each other; a person has to look. */
export class MigrationsDisagree extends Error {
  override readonly name = 'MigrationsDisagree'
  /** `changed`: a file differs from what was applied. `gap`: numbers are missing or doubled. */
  readonly reason: 'changed' | 'gap'

  constructor(reason: 'changed' | 'gap', what: string) {
    super(`migration ${reason}: ${what}`)
    this.reason = reason
  }
}

/**
 * Reads the migrations in a folder, ours by default.
 *
 * @throws {MigrationsDisagree} `gap` unless they are numbered 1, 2, 3 …
 */
export function readMigrations(folder: URL = new URL('./migrations/', import.meta.url)): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file, index) => {
      const [, number = '', name = '', kind] = /^(\d{4})-([^.]+)(?:\.(sqlite|postgres))?\.sql$/.exec(file) ?? []
      if (Number(number) !== index + 1) throw new MigrationsDisagree('gap', `${file} stands at place ${index + 1}`)
      const script = readFileSync(new URL(file, folder), 'utf8')
      return { version: index + 1, name, script, ...present('only', kind as Database['kind'] | undefined) }
    })
}

/**
 * Tells what a database lacks, without changing it.
 *
 * @throws {MigrationsDisagree}
 * @throws {DatabaseUnavailable}
 */
export async function migrationState(database: Database, migrations: readonly Migration[]): Promise<MigrationState> {
  const applied = await readApplied(database)
  for (const [version, { name, checksum }] of applied) {
    const known = migrations[version - 1]
    if (known !== undefined && checksumOf(known) !== checksum) {
      throw new MigrationsDisagree('changed', `${version} was applied as ${name} with other contents`)
    }
  }
  const pending = migrations.filter(({ version }) => !applied.has(version))
  const last = Math.max(0, ...applied.keys())
  if (pending.some(({ version }) => version < last)) throw new MigrationsDisagree('gap', `${last} was applied before`)
  const unknown = [...applied].filter(([version]) => version > migrations.length)
  return { pending, unknown: unknown.map(([version, { name }]) => ({ version, name })) }
}

/**
 * Applies what is pending. Several processes may do this at once: each migration is applied by one of them. When a
 * process ends in the middle, the next goes on where it stopped.
 *
 * A migration may take longer than callers of a serving database wait: open it with a `patience` of minutes.
 *
 * @param tell is told of each as soon as it is applied: the next may take minutes
 * @returns what this call applied, and what the database has from a newer version: to be warned of
 * @throws {MigrationsDisagree}
 * @throws {StatementRefused} when a migration does not fit the database; it is undone, those before it stay
 * @throws {DatabaseUnavailable}
 */
export async function migrate(
  database: Database,
  clock: Clock,
  migrations: readonly Migration[] = readMigrations(),
  tell: (migration: Migration) => void = () => undefined,
): Promise<{ readonly applied: readonly Migration[]; readonly unknown: MigrationState['unknown'] }> {
  const { pending, unknown: known } = await migrationState(database, migrations)
  if (pending.length === 0) return { applied: [], unknown: known }
  const applied: Migration[] = []
  await database.transaction([...lock(database), ledger])
  for (const migration of pending) {
    const { version, name, script, only = database.kind } = migration
    const outcome = await database.transaction([
      ...lock(database),
      // Whoever writes this row applies the migration; who comes second finds it written.
      decisive(sql`
        insert into migrations (version, name, applied_at, checksum)
        values (${version}, ${name}, ${clock()}, ${checksumOf(migration)})
        on conflict (version) do nothing returning version`),
      ...(only === database.kind ? statementsOf(script) : []),
    ])
    if (outcome === 'lost') continue
    applied.push(migration)
    tell(migration)
  }
  // Looked at again, for the other process may have been of another version.
  const { unknown } = await migrationState(database, migrations)
  return { applied, unknown }
}

const ledger = sql`
  create table if not exists migrations (
    version bigint not null primary key,
    name text not null,
    applied_at bigint not null,
    checksum text not null
  )`

/**
 * Lets one process at a time change the tables, until its transaction ends. SQLite has one writer anyway. The number is
 * ours alone: the first bytes of the SHA-256 of `licet migrations`.
 */
const lock = ({ kind }: Database): readonly Statement[] =>
  kind === 'postgres' ? [sql`select pg_advisory_xact_lock(${0x5c69_2e18_4e4e}) as locked`] : []

async function readApplied(database: Database): Promise<Map<number, { name: string; checksum: string }>> {
  try {
    const rows = await database.read(sql`select version, name, checksum from migrations order by version`)
    return new Map(
      rows.map((row) => [integer(row, 'version'), { name: text(row, 'name'), checksum: text(row, 'checksum') }]),
    )
  } catch (error) {
    // Before the first migration there is no table to read.
    if (error instanceof StatementRefused && error.reason === 'mistake') return new Map()
    throw error
  }
}

/** Line ends do not count: git may change them. */
const checksumOf = ({ script }: Migration): string =>
  createHash('sha256').update(script.replaceAll('\r\n', '\n')).digest('hex')
