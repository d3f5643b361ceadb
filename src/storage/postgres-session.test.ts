import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { freshDatabase } from '../../testing/postgres.ts'
import { openSession, type Session } from './postgres-session.ts'
import { sql } from './sql.ts'

const one = sql`select ${1} + 0 as number`
const two = sql`select ${2} + 0 as number, 'two' as name`
const failing = sql`select 1 / ${0} as number`

test('runs that were sent before the first was answered are answered each for itself', async (context) => {
  const { run } = await session(context)
  const ran = await Promise.all([run([one]), run([two, one]), run([]), run([two])])
  assert.deepEqual(
    ran.map(({ results }) => results.map(([row]) => row?.['number'])),
    [[1], [2, 1], [], [2]],
  )
})

test('a run that fails fails alone, and what was sent behind it is carried out', async (context) => {
  const { run } = await session(context)
  const [before, failed, after] = await Promise.all([run([one]), run([two, failing, one]), run([one])])
  assert.deepEqual(before.results, [[{ number: 1 }]])
  assert.deepEqual(failed.results, [[{ number: 2, name: 'two' }]])
  assert.match(failed.failure?.message ?? '', /zero/)
  assert.deepEqual(after.results, [[{ number: 1 }]])
})

test('a statement that was to be prepared behind a failure is prepared by whoever asks next', async (context) => {
  const { run, forget } = await session(context)
  // The second relies on what the first was to prepare, and is told that it is not there.
  const [first, second] = await Promise.all([run([failing, two]), run([two])])
  assert.deepEqual([first.results, second.results], [[], []])
  assert.match(second.failure?.message ?? '', /prepared statement/)
  forget()
  assert.deepEqual((await run([two])).results, [[{ number: 2, name: 'two' }]])
})

test('when the connection ends, each run that was sent is told', async (context) => {
  const { run, client } = await session(context)
  const runs = [run([one]), run([one]), run([one])]
  client.on('error', () => undefined)
  void client.end()
  for (const { failure } of await Promise.all(runs)) assert.ok(failure !== undefined)
  assert.ok((await run([one])).failure !== undefined)
})

async function session(context: TestContext): Promise<Session & { readonly client: Client }> {
  const client = new Client(await freshDatabase())
  await client.connect()
  context.after(async () => client.end())
  return { ...openSession(client, { named: true }), client }
}
