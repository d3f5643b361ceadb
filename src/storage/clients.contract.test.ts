import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { exampleClient } from '../../testing/drafts.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  now,
} from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accounts, auditEvents, clients, consents, grants } = openStores(database)
  const other = openStores(database)

  describe(`clients in ${name}`, () => {
    test('come back as they were given, and an id is given once', async () => {
      const client = exampleClient({
        client_id: 'https://client.example/metadata?a=ü',
        secrets: [
          { hash: 'h', created_at: now },
          { hash: 'i', created_at: now, expires_at: now + 1 },
        ],
        first_party: true,
      })
      assert.equal(await clients.create(client), 'created')
      assert.equal(await clients.create({ ...client, disabled: true }), 'exists')
      assert.deepEqual(await clients.find(client.client_id), client)
      assert.ok((await clients.list()).some(({ client_id }) => client_id === client.client_id))
    })

    test('TK-17: none has an id that is the sub of an account', async () => {
      const account = accountRecord()
      await accounts.create(account)
      assert.equal(await clients.create(exampleClient({ client_id: account.sub })), 'exists')
      await accounts.delete(account.account_id, now)
      assert.equal(await clients.create(exampleClient({ client_id: account.sub })), 'exists')
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      await clients.create(exampleClient({ client_id: 'odd\ufffd' }))
      for (const client_id of ['', 'odd\0', 'odd\ud800', 'x'.repeat(100_000), '__proto__', newId()]) {
        assert.equal(await clients.find(client_id), undefined)
        assert.equal(await clients.update(exampleClient({ client_id })), 'unknown')
        assert.equal(await clients.delete(client_id, now), 'unknown')
      }
    })

    test('of fifty who race for one id exactly one is created', async () => {
      const client_id = newId()
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => clients.create(exampleClient({ client_id }))))
      assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
    })

    test('a change is seen here at once, though what was read is held for two seconds', async () => {
      const client = exampleClient({ client_id: newId() })
      await clients.create(client)
      assert.equal((await clients.find(client.client_id))?.disabled, false)
      assert.equal((await other.clients.find(client.client_id))?.disabled, false)
      const overtaken = clients.find(client.client_id)
      assert.equal(await clients.update({ ...client, disabled: true }), 'updated')
      await overtaken
      assert.equal((await clients.find(client.client_id))?.disabled, true)
      assert.equal((await other.clients.find(client.client_id))?.disabled, false, 'held on another node')
    })

    test('I10: a change follows on what was read: one that comes late changes nothing, and is not on record', async () => {
      const client = exampleClient({ client_id: newId() })
      const { client_id } = client
      await clients.create(client)
      const event = () => auditEventRecord({ client_id })
      const disabled = { ...client, disabled: true }
      assert.equal(await clients.update(disabled, { from: client, event: event() }), 'updated')
      const late = { ...client, first_party: true }
      assert.equal(await clients.update(late, { from: client, event: event() }), 'stale')
      assert.deepEqual(await clients.find(client_id), disabled)
      assert.equal((await auditEvents.list({ client_id, limit: 9 })).length, 1)
      await clients.delete(client_id, now, { event: event() })
      assert.equal(await clients.update(late, { from: disabled, event: event() }), 'unknown')
      assert.equal(await clients.delete(client_id, now, { event: event() }), 'unknown')
      assert.equal((await auditEvents.list({ client_id, limit: 9 })).length, 2)
    })

    test('PX-08: a name that is forgotten stands in the way of no change', async () => {
      const client_id = newId()
      const purposes = JSON.parse('{"__proto__":"x","openid":"y"}') as Record<string, string>
      const { metadata, ...others } = exampleClient({ client_id })
      await clients.create({ ...others, metadata: { ...metadata, purposes } })
      const stored = await clients.findStored(client_id)
      assert.ok(stored)
      assert.deepEqual(stored.metadata.purposes, { openid: 'y' })
      assert.equal(await clients.update({ ...stored, disabled: true }, { from: stored }), 'updated')
    })

    test('a deleted one takes its grants along, and whoever gets its id inherits none', async () => {
      const client = exampleClient({ client_id: newId() })
      const { client_id } = client
      await clients.create(client)
      const granted = Array.from({ length: 1200 }, () => grantRecord({ client_id }))
      await Promise.all(granted.map((grant) => consents.record(yes(grant))))

      assert.equal(await clients.delete(client_id, now + 1), 'deleted')
      assert.equal(await clients.delete(client_id, now + 1), 'unknown')
      assert.equal(await clients.find(client_id), undefined)
      const ended = await grants.list(2000, client_id)
      assert.equal(ended.length, 1200)
      assert.ok(ended.every(({ ended_at, end_reason }) => ended_at === now + 1 && end_reason === 'client_deleted'))

      const late = grantRecord({ client_id })
      await consents.record(yes(late))
      await clients.create({ ...client, created_at: now + 2 })
      assert.equal((await grants.find(late.grant_id))?.ended_at, now + 2)
    })
  })
}

function yes(grant: ReturnType<typeof grantRecord>) {
  return { consent: consentRecord(grant), grant, authorization: authorizationRecord(grant), event: auditEventRecord() }
}
