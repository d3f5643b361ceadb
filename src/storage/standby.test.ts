import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { exampleClient } from '../../testing/drafts.ts'
import { startPostgres, startStandby } from '../../testing/postgres.ts'
import { newId } from '../kernel/ids.ts'
import { systemClock } from '../kernel/time.ts'
import { DatabaseUnavailable } from './database.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { sql } from './sql.ts'
import { followStandby } from './standby.ts'
import { openStores } from './stores.ts'

describe('a standby', async () => {
  const server = await startPostgres()
  const primary = await openPostgres(server.url)
  await migrate(primary, systemClock)
  const follower = await startStandby(server)
  const standby = await openPostgres(follower.url, { role: 'standby', patience: 500 })
  const { reads, follow } = followStandby(primary, standby)
  const { clients } = openStores(primary, { reads })
  /** What another node does, which reads nothing from a standby. */
  const elsewhere = openStores(primary)
  after(async () => {
    await Promise.all([primary.close(), standby.close()])
    await follower.stop()
    await server.stop()
  })

  const readFrom = async (): Promise<'standby' | 'primary'> => {
    const [row] = await reads.read(sql`select pg_is_in_recovery() as standby`)
    return row?.['standby'] === 1 ? 'standby' : 'primary'
  }
  const untilReadFrom = async (place: 'standby' | 'primary'): Promise<void> => {
    for (const late = performance.now() + 20_000; (await readFrom()) !== place; await wait(20)) {
      assert.ok(performance.now() < late, `nothing is read from the ${place}`)
      await follow().catch(() => undefined)
    }
  }
  /** Lets the standby read nothing of what is written from now on. */
  const held = async (meanwhile: () => Promise<void>): Promise<void> => {
    await standby.read(sql`select cast(pg_wal_replay_pause() as text) as nothing`)
    await meanwhile()
    await standby.read(sql`select cast(pg_wal_replay_resume() as text) as nothing`)
  }

  test('R22: is read from once it is known how far it is, and not before', async () => {
    assert.equal(await readFrom(), 'primary')
    await untilReadFrom('standby')
  })

  test('R22: is not read from when it is behind', async () => {
    await untilReadFrom('standby')
    await held(async () => {
      await elsewhere.clients.create(exampleClient({ client_id: newId() }))
      await untilReadFrom('primary')
    })
    await untilReadFrom('standby')
  })

  test('R22: is not read from when nobody has looked for a second', async (context) => {
    await untilReadFrom('standby')
    const later = performance.now() + 1000
    context.mock.method(performance, 'now', () => later)
    assert.equal(await readFrom(), 'primary')
  })

  test('R22: what this node changed it sees at once', async () => {
    const client = exampleClient({ client_id: newId() })
    await elsewhere.clients.create(client)
    await untilReadFrom('standby')
    await held(async () => {
      await clients.update({ ...client, disabled: true })
      assert.equal((await clients.find(client.client_id))?.disabled, true)
    })
  })

  test('R22: what another node made a moment ago is there', async () => {
    await untilReadFrom('standby')
    await held(async () => {
      const client = exampleClient({ client_id: newId() })
      await elsewhere.clients.create(client)
      assert.deepEqual(await clients.find(client.client_id), client)
    })
  })

  test('R22: one that is away is missed by nobody, and is read from again when it is back', async () => {
    await untilReadFrom('standby')
    await follower.crash()
    assert.equal(await readFrom(), 'primary')
    await assert.rejects(follow(), DatabaseUnavailable)
    await follower.restart()
    await untilReadFrom('standby')
  })

  test('RL-05: is never taken for the database itself', async () => {
    const mistaken = await openPostgres(follower.url)
    await assert.rejects(mistaken.ping(), DatabaseUnavailable)
    await mistaken.close()
  })
})
