import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { auditEventRecord, consentRecord, grantRecord, messageRecord, now } from '../../testing/records.ts'
import type { Grant, GrantUse } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from './sql.ts'
import { openStores } from './stores.ts'

const day = 86_400

/** A grant as it was given, without what became of it. */
function plain({ idle_since, used_days, used_for, ...grant }: GrantUse): Grant {
  assert.ok(idle_since > 0)
  assert.deepEqual([used_days, used_for], [[], []])
  return grant
}

for (const [name, database] of await openEach()) {
  const { grants, grantUses, consents, auditEvents } = openStores(database)

  async function given(otherwise: Partial<Grant> = {}): Promise<Grant> {
    const grant = grantRecord(otherwise)
    await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
    return grant
  }

  describe(`grants in ${name}`, () => {
    test('come back as they were given, with an end or without', async () => {
      const { expires_at: _, ...endless } = grantRecord()
      await consents.record({ consent: consentRecord(endless), grant: endless, event: auditEventRecord() })
      const found = await grants.find(endless.grant_id)
      assert.deepEqual(found, endless)
      assert.ok(found !== undefined && !('expires_at' in found))
      const limited = await given()
      assert.deepEqual(await grants.find(limited.grant_id), limited)
    })

    test('the standing one of an account for a client is found, live or expired', async () => {
      const expired = await given({ expires_at: now - 1 })
      await given({ account_id: expired.account_id, client_id: 'another' })
      await given({ account_id: expired.account_id, kind: 'once', expires_at: now + 60 })
      assert.deepEqual(await grants.findStanding(expired.account_id, expired.client_id), expired)
      await grants.end(expired.grant_id, 'removed_by_person', now)
      assert.equal(await grants.findStanding(expired.account_id, expired.client_id), undefined)
    })

    test('those of an account that have not ended are listed, the newest first', async () => {
      const account_id = newId()
      const old = await given({ account_id, client_id: 'a', granted_at: now - 9 })
      const young = await given({ account_id, client_id: 'b', granted_at: now })
      const ended = await given({ account_id, client_id: 'c' })
      await grants.end(ended.grant_id, 'removed_by_person', now)
      const { client_id: elsewhere } = await given()
      assert.deepEqual((await grants.listByAccount(account_id)).map(plain), [young, old])
      assert.deepEqual((await grants.listByAccount(account_id, 'a')).map(plain), [old])
      assert.deepEqual(await grants.listByAccount(account_id, elsewhere), [])
    })

    test('DS-05: those that live are listed in parts, the newest first', async () => {
      const account_id = newId()
      const old = await given({ account_id, client_id: 'a', granted_at: now - 9 })
      const young = await given({ account_id, client_id: 'b', granted_at: now })
      const oldest = await given({ account_id, client_id: 'd', granted_at: now - 99, expires_at: now + 1 })
      await given({ account_id, client_id: 'e', expires_at: now })
      const ended = await given({ account_id, client_id: 'c' })
      await grants.end(ended.grant_id, 'removed_by_person', now)
      const part = async (skip: number) => (await grants.listLive(account_id, now, { skip, limit: 2 })).map(plain)
      assert.deepEqual(await part(0), [young, old])
      assert.deepEqual(await part(2), [oldest])
    })

    test('all of them are listed for the operator, the newest first, as many as asked for', async () => {
      const client_id = newId()
      const [one, two] = [await given({ client_id }), await given({ client_id })]
      assert.deepEqual((await grants.list(9, client_id)).map(plain), [two, one])
      assert.deepEqual((await grants.list(1, client_id)).map(plain), [two])
      assert.deepEqual((await grants.list(1)).map(plain), [two])
    })

    test('I10: of twenty who end one at once one is told so, and its reason and its event stay', async () => {
      const { grant_id } = await given()
      const events = Array.from({ length: 20 }, () => auditEventRecord({ account_id: grant_id, grant_id }))
      const outcomes = await Promise.all(
        events.map((event, index) =>
          grants.end(grant_id, index === 0 ? 'removed_by_person' : 'ended_by_operator', now + index, { event }),
        ),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'ended').length, 1)
      const winner = outcomes.indexOf('ended')
      const ended = await grants.find(grant_id)
      assert.equal(ended?.ended_at, now + winner)
      assert.equal(ended.end_reason, winner === 0 ? 'removed_by_person' : 'ended_by_operator')
      assert.deepEqual(await auditEvents.list({ account_id: grant_id, limit: 99 }), [events[winner]])
    })

    test('of two changes of one state one is made, and only its event is kept', async () => {
      const account_id = newId()
      const grant = await given({ account_id, client_id: newId() })
      const { expires_at: _, ...endless } = grant
      const changes = [
        { ...grant, permissions: [], paused_at: now, revision: grant.revision + 1 },
        { ...endless, access_for: 'until_removed', revision: grant.revision + 1 },
      ]
      const outcomes = await Promise.all(
        changes.map((change) => grants.change(change, auditEventRecord({ account_id, event: 'grant_changed' }))),
      )
      assert.deepEqual(outcomes.toSorted(), ['changed', 'stale'])
      assert.deepEqual(await grants.find(grant.grant_id), changes[outcomes.indexOf('changed')])
      assert.equal((await auditEvents.list({ account_id, limit: 9 })).length, 1)
    })

    test('what has ended is changed no more, and a change follows on what was read', async () => {
      const grant = await given()
      await assert.rejects(grants.change(grant, auditEventRecord()), RangeError)
      await grants.end(grant.grant_id, 'removed_by_person', now)
      assert.equal(await grants.change({ ...grant, revision: 2 }, auditEventRecord()), 'stale')
    })

    test('R7: those that ended or ran out are listed as the history, the last one first', async () => {
      const account_id = newId()
      const expired = await given({ account_id, client_id: 'a', expires_at: now + 5 })
      const ended = await given({ account_id, client_id: 'b' })
      const live = await given({ account_id, client_id: 'c' })
      await grants.end(ended.grant_id, 'removed_by_person', now + 9)
      const history = await grants.listEnded(account_id, now + 10, 9)
      assert.deepEqual(
        history.map(({ grant_id, end_reason }) => [grant_id, end_reason]),
        [
          [ended.grant_id, 'removed_by_person'],
          [expired.grant_id, undefined],
        ],
      )
      assert.equal((await grants.listEnded(account_id, now + 10, 1)).length, 1)
      assert.deepEqual(await grants.listEnded(live.account_id, now, 9), history.slice(0, 1))
    })

    test('R6: those are due that nobody used, and those that ran out while paused; a use comes before the end', async () => {
      await database.write(sql`delete from grants`)
      await database.write(sql`delete from leases`)
      const { expires_at: _, ...endless } = grantRecord({ client_id: newId() })
      await consents.record({ consent: consentRecord(endless), grant: endless, event: auditEventRecord() })
      const paused = await given({ client_id: newId(), expires_at: now + 50 })
      await grants.change({ ...paused, paused_at: now, revision: 2 }, auditEventRecord())
      await given({ expires_at: now + 50 })
      await given({ kind: 'once', expires_at: now + 50 })
      const due = async (at: number, idle_since: number) =>
        (await grants.listDue({ at, idle_since, limit: 2 })).map(({ grant_id }) => grant_id)
      assert.deepEqual(await due(now, now), [])
      assert.deepEqual(await due(now + 50, now), [paused.grant_id])
      const [first] = await grants.listDue({ at: now + 50, idle_since: now, limit: 9 })
      assert.ok(first)
      const record = { event: auditEventRecord(), notices: [messageRecord()] }
      assert.equal(await grants.endDue(first, 'expired', record), 'ended')
      assert.equal((await grants.find(paused.grant_id))?.ended_at, now + 50)
      assert.equal(await grants.endDue(first, 'expired', { ...record, event: auditEventRecord() }), 'not_due')

      assert.equal((await due(now + 60, now + day)).length, 2)
      const [idle] = (await grants.listDue({ at: now + 60, idle_since: now + day, limit: 9 })).filter(
        ({ grant_id }) => grant_id === endless.grant_id,
      )
      assert.ok(idle)
      grantUses.note({ grant_id: idle.grant_id, at: now + 2 * day, permissions: [] })
      await grantUses.write()
      const late = { event: auditEventRecord(), notices: [] }
      assert.equal(await grants.endDue(idle, 'unused', late), 'not_due')
      assert.equal((await grants.find(idle.grant_id))?.ended_at, undefined)
    })

    test('R22: one node looks for those that are due at a time', async () => {
      await database.write(sql`delete from leases`)
      const [one, other] = [openStores(database).grants, openStores(database).grants]
      await given({ client_id: newId() })
      const all = { at: now, idle_since: now + 9 * day, limit: 9 }
      assert.ok((await one.listDue(all)).length > 0)
      assert.deepEqual(await other.listDue(all), [])
      assert.ok((await one.listDue(all)).length > 0)
      assert.ok((await other.listDue({ ...all, at: now + 60 })).length > 0)
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await grants.find(odd), undefined)
        assert.equal(await grants.findStanding(odd, 'greatapp'), undefined)
        assert.equal(await grants.findStanding(newId(), odd), undefined)
        assert.deepEqual(await grants.listByAccount(odd), [])
        assert.deepEqual(await grants.listByAccount(newId(), odd), [])
        assert.deepEqual(await grants.listEnded(odd, now, 9), [])
        assert.deepEqual(await grants.list(9, odd), [])
        assert.equal(await grants.end(odd, 'removed_by_person', now), 'already_ended')
      }
    })
  })
}
