import assert from 'node:assert/strict'
import { after, describe, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { freshDatabase, startPostgres } from '../../testing/postgres.ts'
import { startProxy } from '../../testing/proxy.ts'
import { DatabaseUnavailable, DatabaseUnsafe, decisive, StatementRefused, type Database } from './database.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { integer, text } from './row.ts'
import { sql, statementsOf } from './sql.ts'

describe('PostgreSQL that is set up wrong', async () => {
  const server = await startPostgres({ fsync: 'off' })
  after(async () => server.stop())

  test('RL-05: with fsync off is refused', async () => {
    await assert.rejects(
      openPostgres(server.url),
      (error) => error instanceof DatabaseUnsafe && /fsync/.test(error.message),
    )
  })
})

describe('PostgreSQL', () => {
  test('RL-05: commits durably whatever is set for the database', async (context) => {
    const url = await freshDatabase()
    const before = await open(context, url)
    await script(before, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off;`)
    const database = await open(context, url)
    assert.equal(await setting(database, sql`select current_setting('synchronous_commit') as value`), 'on')
  })

  test('goes by indexes, however small a table is when a statement is planned', async (context) => {
    const { database } = await withThings(context)
    await database.write(sql`insert into things (id) values (${1})`)
    await database.write(sql`analyze things`)
    const plan = await database.write(sql`explain select amount from things where id = ${1}`)
    assert.match(String(plan[0]?.['QUERY PLAN']), /^Index Scan/)
  })

  test('RL-05: a URL that weakens commits is refused', async () => {
    const url = new URL(await freshDatabase())
    url.searchParams.set('options', '-c synchronous_commit=off')
    await assert.rejects(openPostgres(url.href), DatabaseUnsafe)
  })

  test('a database that cannot hold all text is refused', async (context) => {
    const url = new URL(await freshDatabase())
    const name = `${url.pathname.slice(1)}_latin`
    await script(
      await open(context, url.href),
      `create database ${name} encoding 'LATIN1' locale 'C' locale_provider libc template template0;`,
    )
    url.pathname = `/${name}`
    await assert.rejects(openPostgres(url.href), DatabaseUnsafe)
  })

  test('RL-09: a small limit of connections slows it down and fails nobody', async (context) => {
    const { url, database } = await withThings(context)
    const role = `few_${new URL(url).pathname.slice(1)}`
    await script(database, `create role ${role} superuser login connection limit 3;`)
    const limited = new URL(url)
    limited.username = role
    const few = await open(context, limited.href, { connections: 20 })
    for (let turn = 0; turn < 20; turn++) {
      const insert = (n: number) => few.write(sql`insert into things (id) values (${turn * 100 + n})`)
      await Promise.all(Array.from({ length: 100 }, async (_, n) => (n % 2 === 0 ? insert(n) : few.ping())))
    }
    assert.equal(await count(database), 1000)
  })

  test('RL-09: keeps nothing on a session where a pooler shares them', async (context) => {
    const { url, database } = await withThings(context)
    await script(database, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off;`)
    const pooled = await open(context, url, { pooling: 'transaction' })
    const [first, second, lost] = await Promise.all([
      pooled.write(sql`insert into things (id) values (${1}) returning current_setting('synchronous_commit') as value`),
      pooled.transaction([decisive(sql`insert into things (id) values (${2}) returning id`)]),
      pooled.transaction([decisive(sql`update things set amount = 1 where id = ${9} returning id`)]),
    ])
    assert.equal(first[0]?.['value'], 'on')
    assert.deepEqual(second, [[{ id: 2 }]])
    assert.equal(lost, 'lost')
    await assert.rejects(pooled.write(sql`insert into things (id) values (${1})`), StatementRefused)
    const kept = sql`select count(*) as n, current_setting('synchronous_commit') as value from pg_prepared_statements`
    const [row] = await pooled.read(kept)
    assert.deepEqual(row, { n: 0, value: 'off' })
  })

  test('RL-28: what would deadlock is carried out all the same', async (context) => {
    const { url, database } = await withThings(context)
    await Promise.all(
      numbers(10).map(async (id) => database.write(sql`insert into things (id, amount) values (${id}, 0)`)),
    )
    const nodes = [await open(context, url), await open(context, url)]
    const raise = async (node: Database, id: number) =>
      node.write(sql`update things set amount = amount + 1 where id = ${id}`)
    for (let round = 0; round < 5; round++) {
      const orders = [numbers(10), numbers(10).toReversed()]
      await Promise.all(nodes.flatMap((node, index) => orders[index]?.map(async (id) => raise(node, id)) ?? []))
    }
    const rows = await database.read(sql`select amount from things`)
    assert.deepEqual(
      rows.map((row) => integer(row, 'amount')),
      Array.from({ length: 10 }, () => 10),
    )
  })

  for (const state of ['40001', '40P01', '55P03']) {
    test(`RL-28: ${state} is tried again, and said to be busy when it does not end`, async (context) => {
      const { database } = await withThings(context)
      await script(database, failing(state))
      await database.write(sql`insert into things (id) values (${3})`)
      await assert.rejects(
        database.write(sql`insert into things (id) values (${100})`),
        (error) => error instanceof DatabaseUnavailable && error.reason === 'busy',
      )
      assert.equal(await count(database), 1)
    })
  }

  test('RL-07: a statement that takes too long is given up, and others go on', async (context) => {
    const { database } = await withThings(context, { patience: 400 })
    const slow = database.read(sql`select pg_sleep(20) as slept`)
    await assert.rejects(slow, (error) => error instanceof DatabaseUnavailable && error.reason === 'too_slow')
    await database.ping()
  })
})

describe('PostgreSQL that goes away', async () => {
  const server = await startPostgres()
  after(async () => server.stop())
  const proxy = await startProxy(server.socket)
  const url = `postgres://licet@127.0.0.1:${proxy.port}/postgres`

  test('RL-06: is opened while it is down, and answers once it is up', async (context) => {
    await proxy.refuse()
    const database = await open(context, url)
    await assert.rejects(database.ping(), unavailable('failed'))
    await assert.rejects(database.write(sql`create table never (id bigint)`), unavailable('failed'))
    await proxy.pass()
    await eventually(async () => database.ping())
  })

  test('RL-04: cut connections are replaced', async (context) => {
    const database = await open(context, url)
    for (let round = 0; round < 3; round++) {
      await proxy.refuse()
      await assert.rejects(database.ping(), unavailable('failed'))
      await proxy.pass()
      await eventually(async () => database.ping())
    }
  })

  test('RL-04: sessions that an operator ends are replaced', async (context) => {
    const database = await open(context, url)
    await Promise.all(numbers(50).map(async () => database.ping()))
    const other = await open(context, server.url)
    await other.read(sql`
      select pg_terminate_backend(pid) as ended from pg_stat_activity
      where pid <> pg_backend_pid() and datname = current_database()`)
    await eventually(async () => database.ping())
  })

  test('RL-08: silent connections are given up within the patience, and all of them', async (context) => {
    const database = await open(context, url, { patience: 600 })
    await database.write(sql`create table if not exists silent (id bigint)`)
    await Promise.all(numbers(20).map(async () => database.ping()))
    proxy.silence()
    const since = performance.now()
    const asked = [database.ping(), database.write(sql`insert into silent values (1)`)]
    for (const outcome of await Promise.allSettled(asked)) {
      assert.ok(outcome.status === 'rejected' && unavailable('too_slow')(outcome.reason))
    }
    assert.ok(performance.now() - since < 2 * 600)
    await proxy.pass()
    await eventually(async () => database.write(sql`insert into silent values (2)`))
    await database.ping()
  })

  test('RL-08: closing does not wait for a connection that is silent', async () => {
    const database = await openPostgres(url)
    await database.ping()
    proxy.silence()
    await database.close()
    await proxy.pass()
  })

  test('RL-04: no write that was acknowledged is lost when the server is killed', async (context) => {
    const database = await open(context, server.url)
    await database.write(sql`create table kept (id text primary key)`)
    const kept: string[] = []
    for (let round = 0; round < 3; round++) {
      const crashed = wait(150).then(async () => server.crash())
      let down = false
      for (let turn = 0; !down; turn++) {
        const ids = numbers(20).map((n) => `${round}-${turn}-${n}`)
        const outcomes = await Promise.allSettled(
          ids.map(async (id) => database.write(sql`insert into kept values (${id})`).then(() => kept.push(id))),
        )
        down = outcomes.some(({ status }) => status === 'rejected')
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof DatabaseUnavailable)
        }
      }
      await crashed
      await assert.rejects(database.ping(), DatabaseUnavailable)
      await server.restart()
      await eventually(async () => database.ping())
    }
    const found = new Set((await database.read(sql`select id from kept`)).map((row) => text(row, 'id')))
    assert.ok(kept.length > 100)
    assert.deepEqual(
      kept.filter((id) => !found.has(id)),
      [],
    )
  })
})

async function open(context: TestContext, url: string, options: PostgresOptions = {}): Promise<Database> {
  const database = await openPostgres(url, options)
  context.after(async () => database.close())
  return database
}

async function withThings(
  context: TestContext,
  options: PostgresOptions = {},
): Promise<{ readonly url: string; readonly database: Database }> {
  const url = await freshDatabase()
  const database = await open(context, url, options)
  await database.write(sql`create table things (id bigint primary key, amount bigint)`)
  return { url, database }
}

/** A trigger that fails as many times as the row's id says; a sequence counts, for it forgets nothing at a rollback. */
const failing = (state: string): string => `
create sequence failures;
create function fail() returns trigger language plpgsql as
  'begin if nextval(''failures'') <= new.id then raise exception using errcode = ''${state}''; end if; return new; end';
create trigger fail before insert on things for each row execute function fail();
`

async function script(database: Database, text: string): Promise<void> {
  for (const statement of statementsOf(text)) await database.write(statement)
}

async function setting(database: Database, statement: ReturnType<typeof sql>): Promise<unknown> {
  return (await database.read(statement))[0]?.['value']
}

async function count(database: Database): Promise<number> {
  const [row] = await database.read(sql`select count(*) as n from things`)
  return row === undefined ? 0 : integer(row, 'n')
}

/** Tries until it succeeds, for three seconds at most. */
async function eventually(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await act()
      return
    } catch (error) {
      if (attempt === 60 || !(error instanceof DatabaseUnavailable)) throw error
      await wait(50)
    }
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const unavailable =
  (reason: DatabaseUnavailable['reason']) =>
  (error: unknown): boolean =>
    error instanceof DatabaseUnavailable && error.reason === reason
