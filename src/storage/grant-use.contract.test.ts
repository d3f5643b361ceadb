import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { auditEventRecord, consentRecord, grantRecord, now } from '../../testing/records.ts'
import type { Grant, GrantUse } from '../domain/grant.ts'
import { recentlyUsed, recentUses, type NotedUse } from '../domain/grant-use.ts'
import { openStores } from './stores.ts'

const day = 86_400

for (const [name, database] of await openEach()) {
  const [one, other] = [openStores(database), openStores(database)]

  async function given(): Promise<Grant> {
    const grant = grantRecord()
    await one.consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
    return grant
  }

  async function read({ account_id }: Grant): Promise<GrantUse> {
    const [grant] = await one.grants.listByAccount(account_id)
    assert.ok(grant)
    return grant
  }

  const use = ({ grant_id }: Grant, otherwise: Partial<NotedUse> = {}): NotedUse => ({
    grant_id,
    at: now,
    network: '192.0.2.0/24',
    permissions: ['openid'],
    ...otherwise,
  })

  describe(`the uses of grants in ${name}`, () => {
    test('R7: tell when, from where, how often and for what; a grant that nobody used tells nothing', async () => {
      const grant = await given()
      const { idle_since, used_days, used_for, last_used_at } = await read(grant)
      assert.deepEqual([idle_since, used_days, used_for, last_used_at], [now + day - (now % day), [], [], undefined])
      one.grantUses.note(use(grant, { at: now + 5, signed_until: now + 305 }))
      one.grantUses.note(use(grant, { at: now + 9, network: '2001:db8::/48', permissions: ['a b'] }))
      one.grantUses.note(use(grant, { at: now + 7, network: undefined, permissions: [], signed_until: now + 200 }))
      await one.grantUses.write([grant.grant_id])
      const used = await read(grant)
      assert.deepEqual(
        [used.last_used_at, used.last_used_from, used.signed_until, recentUses(used, now)],
        [now + 9, '2001:db8::/48', now + 305, 3],
      )
      assert.deepEqual(recentlyUsed(used, now), new Set(['openid', 'a b']))
    })

    test('R7: the first use leaves its time at once, before anything is gathered and written', async () => {
      const grant = await given()
      one.grantUses.note(use(grant, { signed_until: now + 300 }))
      // Answered after the commit that the note is in as well.
      const another = await given()
      assert.deepEqual([(await read(grant)).last_used_at, (await read(grant)).signed_until], [now, now + 300])
      assert.equal((await read(another)).last_used_at, undefined)
    })

    test('R22: those of several nodes add up, also when they are written at the same moment', async () => {
      const grants = await Promise.all(Array.from({ length: 120 }, () => given()))
      for (const { grantUses } of [one, other, one]) for (const grant of grants) grantUses.note(use(grant))
      await Promise.all([one.grantUses.write(), other.grantUses.write()])
      // What another node came before is kept for the next time.
      await one.grantUses.write()
      await other.grantUses.write()
      for (const grant of grants) assert.equal(recentUses(await read(grant), now), 3)
    })

    test('R2: are counted over thirty days, and no row grows beyond them', async () => {
      const grant = await given()
      for (let turn = 0; turn < 100; turn += 1) {
        one.grantUses.note(use(grant, { at: now + turn * day, permissions: [`scope-${turn}`] }))
        await one.grantUses.write()
      }
      const used = await read(grant)
      assert.deepEqual([used.used_days.length, used.used_for.length], [30, 30])
      assert.equal(recentUses(used, now + 99 * day), 30)
      assert.equal(recentUses(used, now + 119 * day), 10)
      assert.equal(recentlyUsed(used, now + 129 * day).size, 0)
      assert.equal(used.idle_since % day, 0)
      assert.ok(used.idle_since - (now + 99 * day) <= day)
    })

    test('R2: are gathered for so many grants at most, and those beyond keep their time', async () => {
      const last = await given()
      const { grantUses, grants } = openStores(database)
      const nobodys = grantRecord()
      for (let turn = 0; turn < 10_000; turn += 1) {
        grantUses.note(use({ ...nobodys, grant_id: `gone-${turn}` }))
        // As often as a server under load comes back to its event loop.
        if (turn % 1000 === 999) await given()
      }
      grantUses.note(use(last))
      await grantUses.write()
      await given()
      const [used] = await grants.listByAccount(last.account_id)
      assert.deepEqual([used?.last_used_at, used && recentUses(used, now)], [now, 0])
      grantUses.note(use(last, { at: now + 1 }))
      await grantUses.write()
      assert.equal(recentUses(await read(last), now), 1)
    })
  })
}
