/** Every database that Licet keeps its word on: tests of storage run over both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Database } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openDatabase } from '../src/storage/open.ts'
import { systemClock } from '../src/kernel/time.ts'
import { freshDatabase } from './postgres.ts'

/** Opens a database that is migrated and empty, and closes it after the tests of the file. */
export type OpenDatabase = () => Promise<Database>

/** The databases by name. */
export const databases: Readonly<Record<'SQLite' | 'PostgreSQL', OpenDatabase>> = {
  SQLite: async () => openMigrated('sqlite::memory:'),
  PostgreSQL: async () => openMigrated(await freshDatabase()),
}

/**
 * Opens one of each, by name, before any test of the file is told: the runner takes a file for done, and closes what it
 * opened, when it waits between two tests for something else.
 */
export async function openEach(): Promise<readonly (readonly [name: string, database: Database])[]> {
  return Promise.all(Object.entries(databases).map(async ([name, open]) => [name, await open()] as const))
}

/** Where an empty database of each kind is to be made, for tests that open it themselves, or in several processes. */
export const freshDatabases: Readonly<Record<'SQLite' | 'PostgreSQL', () => Promise<string>>> = {
  SQLite: freshFile,
  PostgreSQL: freshDatabase,
}

async function openMigrated(url: string): Promise<Database> {
  const database = await openDatabase(url, { patience: 30_000 })
  after(async () => database.close())
  await migrate(database, systemClock)
  return database
}

async function freshFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'licet-database-'))
  after(async () => rm(directory, { recursive: true, force: true }))
  return `sqlite:${join(directory, 'licet.db')}`
}
