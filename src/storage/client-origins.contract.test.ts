import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { exampleClient } from '../../testing/drafts.ts'
import { auditEventRecord, consentRecord, grantRecord, now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import type { Client } from '../domain/client.ts'
import { readMigrations } from './migrate.ts'
import { sql, statementsOf } from './sql.ts'
import { openStores } from './stores.ts'

let number = 0

/** A public client with an address that no other test has. */
function publicClient(otherwise: Partial<Omit<Client, 'metadata'>> = {}, redirect_uris?: readonly string[]) {
  const origin = `https://spa${(number += 1)}.test`
  const metadata = { token_endpoint_auth_method: 'none', redirect_uris: redirect_uris ?? [`${origin}/cb`] } as const
  return { origin, client: exampleClient({ client_id: newId(), registered_by: 'operator', ...otherwise, metadata }) }
}

for (const [name, database] of await openEach()) {
  const { clients, consents, expiredRows } = openStores(database)
  const other = openStores(database)

  describe(`the origins of clients in ${name}`, () => {
    test('DS-05: are one look into an index; those of public, enabled clients are known, and no others', async () => {
      const { origin, client } = publicClient()
      assert.equal(await clients.hasOrigin(origin), false)
      await clients.create(client)
      assert.equal(await clients.hasOrigin(origin), true)
      await clients.update({ ...client, disabled: true })
      assert.equal(await clients.hasOrigin(origin), false)
      await clients.update({
        ...client,
        metadata: { ...client.metadata, token_endpoint_auth_method: 'client_secret_post' },
      })
      assert.equal(await clients.hasOrigin(origin), false)
      await clients.update(client)
      assert.equal(await clients.hasOrigin(origin), true)
      await clients.delete(client.client_id, now)
      assert.equal(await clients.hasOrigin(origin), false)
    })

    test('follow a registration that changes, and are not what a change that was lost would have made them', async () => {
      const { origin, client } = publicClient({ registered_by: 'registration' })
      const registration = { client, token_hash: newId() }
      await clients.register({ ...registration, delete_after: now + 60 })
      assert.equal(await clients.hasOrigin(origin), true)
      const moved = publicClient()
      const { redirect_uris } = moved.client.metadata
      const next = { client: { ...client, metadata: { ...client.metadata, redirect_uris } }, token_hash: newId() }
      assert.equal(await clients.changeRegistration(next, { ...registration, token_hash: 'another' }), 'lost')
      assert.deepEqual([await clients.hasOrigin(origin), await clients.hasOrigin(moved.origin)], [true, false])
      assert.equal(await clients.changeRegistration(next, registration), 'changed')
      assert.deepEqual([await clients.hasOrigin(origin), await clients.hasOrigin(moved.origin)], [false, true])
    })

    test('R14: are known with the consent that keeps a client, however often it is given, and go when it is swept', async () => {
      const { origin, client } = publicClient({ registered_by: 'registration', provisional_until: now + 60 })
      const yes = () => consents.record({ consent: consentRecord(grantRecord()), client, event: auditEventRecord() })
      assert.deepEqual([await yes(), await yes()], ['recorded', 'recorded'])
      assert.equal(await clients.hasOrigin(origin), true)
      await expiredRows.sweep(now + 1_000_000_000, 1000)
      assert.equal(await other.clients.hasOrigin(origin), false)
    })

    test('of clients that were there before are noted by the migration as they are for new ones', async () => {
      await database.write(sql`delete from clients`)
      const written = [
        'https://a.test/cb',
        'https://b.test:8443/cb?x=1',
        'https://c.test:443',
        'https://D.test?x=/y',
        'http://localhost:5173/cb',
        'http://127.0.0.1',
        'http://[::1]:80/cb',
        'com.example.app:/cb',
        'https://a.test/other',
      ]
      const { client } = publicClient({}, written)
      await clients.create(client)
      await clients.create(exampleClient({ client_id: newId() }))
      const rows = sql`select client_id, origin from client_origins order by origin`
      const made = await database.read(rows)
      assert.equal(made.length, 7)
      await database.write(sql`delete from client_origins`)
      const [backfill] = readMigrations().filter(
        ({ name: called, only }) => called === 'origins-of-known-clients' && only === database.kind,
      )
      for (const statement of statementsOf(backfill?.script ?? '')) await database.write(statement)
      assert.deepEqual(await database.read(rows), made)
    })
  })

  test(`BR-27, DS-05: the clients to compare names with in ${name} are those of operators, and the oldest others`, async () => {
    await database.write(sql`delete from clients`)
    const made = async (registered_by: Client['registered_by'], created_at: number) => {
      const { client } = publicClient({ registered_by, created_at })
      await clients.create(client)
      return client.client_id
    }
    const kept = [await made('operator', 9), await made('operator', 8)]
    for (const registered_by of ['registration', 'metadata_document'] as const) {
      const ids = await Promise.all([3, 1, 2].map((created_at) => made(registered_by, created_at)))
      kept.push(...ids.slice(1))
    }
    const found = (await clients.listNotable(2)).map(({ client_id }) => client_id)
    assert.deepEqual(found.toSorted(), kept.toSorted())
  })
}
