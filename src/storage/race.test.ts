import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freshDatabases } from '../../testing/databases.ts'
import { inProcesses, nextMessage, startProcess } from '../../testing/processes.ts'
import type { Race } from '../../testing/storage-racer.ts'
import type { Database } from './database.ts'
import { migrate, migrationState, readMigrations } from './migrate.ts'
import { openDatabase } from './open.ts'
import { integer, text } from './row.ts'
import { sql } from './sql.ts'

const racer = new URL('../../testing/storage-racer.ts', import.meta.url)
const race = (race: Race): Race => race

for (const [name, fresh] of Object.entries(freshDatabases)) {
  describe(`processes on one ${name}`, { concurrency: false }, () => {
    test('of many conditional updates of a row, in three processes, exactly one wins', async (context) => {
      const { database, url } = await withCodes(context, await fresh())
      const wins = await inProcesses<number[]>(3, racer, race({ url, event: 'redeem' }))
      assert.deepEqual(wins.flat().toSorted(byNumber), numbers(100))
      const rows = await database.read(sql`select count(*) as n from codes where redeemed_by is null`)
      assert.deepEqual(
        rows.map((row) => integer(row, 'n')),
        [0],
      )
    })

    test('of many transactions on rows that others change too, exactly one wins each, whole', async (context) => {
      const { database, url } = await withCodes(context, await fresh())
      const wins = await inProcesses<number[]>(3, racer, race({ url, event: 'transact' }))
      assert.deepEqual(wins.flat().toSorted(byNumber), numbers(100))
      const rows = await database.read(sql`select value from counters order by id`)
      assert.deepEqual(
        rows.map((row) => integer(row, 'value')),
        [34, 33, 33],
      )
    })

    test('RL-01: no write that was acknowledged is lost when its process is killed', async (context) => {
      const url = await fresh()
      const database = await open(context, url)
      await database.write(sql`create table kept (id text primary key)`)
      const acknowledged: string[] = []
      for (let round = 0; round < 5; round++) {
        const child = startProcess(racer, { input: race({ url, event: 'write without end' }), index: round })
        child.on('message', (message: { name: string; value: string[] }) => {
          if (message.name === 'kept') acknowledged.push(...message.value)
        })
        await nextMessage(child, 'prepared')
        child.send('go')
        for (let turn = 0; turn < 10 + round * 7; turn++) await nextMessage(child, 'kept')
        child.kill('SIGKILL')
      }
      const rows = await database.read(sql`select id from kept`)
      const kept = new Set(rows.map((row) => text(row, 'id')))
      assert.ok(acknowledged.length >= 1000)
      assert.deepEqual(
        acknowledged.filter((id) => !kept.has(id)),
        [],
      )
    })

    test('migrations are applied once, by whichever process comes first', async (context) => {
      const url = await fresh()
      const folder = await folderOf(context, [
        'create table a (id bigint);',
        'insert into a values (1);',
        'insert into a values (2);',
      ])
      const applied = await inProcesses<number[]>(3, racer, race({ url, event: 'migrate', folder: folder.href }))
      assert.deepEqual(applied.flat().toSorted(byNumber), [1, 2, 3])
      const database = await open(context, url)
      const rows = await database.read(sql`select id from a order by id`)
      assert.deepEqual(
        rows.map((row) => integer(row, 'id')),
        [1, 2],
      )
    })

    test('migrations go on where a killed process stopped', async (context) => {
      const url = await fresh()
      const folder = await folderOf(context, [
        'create table steps (id bigint);',
        ...numbers(39).map((step) => `insert into steps values (${step});`),
      ])
      const database = await open(context, url)
      const child = startProcess(racer, { input: race({ url, event: 'migrate', folder: folder.href }), index: 0 })
      await nextMessage(child, 'prepared')
      child.send('go')
      const migrations = readMigrations(folder)
      const left = async (): Promise<number> => (await migrationState(database, migrations)).pending.length
      while ((await left()) === 40) await turn()
      child.kill('SIGKILL')
      await migrate(database, () => 1, migrations)
      assert.equal(await left(), 0)
      const rows = await database.read(sql`select id from steps order by id`)
      assert.deepEqual(
        rows.map((row) => integer(row, 'id')),
        numbers(39),
      )
    })
  })
}

async function open(context: TestContext, url: string): Promise<Database> {
  const database = await openDatabase(url, { patience: 20_000 })
  context.after(async () => database.close())
  return database
}

async function withCodes(context: TestContext, url: string): Promise<{ database: Database; url: string }> {
  const database = await open(context, url)
  await database.transaction([
    sql`create table codes (id bigint primary key, redeemed_by bigint)`,
    sql`create table counters (id bigint primary key, value bigint not null)`,
    ...numbers(100).map((id) => sql`insert into codes (id) values (${id})`),
    ...numbers(3).map((id) => sql`insert into counters (id, value) values (${id}, 0)`),
  ])
  return { database, url }
}

async function folderOf(context: TestContext, scripts: readonly string[]): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'licet-migrations-'))
  context.after(async () => rm(folder, { recursive: true }))
  for (const [index, script] of scripts.entries()) {
    await writeFile(join(folder, `${String(index + 1).padStart(4, '0')}-step.sql`), script)
  }
  return pathToFileURL(`${folder}/`)
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const byNumber = (one: number, other: number): number => one - other
