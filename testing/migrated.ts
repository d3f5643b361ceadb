/** Databases in memory with all tables: migrated once a process, as every database is, and copied from then on. */
import { systemClock } from '../src/kernel/time.ts'
import type { Database } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openSqlite } from '../src/storage/sqlite.ts'

let migrated: Promise<Uint8Array> | undefined

/** Opens an empty database in memory, migrated. */
export async function openMigrated(): Promise<Database> {
  migrated ??= imageOfMigrated()
  return openSqlite(':memory:', { image: await migrated })
}

async function imageOfMigrated(): Promise<Uint8Array> {
  const database = openSqlite(':memory:')
  await migrate(database, systemClock)
  const image = database.image()
  await database.close()
  return image
}
