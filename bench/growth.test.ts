/** A database that has grown, in small: the form that runs by hand makes a million grants. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../testing/databases.ts'
import { world } from '../testing/world.ts'
import type { Database } from '../src/storage/database.ts'
import { sql } from '../src/storage/sql.ts'
import { grownOperations } from './grown-operations.ts'
import { growBy, refreshAll, sizeOf } from './grown-rows.ts'

for (const [name, open] of Object.entries(databases)) {
  describe(`growth in ${name}`, () => {
    test('R2: refreshes add no row, and a server over grown tables works as before', async () => {
      const here = await world({}, await open())
      const { database } = here.ground
      const { refresh, introspection } = await grownOperations(here)
      await growBy(here, 600)
      const before = await rowsIn(database)
      assert.ok(before['authorizations'] !== undefined && before['authorizations'] > 600)
      await refreshAll(database, 3)
      for (let turn = 0; turn < 20; turn += 1) await refresh?.()
      assert.deepEqual(await rowsIn(database), before)
      await introspection?.()
    })

    test('R2: when everybody’s time is over all rows that end go, and the file gives its pages back', async () => {
      const here = await world({}, await open())
      const { database, stores } = here.ground
      await here.tokens()
      await growBy(here, 600)
      const full = await sizeOf(database)
      here.wait(3 * 365 * 86_400)
      assert.ok((await stores.expiredRows.oldestExpired(here.clock())) > 0)
      while ((await stores.expiredRows.sweep(here.clock(), 1000)) > 0);
      assert.equal(await stores.expiredRows.oldestExpired(here.clock()), 0)
      const { accounts: _, ...ending } = await rowsIn(database)
      assert.deepEqual(new Set(Object.values(ending)), new Set([0]))
      if (database.kind === 'sqlite') assert.ok((await sizeOf(database)) < full / 2)
    })
  })
}

async function rowsIn(database: Database): Promise<Readonly<Record<string, number>>> {
  const [row = {}] = await database.read(sql`
    select (select count(*) from accounts) as accounts, (select count(*) from sessions) as sessions,
      (select count(*) from grants) as grants, (select count(*) from consents) as consents,
      (select count(*) from authorizations) as authorizations, (select count(*) from access_tokens) as access_tokens,
      (select count(*) from used_once) as used_once, (select count(*) from audit_events) as audit_events`)
  return Object.fromEntries(Object.entries(row).map(([table, count]) => [table, Number(count)]))
}
