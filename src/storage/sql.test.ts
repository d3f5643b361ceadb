import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { joined, sql, Statement, statementsOf } from './sql.ts'

test('values go apart from the text, each at a number of its own', () => {
  const statement = sql`select ${1} where id = ${'a'} or id = ${null}`
  assert.equal(statement.text, 'select $1 where id = $2 or id = $3')
  assert.deepEqual(statement.values, [1, 'a', null])
})

test('the same template gives the same text, whatever its values', () => {
  const byId = (id: string): Statement => sql`select 1 where ${id} = ${id}`
  assert.equal(byId('a').text, byId('b').text)
})

test('statements are parts of others, and their values are numbered anew', () => {
  const columns = sql`id, name`
  const condition = sql`name = ${'x'} and since > ${5}`
  const statement = sql`select ${columns} from t where since < ${9} and (${condition}) limit ${1}`
  assert.equal(statement.text, 'select id, name from t where since < $1 and (name = $2 and since > $3) limit $4')
  assert.deepEqual(statement.values, [9, 'x', 5, 1])
})

test('as many parts as there are are joined', () => {
  const statement = sql`select 1 where ${joined([sql`a = ${1}`, sql`b = ${2}`, sql`c = ${3}`], ' or ')}`
  assert.equal(statement.text, 'select 1 where a = $1 or b = $2 or c = $3')
  assert.deepEqual(statement.values, [1, 2, 3])
})

test('a value never becomes text', () => {
  assert.equal(sql`select ${"'; drop table t; --"}`.text, 'select $1')
})

test('text that a database cannot hold is replaced', () => {
  assert.deepEqual(sql`select ${'a\0b'}`.values, ['a\uFFFDb'])
})

for (const value of [1.5, Number.NaN, Infinity, 2 ** 53, 2n ** 53n, true, undefined, {}, ['a'], Symbol('a')]) {
  test(`${inspect(value)} is no value of a column`, () => {
    assert.throws(() => sql`select ${value as string}`, TypeError)
  })
}

test('nobody but sql makes statements', () => {
  const forged = Statement as unknown as new (by: symbol, text: string, values: readonly string[]) => Statement
  assert.throws(() => new forged(Symbol('sql'), 'drop table t', []), TypeError)
  assert.throws(() => sql`select ${{ text: 'drop table t', values: [] } as unknown as Statement}`, TypeError)
})

test('a script is taken apart at the semicolons that end lines', () => {
  const script = `-- first; a comment\ncreate table t (\n  a text default ';x'\n);\n\n  -- more\ninsert into t values (1);  \n`
  assert.deepEqual(
    statementsOf(script).map(({ text }) => text),
    ["create table t (\n  a text default ';x'\n)", 'insert into t values (1)'],
  )
})
