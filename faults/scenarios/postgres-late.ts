/** RL-06: PostgreSQL is not there when the node starts. RL-05: it is set up so that it may forget. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { startPostgres } from '../../testing/postgres.ts'
import { spellTime } from '../figures.ts'
import { startNode } from '../node.ts'
import { onePerson } from '../one-person.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** The database comes after the node, goes, and comes again. */
export const postgresLate: Scenario = {
  id: 'RL-06',
  fault: 'PostgreSQL is away when the node starts, and again later',
  holds:
    'the process lives, says that it is not ready, and joins by itself; keys and metadata stay once they are known',
  tested: 'by hand',
  async run({ length, directory }) {
    const scene = newScene(1)
    const postgres = await startPostgres()
    await postgres.crash()
    const begun = '"event":"database_unavailable"'
    const configuration = configurationOf(scene)
    const node = await startNode({ directory, configuration, database: postgres.url, begun })
    try {
      assert.equal((await node.send({ path: '/healthz' })).status, 200)
      const early = await node.send({ path: '/readyz' })
      assert.deepEqual([early.status, early.headers['retry-after']], [503, '2'])
      await postgres.restart()
      const joined = await node.until('/readyz', 200)
      const person = await onePerson(node, scene)
      const { refresh_token } = await person.tokens()

      await postgres.crash()
      await node.until('/readyz', 503)
      for (let second = many(length, { short: 1, usual: 20, long: 600 }); second > 0; second -= 1) {
        for (const path of ['/healthz', '/jwks', '/.well-known/openid-configuration']) {
          assert.equal((await node.send({ path })).status, 200, path)
        }
        assert.equal((await person.refresh(refresh_token)).status, 503)
        await wait(1000)
      }
      await postgres.restart()
      const again = await node.until('/readyz', 200)
      assert.equal((await person.refresh(refresh_token)).status, 200)
      return { figures: { joined: spellTime(joined), 'joined again': spellTime(again) } }
    } finally {
      await node.close()
      await postgres.stop()
    }
  },
}

/** Settings that would make an acknowledgement a hope. */
export const postgresUnsafe: Scenario = {
  id: 'RL-05',
  fault: 'PostgreSQL runs with fsync = off, or its user with synchronous_commit = off',
  holds: 'the first is refused at the start; the second is overruled for each of our sessions',
  tested: 'by hand',
  async run({ directory }) {
    const configuration = configurationOf(newScene(1))
    const unsafe = await startPostgres({ fsync: 'off' })
    await assert.rejects(startNode({ directory, configuration, database: unsafe.url }), /fsync = off/)
    await unsafe.stop()

    const postgres = await startPostgres()
    const client = new Client(postgres.url)
    await client.connect()
    await client.query('alter role licet set synchronous_commit = off')
    await client.end()
    // A node asks each session of its own what it commits by, and is not ready where that is not `on`.
    const node = await startNode({ directory, configuration, database: postgres.url })
    try {
      await node.until('/readyz', 200)
    } finally {
      await node.close()
      await postgres.stop()
    }
    return { figures: { 'fsync = off': 'refused', 'synchronous_commit = off': 'overruled' } }
  },
}
