import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { freshDatabases } from '../../testing/databases.ts'
import { StatementRefused, type Database } from './database.ts'
import { migrate, MigrationsDisagree, migrationState, readMigrations, type Migration } from './migrate.ts'
import { openDatabase } from './open.ts'
import { sql } from './sql.ts'

const first = migration(1, 'create table a (id bigint);\ninsert into a values (1);')
const second = migration(2, 'insert into a values (2);')
const third = migration(3, 'insert into a values (3);')
const at = (): number => 1_700_000_000

for (const [name, fresh] of Object.entries(freshDatabases)) {
  describe(`migrations in ${name}`, () => {
    const open = async (context: TestContext): Promise<Database> => {
      const database = await openDatabase(await fresh(), { patience: 20_000 })
      context.after(async () => database.close())
      return database
    }

    test('a database that is new lacks all, and is left as it is by asking', async (context) => {
      const database = await open(context)
      assert.deepEqual(await migrationState(database, [first, second]), { pending: [first, second], unknown: [] })
      await assert.rejects(database.read(sql`select version from migrations`), StatementRefused)
    })

    test('are applied in order, once, with the time at which they were', async (context) => {
      const database = await open(context)
      assert.deepEqual((await migrate(database, at, [first])).applied, [first])
      assert.deepEqual((await migrate(database, at, [first, second, third])).applied, [second, third])
      assert.deepEqual((await migrate(database, at, [first, second, third])).applied, [])
      assert.deepEqual(await ids(database), [1, 2, 3])
      const rows = await database.read(sql`select version, name, applied_at from migrations order by version`)
      assert.deepEqual({ ...rows[2] }, { version: 3, name: 'step-3', applied_at: at() })
    })

    test('one that is of the other database alone is done unread', async (context) => {
      const database = await open(context)
      const other = {
        ...migration(2, 'nothing that this one knows;'),
        only: database.kind === 'sqlite' ? 'postgres' : 'sqlite',
      } as const
      assert.deepEqual((await migrate(database, at, [first, other, third])).applied, [first, other, third])
      assert.deepEqual(await migrationState(database, [first, other, third]), { pending: [], unknown: [] })
      assert.deepEqual(await ids(database), [1, 3])
    })

    test('one that fails is undone whole, and those before it stay', async (context) => {
      const database = await open(context)
      const broken = migration(2, 'insert into a values (2);\ninsert into nowhere values (2);')
      await assert.rejects(migrate(database, at, [first, broken, third]), StatementRefused)
      assert.deepEqual(await ids(database), [1])
      assert.deepEqual((await migrationState(database, [first, second])).pending, [second])
      await migrate(database, at, [first, second])
      assert.deepEqual(await ids(database), [1, 2])
    })

    test('R21: each is told as it is applied, also where a later one fails', async (context) => {
      const database = await open(context)
      const told: string[] = []
      const broken = migration(3, 'insert into nowhere values (3);')
      const tell = ({ name: applied }: Migration): void => void told.push(applied)
      await assert.rejects(migrate(database, at, [first, second, broken], tell), StatementRefused)
      assert.deepEqual(told, [first.name, second.name])
    })

    test('one that changed since it was applied is refused', async (context) => {
      const database = await open(context)
      await migrate(database, at, [first, second])
      const changed = migration(1, 'create table a (id text);')
      await assert.rejects(migrate(database, at, [changed, second, third]), disagree('changed'))
      assert.deepEqual(await ids(database), [1, 2])
    })

    test('other line ends are no change', async (context) => {
      const database = await open(context)
      await migrate(database, at, [first])
      const windows = { ...first, script: first.script.replaceAll('\n', '\r\n') }
      assert.deepEqual(await migrationState(database, [windows]), { pending: [], unknown: [] })
    })

    test('what a newer version applied is told, not refused', async (context) => {
      const database = await open(context)
      await migrate(database, at, [first, second, third])
      const { applied, unknown } = await migrate(database, at, [first])
      assert.deepEqual(applied, [])
      assert.deepEqual(unknown, [
        { version: 2, name: 'step-2' },
        { version: 3, name: 'step-3' },
      ])
    })
  })
}

test('files are read in the order of their numbers, and tell by their names which database alone they are of', async (context) => {
  const files = { '0002-more.sql': 'b', '0001-first-tables.sql': 'a', '0003-pages.postgres.sql': 'c', 'README.md': '' }
  assert.deepEqual(readMigrations(await folderOf(context, files)), [
    { version: 1, name: 'first-tables', script: 'a' },
    { version: 2, name: 'more', script: 'b' },
    { version: 3, name: 'pages', script: 'c', only: 'postgres' },
  ])
})

for (const files of [
  ['0001-a.oracle.sql'],
  ['0001-a.sql', '0003-c.sql'],
  ['0001-a.sql', '0001-b.sql'],
  ['0002-a.sql'],
  ['first.sql'],
]) {
  test(`the numbers of ${files.join(', ')} are refused`, async (context) => {
    const folder = await folderOf(context, Object.fromEntries(files.map((file) => [file, ''])))
    assert.throws(() => readMigrations(folder), disagree('gap'))
  })
}

test('our own migrations are in order', () => {
  assert.ok(readMigrations().length > 0)
})

function migration(version: number, script: string): Migration {
  return { version, name: `step-${version}`, script }
}

async function folderOf(context: TestContext, files: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'licet-migrations-'))
  context.after(async () => rm(folder, { recursive: true }))
  for (const [file, script] of Object.entries(files)) await writeFile(join(folder, file), script)
  return pathToFileURL(`${folder}/`)
}

async function ids(database: Database): Promise<unknown[]> {
  return (await database.read(sql`select id from a order by id`)).map((row) => row['id'])
}

const disagree =
  (reason: MigrationsDisagree['reason']) =>
  (error: unknown): boolean =>
    error instanceof MigrationsDisagree && error.reason === reason
