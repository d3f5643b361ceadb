import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { auditEventRecord, now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { auditEvents } = openStores(database)

  describe(`audit events in ${name}`, () => {
    test('come back as they were given, the newest first, as many as asked for', async () => {
      const account_id = newId()
      const client_id = newId()
      const one = auditEventRecord({ account_id })
      const two = auditEventRecord({ account_id, client_id })
      const bare = { event_id: newId(), at: now, event: 'key_rotated', actor: 'server', detail: {} }
      for (const event of [one, two, bare]) await auditEvents.append(event)
      assert.deepEqual(await auditEvents.list({ limit: 2 }), [bare, two])
      assert.deepEqual(await auditEvents.list({ account_id, limit: 9 }), [two, one])
      assert.deepEqual(await auditEvents.list({ client_id, limit: 9 }), [two])
      assert.deepEqual(await auditEvents.list({ account_id, client_id, limit: 9 }), [two])
    })

    test('are read along, oldest first, from where the reader stopped to a moment', async () => {
      const [one, two, three] = [now, now + 1, now + 2].map((at) => auditEventRecord({ at }))
      assert.ok(one && two && three)
      for (const event of [one, two, three]) await auditEvents.append(event)
      assert.deepEqual(await auditEvents.listAfter(one.event_id, now + 2, 9), [two, three])
      assert.deepEqual(await auditEvents.listAfter(one.event_id, now + 2, 1), [two])
      assert.deepEqual(await auditEvents.listAfter(one.event_id, now + 1, 9), [two])
      assert.deepEqual(await auditEvents.listAfter(three.event_id, now + 9, 9), [])
      assert.deepEqual(await auditEvents.listAfter('a\0', now, 9), [])
    })

    test('AD-13: hold whatever a stranger typed, and lose nothing by it', async () => {
      const client_id = newId()
      const detail = { login: 'a\0b\r\n\u001b[31m', huge: 'x'.repeat(100_000), list: ['"', "'"] }
      await auditEvents.append(auditEventRecord({ client_id, address: '\0', detail }))
      const [found] = await auditEvents.list({ client_id, limit: 1 })
      assert.deepEqual(found?.detail, detail)
    })

    test('are none, never an error, for what cannot be an id', async () => {
      for (const odd of ['a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.deepEqual(await auditEvents.list({ account_id: odd, limit: 9 }), [])
        assert.deepEqual(await auditEvents.list({ client_id: odd, limit: 9 }), [])
      }
    })
  })
}
