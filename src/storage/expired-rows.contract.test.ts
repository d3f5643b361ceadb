import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../testing/databases.ts'
import {
  accessTokenRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  deviceRecord,
  grantRecord,
  interactionRecord,
  mailTokenRecord,
  messageRecord,
  pushedRequestRecord,
  now,
  sessionClientRecord,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import { exampleClient } from '../../testing/drafts.ts'
import { newId } from '../kernel/ids.ts'
import type { Database } from './database.ts'
import { sql, type Statement } from './sql.ts'
import { openStores, type Stores } from './stores.ts'

const year = 365 * 86_400

for (const [name, open] of Object.entries(databases)) {
  describe(`expired rows in ${name}`, () => {
    test('R2: ten thousand go, a thousand at most at a time, and what is live stays', async () => {
      const database = await open()
      const { authorizations, expiredRows } = openStores(database)
      const grant = grantRecord()
      const live = authorizationRecord(grant, { code_expires_at: now + 5000 })
      await authorizations.create(live)
      for (let thousand = 0; thousand < 10; thousand += 1) {
        const dead = Array.from({ length: 1000 }, () => authorizationRecord(grant))
        await Promise.all(dead.map((authorization) => authorizations.create(authorization)))
      }

      const at = now + 900
      assert.equal(await expiredRows.oldestExpired(now), 0)
      assert.ok((await expiredRows.oldestExpired(at)) > 0)
      const batches = await sweptIn(database, at)
      assert.deepEqual(
        batches,
        Array.from({ length: 10 }, () => 1000),
      )
      assert.equal(await countOf(database, sql`authorizations`), 1)
      assert.equal(await expiredRows.oldestExpired(at), 0)
      assert.notEqual(await authorizations.findStanding(live.authorization_id), undefined)
    })

    test('R2: go from every table that grows', async () => {
      const database = await open()
      const stores = openStores(database)
      await oneRowInEachTable(stores)
      assert.deepEqual(await emptyTables(database), [])
      await sweptIn(database, now + 3 * year)
      assert.deepEqual(await emptyTables(database), (await growingTables(database)).toSorted())
    })

    test('R2: one node sweeps at a time, two at once do not meet, and another takes over from a dead one', async () => {
      const database = await open()
      const [one, two] = [openStores(database), openStores(database)]
      const fill = (): Promise<unknown> =>
        Promise.all(Array.from({ length: 30 }, () => one.usedOnce.spend('jti', newId(), now)))
      await fill()
      const swept = await Promise.all([one, two].map(({ expiredRows }) => expiredRows.sweep(now, 20)))
      assert.equal(swept.join(' '), swept[0] === 0 ? '0 20' : '20 0')
      const [holder, other] = swept[0] === 0 ? [two, one] : [one, two]
      assert.equal(await other.expiredRows.sweep(now + 59, 20), 0)
      assert.equal(await holder.expiredRows.sweep(now + 59, 20), 10)
      await fill()
      assert.equal(await other.expiredRows.sweep(now + 118, 20), 0)
      assert.equal(await other.expiredRows.sweep(now + 119, 20), 20)
      assert.equal(await holder.expiredRows.sweep(now + 120, 20), 0)
    })

    test('a lease that a wrong clock took far ahead does not last', async () => {
      const database = await open()
      const [one, two] = [openStores(database), openStores(database)]
      await one.expiredRows.sweep(now + year, 1)
      await one.usedOnce.spend('jti', newId(), now)
      assert.equal(await two.expiredRows.sweep(now, 1), 1)
    })

    test('a batch has 1 to 1000 rows', async () => {
      const database = await open()
      for (const batch of [0, -1, 1001, Number.NaN]) {
        await assert.rejects(openStores(database).expiredRows.sweep(now, batch), RangeError)
      }
    })

    test('a grant goes when its history does, after its end or its time; one without end stays', async () => {
      const database = await open()
      const { grants, consents } = openStores(database, { history: 86_400 })
      const { expires_at: _, ...endless } = grantRecord()
      const { expires_at: __, ...ended } = grantRecord()
      const limited = grantRecord({ expires_at: now + 60 })
      for (const grant of [endless, ended, limited]) {
        await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
      }
      await grants.end(ended.grant_id, 'removed_by_person', now)
      const left = async (at: number): Promise<readonly string[]> => {
        await sweptIn(database, at)
        return (await grants.list(9)).map(({ grant_id }) => grant_id)
      }
      assert.deepEqual(
        await left(now + 86_399),
        [limited, ended, endless].map(({ grant_id }) => grant_id),
      )
      assert.deepEqual(
        await left(now + 86_400),
        [limited, endless].map(({ grant_id }) => grant_id),
      )
      assert.deepEqual(await left(now + 90_000), [endless.grant_id])
      assert.deepEqual(await left(now + 9 * year), [endless.grant_id])
    })
  })
}

/** Sweeps until nothing is left, and answers how many went each time. */
async function sweptIn(database: Database, at: number): Promise<readonly number[]> {
  const { expiredRows } = openStores(database)
  const batches: number[] = []
  await database.write(sql`delete from leases`)
  for (let swept = await expiredRows.sweep(at, 1000); swept > 0; swept = await expiredRows.sweep(at, 1000)) {
    batches.push(swept)
  }
  return batches
}

async function oneRowInEachTable(stores: Stores): Promise<void> {
  const grant = grantRecord()
  const [consent, authorization, event] = [consentRecord(grant), authorizationRecord(grant), auditEventRecord()]
  const session = sessionRecord()
  const told = sessionClientRecord(session)
  await stores.consents.record({ consent, grant, authorization, told, event, notices: [messageRecord()] })
  await startSession(session, stores.accounts)
  await stores.interactions.create(interactionRecord())
  await stores.pushedRequests.create(pushedRequestRecord(), now)
  await stores.deviceAuthorizations.create(deviceRecord())
  await stores.accessTokens.create(accessTokenRecord())
  await stores.accessTokens.revoke(newId(), now)
  await stores.usedOnce.spend('jti', newId(), now)
  await stores.attempts.count('key', 60, now)
  const client = exampleClient({ client_id: newId(), registered_by: 'registration', created_at: now })
  await stores.clients.register({ client, token_hash: 'hash', delete_after: now + 1 })
  const token = { token_id: newId(), token_hash: 'hash', note: '', uses_left: 1, created_at: now, expires_at: now + 1 }
  await stores.initialAccessTokens.create(token)
  await stores.mailTokens.create(mailTokenRecord(), messageRecord())
  const { account_id } = grant
  await stores.oneTimeCodes.enrolTotp({ account_id, sealed_secret: '', last_step: 1, created_at: now }, [])
  const browser = { remembered_id: newId(), browser_hash: 'hash', user_agent: '', created_at: now, expires_at: now + 1 }
  await stores.rememberedBrowsers.remember({ account_id, ...browser })
}

/** The tables with `delete_after`, asked of the database itself, so that none that is added is forgotten. */
async function growingTables(database: Database): Promise<readonly string[]> {
  const rows = await database.read(
    database.kind === 'sqlite'
      ? sql`select m.name as name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'delete_after'
          where m.type = 'table'`
      : sql`select table_name as name from information_schema.columns
          where column_name = 'delete_after' and table_schema = current_schema()`,
  )
  return rows.map(({ name: table }) => String(table))
}

async function emptyTables(database: Database): Promise<readonly string[]> {
  const tables = await growingTables(database)
  assert.ok(tables.length >= 10)
  const counts = await Promise.all(tables.map((table) => countOf(database, named(table))))
  return tables.filter((_, index) => counts[index] === 0).toSorted()
}

/** A table's name as part of a statement. Only a test may make SQL out of a text. */
const named = (table: string): Statement => sql(Object.assign([table], { raw: [table] }))

async function countOf(database: Database, table: Statement): Promise<number> {
  const [row] = await database.read(sql`select count(*) as rows from ${table}`)
  return Number(row?.['rows'])
}
