import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { auditEventRecord, consentRecord, grantRecord, now } from '../../testing/records.ts'
import type { Grant } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { clientUse, consents, grants } = openStores(database)

  async function given(otherwise: Partial<Grant>): Promise<Grant> {
    const grant = grantRecord(otherwise)
    await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
    return grant
  }

  describe(`the use of clients in ${name}`, () => {
    test('is the people with a live grant, each once, and of this client alone', async () => {
      const client_id = newId()
      const { account_id } = await given({ client_id })
      await given({ client_id, account_id, kind: 'once', expires_at: now + 60 })
      await given({ client_id })
      await given({ client_id, expires_at: now })
      const ended = await given({ client_id })
      await grants.end(ended.grant_id, 'removed_by_person', now)
      await given({ client_id: newId() })
      assert.equal(await clientUse.people(client_id, now), 2)
    })

    test('is nobody of a client that nobody knows, or whose id cannot be one', async () => {
      assert.equal(await clientUse.people(newId(), now), 0)
      assert.equal(await clientUse.people('x'.repeat(9_000), now), 0)
    })

    test('is not counted again at once', async () => {
      const client_id = newId()
      await given({ client_id })
      assert.equal(await clientUse.people(client_id, now), 1)
      await given({ client_id })
      assert.equal(await clientUse.people(client_id, now), 1)
    })
  })
}
