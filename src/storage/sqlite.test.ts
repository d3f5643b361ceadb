import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseUnavailable, StatementRefused, type Database, type DatabaseOptions } from './database.ts'
import { openDatabase } from './open.ts'
import { openSqlite } from './sqlite.ts'
import { integer, text } from './row.ts'
import { sql, statementsOf } from './sql.ts'

describe('SQLite', () => {
  test('every file of a database is its owner’s alone', async (context) => {
    const { directory } = await opened(context)
    for (const file of await readdir(directory)) {
      assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file)
    }
  })

  test('is set up to lose nothing at a power cut', async (context) => {
    const { database } = await opened(context)
    const [row] = await database.read(sql`
      select journal_mode, synchronous, fullfsync, foreign_keys
      from pragma_journal_mode, pragma_synchronous, pragma_fullfsync, pragma_foreign_keys`)
    assert.deepEqual({ ...row }, { journal_mode: 'wal', synchronous: 2, fullfsync: 1, foreign_keys: 1 })
  })

  test('a database in memory begins as a copy of another one, and shares nothing with it', async (context) => {
    const first = openSqlite(':memory:')
    await first.write(sql`create table t (id text not null primary key)`)
    await first.write(sql`insert into t values ('both')`)
    const second = openSqlite(':memory:', { image: first.image() })
    for (const one of [first, second]) context.after(() => one.close())
    await first.write(sql`insert into t values ('first')`)
    assert.deepEqual([await ids(first), await ids(second)], [['both', 'first'], ['both']])
    const [row] = await second.read(sql`select foreign_keys from pragma_foreign_keys`)
    assert.equal(row?.['foreign_keys'], 1)
  })

  test('waits without blocking while another process writes', async (context) => {
    const { database, file } = await opened(context)
    const other = new DatabaseSync(file)
    context.after(() => other.close())
    other.exec(`begin immediate; insert into t values ('other')`)
    const writing = database.write(sql`insert into t values ('ours')`)
    // The loop turns and reads are answered, from before the other’s writing.
    await turn()
    assert.deepEqual(await ids(database), [])
    other.exec('commit')
    await writing
    assert.deepEqual(await ids(database), ['other', 'ours'])
  })

  test('R22: a request sees what another process acknowledged before it came, in whatever turn', async (context) => {
    const { database, file } = await opened(context)
    const other = new DatabaseSync(file)
    context.after(() => other.close())
    // The requests of one turn: the first reads, the second comes after the other process has answered.
    const seen = await new Promise<readonly string[]>((resolve) => {
      setImmediate(() => void ids(database))
      setImmediate(() => {
        other.exec(`insert into t values ('other')`)
        void ids(database).then(resolve)
      })
    })
    assert.deepEqual(seen, ['other'])
  })

  test('says busy when another process writes for longer than the patience', async (context) => {
    const { database, file } = await opened(context, { patience: 30 })
    const other = new DatabaseSync(file)
    context.after(() => other.close())
    other.exec('begin immediate')
    const outcomes = await Promise.allSettled([
      database.write(sql`insert into t values ('a')`),
      database.write(sql`insert into t values ('b')`),
    ])
    for (const outcome of outcomes) assertUnavailable(outcome, 'busy')
    other.exec('rollback')
    await database.write(sql`insert into t values ('c')`)
    assert.deepEqual(await ids(database), ['c'])
  })

  test('RL-27: when the disk is full nothing of the group is kept, all are told, and it goes on when there is room', async (context) => {
    const { database } = await opened(context)
    const [row] = await database.read(sql`select page_count from pragma_page_count`)
    const pages = row === undefined ? 0 : integer(row, 'page_count')
    await limitPages(database, pages)
    const outcomes = await Promise.allSettled([
      database.write(sql`insert into t values ('small')`),
      database.write(sql`insert into t values (${'large'.repeat(10_000)})`),
      database.transaction([sql`insert into t values ('after')`]),
    ])
    for (const outcome of outcomes) assertUnavailable(outcome, 'failed')
    assert.deepEqual(await ids(database), [])
    await limitPages(database, pages + 1000)
    await database.write(sql`insert into t values (${'large'.repeat(10_000)})`)
    assert.equal((await ids(database)).length, 1)
  })

  test('refuses what breaks a foreign key, alone', async (context) => {
    const { database } = await opened(context)
    await database.write(sql`create table child (id text references t)`)
    const [broken, kept] = await Promise.allSettled([
      database.write(sql`insert into child values ('nobody')`),
      database.transaction([sql`insert into t values ('a')`, sql`insert into child values ('a')`]),
    ])
    assert.ok(broken.status === 'rejected' && broken.reason instanceof StatementRefused)
    assert.equal(broken.reason.reason, 'constraint')
    assert.equal(kept.status, 'fulfilled')
  })

  test('keeps what was acknowledged when it is opened again', async (context) => {
    const { database, url } = await opened(context)
    await database.write(sql`insert into t values ('kept')`)
    await database.close()
    const again = await openDatabase(url)
    context.after(async () => again.close())
    assert.deepEqual(await ids(again), ['kept'])
  })

  test('goes on after more texts than it keeps prepared', async (context) => {
    const { database } = await opened(context)
    let values = sql`1`
    for (let count = 1; count <= 600; count++) {
      const rows = await database.read(sql`select id from t where 0 in (${values})`)
      assert.equal(rows.length, 0)
      values = sql`${values}, ${count}`
    }
  })

  test('says why a file cannot be opened', async (context) => {
    const directory = await folder(context)
    const notes = join(directory, 'notes.txt')
    await writeFile(notes, 'this is no database, however long one looks at it'.repeat(100))
    await chmod(notes, 0o600)
    for (const file of [join(directory, 'missing', 'licet.db'), directory, notes]) {
      await assert.rejects(openDatabase(`sqlite:${file}`), (error) => error instanceof DatabaseUnavailable)
    }
  })

  test('no other URL is a database', async () => {
    await assert.rejects(openDatabase('mysql://localhost/licet'), TypeError)
  })
})

async function folder(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'licet-sqlite-'))
  context.after(async () => rm(directory, { recursive: true }))
  return directory
}

async function opened(
  context: TestContext,
  options: DatabaseOptions = {},
): Promise<{ database: Database; directory: string; file: string; url: string }> {
  const directory = await folder(context)
  const file = join(directory, 'licet.db')
  const url = `sqlite:${file}`
  const database = await openDatabase(url, options)
  context.after(async () => database.close())
  await database.write(sql`create table t (id text primary key)`)
  return { database, directory, file, url }
}

async function limitPages(database: Database, pages: number): Promise<void> {
  await Promise.all(statementsOf(`pragma max_page_count = ${pages};`).map(async (pragma) => database.write(pragma)))
}

async function ids(database: Database): Promise<readonly string[]> {
  return (await database.read(sql`select id from t order by rowid`)).map((row) => text(row, 'id'))
}

function assertUnavailable(outcome: PromiseSettledResult<unknown>, reason: DatabaseUnavailable['reason']): void {
  assert.ok(outcome.status === 'rejected' && outcome.reason instanceof DatabaseUnavailable)
  assert.equal(outcome.reason.reason, reason)
}
