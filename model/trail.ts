/** What a walk must have left in the database. */
import assert from 'node:assert/strict'
import { sql, statementsOf } from '../src/storage/sql.ts'
import type { Nodes } from './nodes.ts'
import type { Walked } from './walk.ts'

/** Events that tell of the end of an authorization. */
const ends = ['code_replayed', 'refresh_token_reused', 'token_revoked']

/**
 * Checks that each change left one audit event (I10), and that what is expected to have ended is ended in the database.
 */
export async function checkTrail({ scene: { nodes, account }, states }: Walked): Promise<void> {
  const { account_id } = account
  const { database } = nodes
  const events = await database.read(sql`select event from audit_events where account_id = ${account_id}`)
  const told = (...names: readonly string[]): number =>
    events.filter(({ event }) => names.includes(String(event))).length
  const [counts = {}] = await database.read(sql`
    select (select count(*) from consents where account_id = ${account_id}) as consents,
      (select count(*) from grants where account_id = ${account_id} and ended_at is not null) as grants,
      (select count(*) from authorizations where account_id = ${account_id} and ended_at is not null) as authorizations`)
  assert.deepEqual(
    { consents: told('consent_given'), grants: told('grant_ended'), authorizations: told(...ends) },
    { ...counts },
  )
  const expected = states.map((state) => ({
    grants: state.grants.filter(({ ended }) => ended).length,
    authorizations: state.authorizations.filter(({ ended }) => ended).length,
  }))
  const { grants, authorizations } = counts
  assert.ok(expected.some((one) => one.grants === grants && one.authorizations === authorizations))
}

/** Checks that no code and no token is anywhere in the database, nor in what was logged (I9). */
export async function checkNoneKept(nodes: Nodes, secrets: readonly string[]): Promise<void> {
  assert.ok(secrets.length > 0)
  const { database } = nodes
  const tables = await database.read(
    database.kind === 'sqlite'
      ? sql`select name from sqlite_master where type = 'table'`
      : sql`select table_name as name from information_schema.tables where table_schema = current_schema()`,
  )
  const selects = statementsOf(tables.map(({ name }) => `select * from ${String(name)};`).join('\n'))
  const rows = await Promise.all(selects.map((select) => database.read(select)))
  const written = JSON.stringify([rows, nodes.log])
  assert.deepEqual(
    secrets.filter((secret) => written.includes(secret)),
    [],
  )
}
