/** RL-09: PostgreSQL takes fewer connections than the nodes would like, or gives each transaction another session. */
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { startPostgres } from '../../testing/postgres.ts'
import { startPooler } from '../cluster/pooler.ts'
import { acknowledged, latencies, spellQuantiles } from '../figures.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode, type NodeOptions } from '../node.ts'
import { many, type Outcome, type Scenario, type Setting } from '../scenario.ts'
import { configurationOf, halves, newScene } from '../scene.ts'

/** How many connections PostgreSQL takes. */
const connections = 8

/** Nobody gets in at first; then two nodes of six connections each share what there is. */
export const fewConnections: Scenario = {
  id: 'RL-09',
  fault: 'PostgreSQL takes eight connections, all of them taken by others at first; two nodes would have twelve',
  holds: 'a node that gets none lives, says 503 and joins by itself; then both serve, with those that they get',
  tested: 'by hand',
  async run(setting) {
    const postgres = await startPostgres({ max_connections: connections })
    const others = Array.from({ length: connections }, () => new Client(postgres.url))
    try {
      for (const other of others) await other.connect()
      const freed = async (): Promise<void> => void (await Promise.all(others.map((other) => other.end())))
      // No place is left for a look into the database afterwards: the nodes hold all there are.
      return await serveTogether(setting, { database: postgres.url, freed })
    } finally {
      await postgres.stop()
    }
  },
}

/** Whoever relied on a session would find that of somebody else. */
export const pooledConnections: Scenario = {
  id: 'RL-09-pooled',
  fault: 'PgBouncer in transaction mode leads two nodes of six connections each to three sessions of PostgreSQL',
  holds: 'both nodes serve; nothing is lost, and nothing relied on a session',
  needs: ['pgbouncer'],
  tested: 'always',
  async run(setting) {
    // The pooler's user has a folder of its own in it.
    await chmod(setting.directory, 0o711)
    const postgres = await startPostgres()
    const pooler = await startPooler(setting.directory, `host=${dirname(postgres.socket)}`, 3)
    try {
      const settings = { database_pooling: 'transaction' }
      return await serveTogether(setting, { database: pooler.url, settings, direct: postgres.url })
    } finally {
      await pooler.close()
      await postgres.stop()
    }
  },
}

interface Shared {
  readonly database: string
  readonly settings?: Readonly<Record<string, unknown>>
  /** Another way to the database, for a look into it afterwards. */
  readonly direct?: string
  /** Lets the first node in, which gets no connection before. */
  readonly freed?: () => Promise<void>
}

/** Two nodes serve, each its own half of the people. */
async function serveTogether(
  { length, directory }: Setting,
  { database, settings, direct, freed }: Shared,
): Promise<Outcome> {
  const scene = newScene(6)
  const own: NodeOptions = { directory, configuration: { ...configurationOf(scene), ...settings }, database }
  const one = await startNode({ ...own, ...(freed && { begun: '"event":"database_unavailable"' }) })
  const nodes = [one]
  try {
    if (freed !== undefined) {
      const { status, headers } = await one.send({ path: '/readyz' })
      assert.deepEqual([status, headers['retry-after']], [503, '2'])
      await freed()
      await one.until('/readyz', 200)
    }
    const other = await startNode({ ...own, issuer: one.issuer })
    nodes.push(other)
    const asked = { issuer: one.issuer, pace: { rate: 40 }, directory }
    const [these, those] = halves(scene)
    const loads = [
      await startLoad({ ...asked, scene: these }),
      await startLoad({ ...asked, scene: those, origin: `http://127.0.0.1:${other.port}` }),
    ]
    for (const load of loads) load.begin()
    await wait(many(length, { short: 3, usual: 15, long: 120 }) * 1000)
    const histories = []
    for (const load of loads) histories.push(await load.stop())
    const history = histories.flat()
    const verdict = await hold(history, { scene, node: one, ...(direct !== undefined && { database: direct }) })
    return { verdict, figures: { latency: spellQuantiles(latencies(acknowledged(history))) } }
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
}
