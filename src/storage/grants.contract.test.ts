import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { auditEventRecord, consentRecord, grantRecord, now } from '../../testing/records.ts'
import type { Grant } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { grants, consents, auditEvents } = openStores(database)

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
      await given()
      assert.deepEqual(await grants.listByAccount(account_id), [young, old])
    })

    test('all of them are listed for the operator, the newest first, as many as asked for', async () => {
      const client_id = newId()
      const [one, two] = [await given({ client_id }), await given({ client_id })]
      assert.deepEqual(await grants.list(9, client_id), [two, one])
      assert.deepEqual(await grants.list(1, client_id), [two])
      assert.deepEqual(await grants.list(1), [two])
    })

    test('of twenty who end one at once one is told so, and its reason stays', async () => {
      const { grant_id } = await given()
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          grants.end(grant_id, index === 0 ? 'removed_by_person' : 'ended_by_operator', now + index),
        ),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'ended').length, 1)
      const winner = outcomes.indexOf('ended')
      const ended = await grants.find(grant_id)
      assert.equal(ended?.ended_at, now + winner)
      assert.equal(ended.end_reason, winner === 0 ? 'removed_by_person' : 'ended_by_operator')
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

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await grants.find(odd), undefined)
        assert.equal(await grants.findStanding(odd, 'greatapp'), undefined)
        assert.equal(await grants.findStanding(newId(), odd), undefined)
        assert.deepEqual(await grants.listByAccount(odd), [])
        assert.deepEqual(await grants.list(9, odd), [])
        assert.equal(await grants.end(odd, 'removed_by_person', now), 'already_ended')
      }
    })
  })
}
