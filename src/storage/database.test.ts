import assert from 'node:assert/strict'
import { after, describe, test, type TestContext } from 'node:test'
import { freshDatabases } from '../../testing/databases.ts'
import {
  DatabaseUnavailable,
  decisive,
  StatementRefused,
  type Database,
  type DatabaseOptions,
  type Row,
  type Statement,
  type Value,
} from './database.ts'
import { openDatabase } from './open.ts'
import { sql } from './sql.ts'

for (const [name, fresh] of Object.entries(freshDatabases)) {
  describe(`a database in ${name}`, async () => {
    let commits: number[] = []
    const options: DatabaseOptions = { patience: 20_000, committed: (size) => void commits.push(size) }
    const url = await fresh()
    const database = await openDatabase(url, options)
    after(async () => database.close())
    await database.write(sql`create table things (id text primary key, note text, amount bigint, small integer)`)

    const insert = (id: string, amount: Value = null): Statement =>
      sql`insert into things (id, amount) values (${id}, ${amount})`
    const amountOf = async (id: string): Promise<Row[string] | undefined> =>
      (await database.read(sql`select amount from things where id = ${id}`))[0]?.['amount']

    for (const value of ['', 'a', '\' " \\ $1 ?1 ; --', 'ä€😀', '{"a":[1]}', '\u0001\n\r\t', 'x'.repeat(100_000)]) {
      test(`text comes back as it was: ${JSON.stringify(value.slice(0, 20))}`, async () => {
        const rows = await database.write(
          sql`insert into things (id, note) values (${`text ${value}`.slice(0, 99)}, ${value}) returning note`,
        )
        assert.equal(rows[0]?.['note'], value)
        assert.deepEqual(await values(database, sql`select note from things where note = ${value}`), [value])
      })
    }

    for (const value of [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 12n]) {
      test(`the integer ${value} comes back as a number`, async () => {
        await database.write(insert(`integer ${value}`, value))
        assert.equal(await amountOf(`integer ${value}`), Number(value))
      })
    }

    test('a number is an integer wherever it stands', async () => {
      await database.write(insert('seven', 7))
      const [row] = await database.read(sql`
        select amount / ${2} as half, cast(amount + ${0} as text) as digits from things where id = 'seven' limit ${1}`)
      assert.deepEqual({ ...row }, { half: 3, digits: '7' })
    })

    test('null comes back as null', async () => {
      await database.write(insert('null'))
      assert.equal(await amountOf('null'), null)
    })

    test('text without a meaning in UTF-8 is stored alike', async () => {
      const rows = await database.write(
        sql`insert into things (id, note) values (${'odd'}, ${'a\0b\ud800c'}) returning note`,
      )
      assert.equal(rows[0]?.['note'], 'a\uFFFDb\uFFFDc')
    })

    test('what is counted, summed and asked comes back as numbers', async () => {
      await database.transaction([insert('sum 1', 2 ** 40), insert('sum 2', 5)])
      const [row] = await database.read(sql`
        select count(*) as n, sum(amount) as total, amount > 0 as positive, exists (select 1) as there
        from things where id like 'sum %' group by amount > 0`)
      assert.deepEqual({ ...row }, { n: 2, total: 2 ** 40 + 5, positive: 1, there: 1 })
    })

    test('a read answers no rows, or rows in the order that was asked for', async () => {
      await database.transaction([insert('order 2', 2), insert('order 1', 1), insert('order 3', 3)])
      const found = sql`select amount from things where id like 'order %' order by amount desc limit ${2}`
      assert.deepEqual(await values(database, found), [3, 2])
      assert.deepEqual(await database.read(sql`select id from things where id = ${'nobody'}`), [])
    })

    test('a write that was awaited is seen by the next read and the next write', async () => {
      for (let turn = 0; turn < 50; turn++) {
        await database.write(insert(`seen ${turn}`, turn))
        assert.equal(await amountOf(`seen ${turn}`), turn)
        const rows = await database.write(
          sql`update things set amount = amount + 1 where id = ${`seen ${turn}`} and amount = ${turn} returning amount`,
        )
        assert.equal(rows[0]?.['amount'], turn + 1)
      }
    })

    test('a thousand writes of one turn are a few commits', async () => {
      commits = []
      await Promise.all(numbers(1000).map(async (n) => database.write(insert(`many ${n}`, n))))
      assert.ok(commits.length <= 5, `${commits.length} commits`)
      assert.equal(sum(commits), 1000)
      assert.deepEqual(await values(database, sql`select count(*) as n from things where id like 'many %'`), [1000])
    })

    test('a thousand reads of one turn answer each its own', async () => {
      await Promise.all(numbers(1000).map(async (n) => database.write(insert(`own ${n}`, n))))
      const found = await Promise.all(numbers(1000).map(async (n) => amountOf(`own ${n}`)))
      assert.deepEqual(found, numbers(1000))
    })

    test('a write that a constraint refuses is refused alone', async () => {
      await database.write(insert('taken'))
      commits = []
      const outcomes = await Promise.allSettled(
        numbers(100).map(async (n) => database.write(insert(n % 10 === 3 ? 'taken' : `neighbour ${n}`))),
      )
      const refused = outcomes.map((outcome) => outcome.status === 'rejected')
      assert.deepEqual(
        refused,
        numbers(100).map((n) => n % 10 === 3),
      )
      for (const outcome of outcomes) if (outcome.status === 'rejected') assertRefused(outcome.reason, 'constraint')
      assert.deepEqual(await values(database, sql`select count(*) as n from things where id like 'neighbour %'`), [90])
    })

    test('a statement that is wrong is refused alone, as a mistake of ours', async () => {
      const [good, bad, other, badRead, read] = await Promise.allSettled([
        database.write(insert('beside wrong 1')),
        database.write(sql`insert into nowhere values (${1})`),
        database.transaction([insert('beside wrong 2'), insert('beside wrong 3')]),
        database.read(sql`select nothing from things`),
        database.read(sql`select 7 as seven`),
      ])
      assert.equal(good.status, 'fulfilled')
      assert.equal(other.status, 'fulfilled')
      assert.equal(read.status === 'fulfilled' && read.value[0]?.['seven'], 7)
      assert.ok(bad.status === 'rejected' && badRead.status === 'rejected')
      assertRefused(bad.reason, 'mistake')
      assertRefused(badRead.reason, 'mistake')
      assert.deepEqual(
        await values(database, sql`select count(*) as n from things where id like 'beside wrong %'`),
        [3],
      )
    })

    test('a transaction answers the rows of each statement, in order', async () => {
      const outcome = await database.transaction([
        sql`insert into things (id, amount) values ('t1', 1), ('t2', 2) returning id`,
        sql`update things set amount = 3 where id = 't1'`,
        sql`update things set amount = amount * 2 where id = 't1' returning amount`,
      ])
      assert.notEqual(outcome, 'lost')
      assert.deepEqual(plain(outcome), [[{ id: 't1' }, { id: 't2' }], [], [{ amount: 6 }]])
    })

    test('a transaction of nothing answers nothing', async () => {
      assert.deepEqual(await database.transaction([]), [])
    })

    test('a transaction with a statement that is refused leaves nothing, and its neighbours stand', async () => {
      const outcomes = await Promise.allSettled([
        database.write(insert('whole 1')),
        database.transaction([insert('whole 2'), insert('whole 1')]),
        database.transaction([insert('whole 3'), insert('whole 4')]),
      ])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      const found = await values(database, sql`select id from things where id like 'whole %' order by id`)
      assert.deepEqual(found, ['whole 1', 'whole 3', 'whole 4'])
    })

    test('a decisive statement without a row undoes what came before it and prevents what comes after', async () => {
      await database.write(insert('decided', 1))
      const raise = decisive(sql`update things set amount = 2 where id = 'decided' and amount = 1 returning id, amount`)
      const attempt = async (n: number): Promise<unknown> =>
        database.transaction([insert(`before ${n}`), raise, insert(`after ${n}`)])
      const outcomes = await Promise.all(numbers(20).map(attempt))
      assert.deepEqual(plain(outcomes[0]), [[], [{ id: 'decided', amount: 2 }], []])
      assert.deepEqual(
        outcomes.slice(1),
        Array.from({ length: 19 }, () => 'lost'),
      )
      const left = await values(
        database,
        sql`select id from things where id like 'before %' or id like 'after %' order by id`,
      )
      assert.deepEqual(left, ['after 0', 'before 0'])
    })

    test('every kind of statement can be decisive', async () => {
      await database.write(insert('there'))
      const absent = sql`insert into things (id) values ('there') on conflict (id) do nothing returning id`
      const gone = sql`delete from things where id = 'nobody' returning id`
      const found = sql`select id from things where id = 'there'`
      assert.equal(await database.transaction([decisive(absent)]), 'lost')
      assert.equal(await database.transaction([decisive(gone)]), 'lost')
      assert.deepEqual(plain(await database.transaction([decisive(found)])), [[{ id: 'there' }]])
      const many = sql`update things set note = 'x' where id like 'own 1%' returning 1 as one`
      const outcome = await database.transaction([decisive(many)])
      assert.equal(outcome !== 'lost' && outcome[0]?.length, 111)
    })

    test('of a hundred conditional updates of one turn, one wins', async () => {
      await database.write(insert('spent'))
      const spend = sql`update things set amount = 1 where id = 'spent' and amount is null returning id`
      const wins = await Promise.all(numbers(100).map(async () => database.write(spend)))
      assert.equal(wins.filter((rows) => rows.length === 1).length, 1)
    })

    test('nothing that changes rows is read', async () => {
      await assert.rejects(database.read(sql`update things set amount = 0 returning id`), TypeError)
    })

    test('RL-11: it tells what time it is, of which this test and PostgreSQL have the same idea', async () => {
      const before = Date.now()
      const told = await database.time()
      assert.ok(told >= before - 1 && told <= Date.now() + 1, `${told} at ${before}`)
    })

    test('ping makes a round trip', async () => {
      await database.ping()
    })

    test('a node sees at once what another was told is done', async (context) => {
      const other = await openAnother(context, url)
      for (let turn = 0; turn < 20; turn++) {
        await other.write(insert(`node ${turn}`, turn))
        assert.equal(await amountOf(`node ${turn}`), turn)
        await new Promise(setImmediate)
      }
    })

    test('tables that changed under prepared statements are read as they are now', async (context) => {
      const other = await openAnother(context, url)
      await database.write(sql`create table changing (id bigint)`)
      await database.write(sql`insert into changing values (1)`)
      const all = async (): Promise<unknown> => plain(await database.read(sql`select * from changing`))
      assert.deepEqual(await all(), [{ id: 1 }])
      await other.write(sql`alter table changing add column more text`)
      assert.deepEqual(await all(), [{ id: 1, more: null }])
      const rows = await database.write(sql`update changing set more = 'x' returning *`)
      assert.deepEqual(plain(rows), [{ id: 1, more: 'x' }])
    })

    test('who waits beyond the queue is turned away at once', async (context) => {
      const small = await openDatabase(url, { ...options, queue: 3 })
      context.after(async () => small.close())
      const outcomes = await Promise.allSettled(numbers(5).map(async (n) => small.write(insert(`queue ${n}`))))
      assert.deepEqual(
        outcomes.map(({ status }) => status === 'fulfilled'),
        [true, true, true, false, false],
      )
      assert.ok(outcomes[4]?.status === 'rejected' && isUnavailable(outcomes[4].reason, 'overloaded'))
    })

    test('closing finishes what was asked for and refuses what is asked then', async () => {
      const closing = await openDatabase(url, options)
      const asked = [closing.write(insert('closing 1')), closing.transaction([insert('closing 2')]), closing.ping()]
      const closed = closing.close()
      await assert.rejects(closing.write(insert('closing 3')), (error) => isUnavailable(error, 'closed'))
      await assert.rejects(closing.read(sql`select 1 as one`), (error) => isUnavailable(error, 'closed'))
      await Promise.all([...asked, closed])
      assert.deepEqual(await values(database, sql`select count(*) as n from things where id like 'closing %'`), [2])
    })
  })
}

async function openAnother(context: TestContext, url: string): Promise<Database> {
  const other = await openDatabase(url, { patience: 20_000 })
  context.after(async () => other.close())
  return other
}

async function values(database: Database, statement: Statement): Promise<unknown[]> {
  return (await database.read(statement)).flatMap((row) => Object.values(row))
}

/** Rows as plain objects: the databases' own have other prototypes. */
const plain = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows))
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const sum = (terms: readonly number[]): number => terms.reduce((total, term) => total + term, 0)

function assertRefused(error: unknown, reason: StatementRefused['reason']): void {
  assert.ok(error instanceof StatementRefused, String(error))
  assert.equal(error.reason, reason)
}

const isUnavailable = (error: unknown, reason: DatabaseUnavailable['reason']): boolean =>
  error instanceof DatabaseUnavailable && error.reason === reason
