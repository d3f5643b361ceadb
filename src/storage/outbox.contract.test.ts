import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../testing/databases.ts'
import { auditEventRecord, consentRecord, grantRecord, messageRecord, now } from '../../testing/records.ts'
import { outboxLease, type OutboxMessage } from '../domain/outbox.ts'
import type { Grant } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from './sql.ts'
import { openStores } from './stores.ts'

for (const [name, open] of Object.entries(databases)) {
  describe(`the outbox in ${name}`, () => {
    test('a message waits with the decision it tells of, and not without it', async () => {
      const { outbox, queued } = await opened()
      const [message, lost] = [messageRecord(), messageRecord()]
      const grant = grantRecord()
      assert.equal(await queued([message], grant), 'recorded')
      assert.equal(await queued([lost], { ...grant, revision: 9 }), 'stale')
      const claimed = await outbox.claim('webhook', 8, now)
      assert.deepEqual(claimed, [{ ...message, attempts: 1 }])
    })

    test('a message waits with the end of a grant, once however many end it', async () => {
      const { outbox, queued, stores } = await opened()
      const grant = grantRecord()
      await queued([], grant)
      const ends = await Promise.all(
        Array.from({ length: 20 }, () =>
          stores.grants.end(grant.grant_id, 'removed_by_person', now, { notices: [messageRecord()] }),
        ),
      )
      assert.equal(ends.filter((end) => end === 'ended').length, 1)
      assert.equal((await outbox.claim('webhook', 100, now)).length, 1)
    })

    test('of twenty workers one gets each message, and of its own kind alone', async () => {
      const { outbox, queued } = await opened()
      const messages = Array.from({ length: 30 }, () => messageRecord())
      await queued([...messages, messageRecord({ kind: 'mail' })])
      const claims = await Promise.all(Array.from({ length: 20 }, () => outbox.claim('webhook', 8, now)))
      const rest = await drained(outbox)
      const ids = [...claims.flat(), ...rest].map(({ message_id }) => message_id)
      assert.deepEqual(ids.toSorted(), messages.map(({ message_id }) => message_id).toSorted())
    })

    test('a worker that does not come back loses its claim, and can do nothing with it any more', async () => {
      const { outbox, queued, rows } = await opened()
      await queued([messageRecord()])
      const [first] = await outbox.claim('webhook', 1, now)
      assert.ok(first)
      assert.deepEqual(await outbox.claim('webhook', 1, now + outboxLease - 1), [])
      const [second] = await outbox.claim('webhook', 1, now + outboxLease)
      assert.equal(second?.attempts, 2)
      await outbox.remove(first)
      await outbox.postpone(first, now)
      assert.equal(await rows(), 1)
      assert.deepEqual(await outbox.claim('webhook', 1, now + outboxLease), [])
      await outbox.remove(second)
      assert.equal(await rows(), 0)
    })

    test('a message that was put off comes when its time has come, before those that wait for less long', async () => {
      const { outbox, queued } = await opened()
      const [early, late] = [messageRecord(), messageRecord({ queued_at: now + 20 })]
      await queued([late, early])
      const [claimed] = await outbox.claim('webhook', 8, now)
      assert.equal(claimed?.message_id, early.message_id)
      await outbox.postpone(claimed, now + 10)
      assert.deepEqual(await outbox.claim('webhook', 8, now + 9), [])
      const both = await outbox.claim('webhook', 8, now + 20)
      assert.deepEqual(new Set(both.map(({ message_id }) => message_id)), new Set([early.message_id, late.message_id]))
    })
  })

  async function opened() {
    const database = await open()
    const stores = openStores(database)
    const queued = (notices: readonly OutboxMessage[], grant: Grant = grantRecord()) =>
      stores.consents.record({
        consent: consentRecord(grant, { consent_id: newId() }),
        grant,
        event: auditEventRecord(),
        notices,
      })
    const rows = async () => Number((await database.read(sql`select count(*) as rows from outbox`))[0]?.['rows'])
    return { stores, outbox: stores.outbox, queued, rows }
  }
}

async function drained({ claim }: ReturnType<typeof openStores>['outbox']) {
  const all = []
  for (let some = await claim('webhook', 8, now); some.length > 0; some = await claim('webhook', 8, now))
    all.push(...some)
  return all
}
