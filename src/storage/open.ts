import type { Database } from './database.ts'
import type { PostgresOptions } from './postgres.ts'

/**
 * Opens the database at a URL: `sqlite:./licet.db`, `sqlite::memory:` or `postgres://…`. It must be migrated before it
 * serves (`migrate.ts`).
 *
 * @throws {DatabaseUnavailable} when a file cannot be opened; a server that is down is no failure here
 * @throws {DatabaseUnsafe} when the database could lose what it acknowledged
 * @throws {TypeError} for another kind of URL
 */
export async function openDatabase(url: string, options: PostgresOptions = {}): Promise<Database> {
  // A server uses one of the two: the driver of the other is never loaded.
  if (url.startsWith('sqlite:')) {
    const { openSqlite } = await import('./sqlite.ts')
    return openSqlite(url.slice('sqlite:'.length), options)
  }
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import('./postgres.ts')
    return openPostgres(url, options)
  }
  throw new TypeError('a database is at sqlite:… or postgres://…')
}
