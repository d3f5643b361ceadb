import type { Database } from './database.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

/**
 * Opens the database at a URL: `sqlite:./licet.db`, `sqlite::memory:` or `postgres://…`. It must be migrated before it
 * serves (`migrate.ts`).
 *
 * @throws {DatabaseUnavailable} when a file cannot be opened; a server that is down is no failure here
 * @throws {DatabaseUnsafe} when the database could lose what it acknowledged
 * @throws {TypeError} for another kind of URL
 */
export async function openDatabase(url: string, options: PostgresOptions = {}): Promise<Database> {
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length), options)
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url, options)
  throw new TypeError('a database is at sqlite:… or postgres://…')
}
