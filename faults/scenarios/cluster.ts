/**
 * Outgrowing one machine: the primary of a real cluster is killed again and again, under load. One node reaches it
 * through HAProxy and reads from a standby what may be a moment old, the other through PgBouncer in transaction mode as
 * well; a proxy hands requests to either.
 */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'
import { startWebProxy } from '../cluster/web-proxy.ts'
import { acknowledged, latencies, quantile, spellLongest, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Operation } from '../history.ts'
import { startNode, type FaultNode } from '../node.ts'
import { configurationOf, newScene, type Scene } from '../scene.ts'
import { many, type Outcome, type Scenario, type Setting } from '../scenario.ts'
import { underLoad } from '../under-load.ts'
import { freePort } from '../../testing/free-port.ts'

/** The primary dies: by turns its database alone, and its whole machine, on which etcd has its leader. */
export const cluster: Scenario = {
  id: 'cluster',
  fault:
    '`kill -9` of the primary of three PostgreSQL under Patroni, by turns with Patroni and the leader of etcd, under load, two nodes',
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

/** What dies in turn. */
const deaths = ['database', 'machine'] as const

/** What died, when, and when there was a primary again and both nodes were ready: milliseconds since 1970. */
interface Kill {
  readonly what: (typeof deaths)[number]
  readonly killed: number
  readonly promoted: number
  readonly ready: number
}

async function killPrimaries(setting: Setting, whole: Cluster): Promise<Outcome> {
  const { length, directory, say } = setting
  const scene = newScene(6)
  const nodes = await startNodes(setting, scene, whole)
  const { history, verdict, seen } = await underLoad(
    {
      scene,
      server: nodes,
      rate: many(length, { short: 20, usual: 40, long: 60 }),
      directory,
      database: whole.direct,
    },
    async () => {
      const kills: Kill[] = []
      for (let round = many(length, { short: 1, usual: 5, long: 25 }); round > 0; round -= 1) {
        for (const what of deaths) {
          await wait(randomInt(1000, 4000))
          const kill = await killPrimary(whole, what, nodes)
          kills.push(kill)
          say(`${kills.length}, ${what}: there was a primary again after ${spellTime(kill.promoted - kill.killed)}`)
          await whole.whole()
        }
      }
      await nodes.ready()
      await until(() => isReadFromStandby(whole), 'a node reads from a standby')
      return kills
    },
  )
  return { verdict, figures: figuresOf(seen, history) }
}

/** Two nodes, each with a way of its own to the database, and the proxy before them. */
interface Nodes extends Pick<FaultNode, 'issuer' | 'send' | 'close'> {
  /** Awaits that both are ready. */
  ready(): Promise<void>
}

async function startNodes({ directory }: Setting, scene: Scene, whole: Cluster): Promise<Nodes> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const start = async (name: string, database: string, way: object): Promise<FaultNode> => {
    const own = join(directory, name)
    await mkdir(own)
    const configuration = { ...configurationOf(scene), ...way, database_connections: 8 }
    return startNode({ directory: own, configuration, database, issuer })
  }
  const direct = await start('direct', whole.direct, { database_standby: whole.standby })
  const pooled = await start('pooled', whole.pooled, { database_pooling: 'transaction' })
  const nodes = [direct, pooled]
  const proxy = await startWebProxy({ directory, port, nodes })
  return {
    issuer,
    send: direct.send,
    ready: async () => void (await Promise.all(nodes.map((node) => node.until('/readyz', 200)))),
    async close() {
      await proxy.close()
      await Promise.all(nodes.map((node) => node.close()))
    },
  }
}

/** Whether a node is connected to one that follows. */
async function isReadFromStandby(whole: Cluster): Promise<boolean> {
  const { member: primary } = await whole.primary()
  const counts = await Promise.all(
    whole.members
      .filter((member) => member !== primary)
      .map(async ({ port }) => {
        const client = new Client(`postgres://licet:licet@127.0.0.1:${port}/postgres`)
        await client.connect()
        const { rowCount } = await client.query("select 1 from pg_stat_activity where application_name = 'licet'")
        await client.end()
        return rowCount ?? 0
      }),
  )
  return counts.some((count) => count > 0)
}

async function killPrimary(whole: Cluster, what: Kill['what'], nodes: Nodes): Promise<Kill> {
  const primary = await whole.primary()
  // Those that are left then have to agree on who leads before they can agree on who is primary.
  if (what === 'machine') await primary.member.etcd.lead()
  const killed = now()
  await primary.member.kill(what)
  await whole.primary(primary)
  const promoted = now()
  await nodes.ready()
  const ready = now()
  await primary.member.restart()
  return { what, killed, promoted, ready }
}

function figuresOf(kills: readonly Kill[], history: readonly Operation[]): Outcome['figures'] {
  const promotions = deaths.map((what) => {
    const took = kills.filter((kill) => kill.what === what).map(({ killed, promoted }) => promoted - killed)
    return [`a primary again, where its ${what} died, after`, spellLongest(took)] as const
  })
  return {
    kills: String(kills.length),
    ...Object.fromEntries(promotions),
    'both nodes ready after that': spellLongest(kills.map(({ promoted, ready }) => ready - promoted)),
    'flows again after that': spellLongest(kills.map((kill) => flowsAfter(kill, history))),
    latency: spellQuantiles(latencies(acknowledged(history))),
  }
}

/** How long after the promotion something was acknowledged that has to be written. */
function flowsAfter({ promoted }: Kill, history: readonly Operation[]): number {
  const written = acknowledged(history, 'machine', 'redeem', 'refresh').filter(({ begun }) => begun > promoted)
  return quantile(
    written.map(({ ended }) => ended - promoted),
    0,
  )
}
