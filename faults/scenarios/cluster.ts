/**
 * Outgrowing one machine: the primary of a real cluster is killed again and again, under load. One node reaches it
 * through HAProxy, the other through PgBouncer in transaction mode as well; a proxy hands requests to either.
 */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../bench/processes.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { startWebProxy } from '../cluster/web-proxy.ts'
import { acknowledged, latencies, quantile, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import { hold } from '../hold.ts'
import type { Operation } from '../history.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { configurationOf, newScene } from '../scene.ts'
import { many, type Outcome, type Scenario, type Setting } from '../scenario.ts'

/** The primary dies: by turns its database alone, and the whole machine. */
export const cluster: Scenario = {
  id: 'cluster',
  fault: '`kill -9` of the primary of three PostgreSQL under Patroni, under load, two nodes',
  holds: 'nothing acknowledged is lost, nothing is done twice, and requests flow again by themselves',
  needs: ['haproxy', 'patroni', 'etcd', 'pgbouncer', 'postgresql'],
  tested: 'by hand',
  async run(setting) {
    const whole = await startCluster(setting.directory)
    try {
      return await killPrimaries(setting, whole)
    } finally {
      await whole.close()
    }
  },
}

/** When something happened, milliseconds since 1970. */
interface Kill {
  readonly killed: number
  readonly promoted: number
}

async function killPrimaries({ length, directory, say }: Setting, whole: Cluster): Promise<Outcome> {
  const scene = newScene(6)
  const configuration = configurationOf(scene)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const nodes: FaultNode[] = []
  const databases = { direct: { database: whole.direct }, pooled: { database: whole.pooled, pooling: 'transaction' } }
  for (const [name, { database, ...more }] of Object.entries(databases)) {
    const own = join(directory, name)
    await mkdir(own)
    const pooling = 'pooling' in more ? { database_pooling: more.pooling } : {}
    const settings = { ...configuration, ...pooling, database_connections: 8 }
    nodes.push(await startNode({ directory: own, configuration: settings, database, issuer }))
  }
  const proxy = await startWebProxy({ directory, port, nodes })
  try {
    const load = await startLoad({
      issuer,
      scene,
      pace: { rate: many(length, { short: 20, usual: 40, long: 60 }) },
      directory,
    })
    load.begin()
    const kills: Kill[] = []
    for (let kill = 1; kill <= many(length, { short: 2, usual: 10, long: 50 }); kill += 1) {
      await wait(randomInt(1000, 4000))
      kills.push(await killPrimary(whole, kill % 3 === 0 ? 'machine' : 'database'))
      say(
        `${kill}: there was a primary again after ${spellTime((kills.at(-1)?.promoted ?? 0) - (kills.at(-1)?.killed ?? 0))}`,
      )
      await whole.whole()
    }
    const history = await load.stop()
    const [node] = nodes
    if (node === undefined) throw new Error('there is no node')
    await node.until('/readyz', 200)
    const verdict = await hold(history, { scene, node, database: whole.direct })
    return { verdict, figures: figuresOf(kills, history) }
  } finally {
    await proxy.close()
    await Promise.all(nodes.map((one) => one.close()))
  }
}

async function killPrimary(whole: Cluster, what: 'database' | 'machine'): Promise<Kill> {
  const primary = await whole.primary()
  const killed = now()
  await primary.member.kill(what)
  await whole.primary(primary)
  const promoted = now()
  await primary.member.restart()
  return { killed, promoted }
}

function figuresOf(kills: readonly Kill[], history: readonly Operation[]): Outcome['figures'] {
  const written = acknowledged(history, 'machine', 'redeem', 'refresh')
  const flowing = kills.map(
    ({ promoted }) => Math.min(...written.filter((one) => one.begun > promoted).map(({ ended }) => ended)) - promoted,
  )
  const promoting = kills.map(({ killed, promoted }) => promoted - killed)
  return {
    kills: String(kills.length),
    promotion: `${spellTime(quantile(promoting, 0.5))}, at most ${spellTime(Math.max(...promoting))}`,
    'flows again after it': `${spellTime(quantile(flowing, 0.5))}, at most ${spellTime(Math.max(...flowing))}`,
    latency: spellQuantiles(latencies(acknowledged(history))),
  }
}
