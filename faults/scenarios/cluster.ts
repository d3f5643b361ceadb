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
import { freePort } from '../../bench/processes.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'
import { startWebProxy } from '../cluster/web-proxy.ts'
import { acknowledged, latencies, spellLongest, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import { hold } from '../hold.ts'
import type { Operation } from '../history.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { configurationOf, newScene } from '../scene.ts'
import { many, type Outcome, type Scenario, type Setting } from '../scenario.ts'

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

/** What died, when, and when there was a primary again: milliseconds since 1970. */
interface Kill {
  readonly what: (typeof deaths)[number]
  readonly killed: number
  readonly promoted: number
}

async function killPrimaries({ length, directory, say }: Setting, whole: Cluster): Promise<Outcome> {
  const scene = newScene(6)
  const configuration = configurationOf(scene)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const nodes: FaultNode[] = []
  const databases = {
    direct: [whole.direct, { database_standby: whole.standby }],
    pooled: [whole.pooled, { database_pooling: 'transaction' }],
  } as const
  for (const [name, [database, way]] of Object.entries(databases)) {
    const own = join(directory, name)
    await mkdir(own)
    const settings = { ...configuration, ...way, database_connections: 8 }
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
    for (let round = many(length, { short: 1, usual: 5, long: 25 }); round > 0; round -= 1) {
      for (const what of deaths) {
        await wait(randomInt(1000, 4000))
        const kill = await killPrimary(whole, what)
        kills.push(kill)
        say(`${kills.length}, ${what}: there was a primary again after ${spellTime(kill.promoted - kill.killed)}`)
        await whole.whole()
      }
    }
    const history = await load.stop()
    const [node] = nodes
    if (node === undefined) throw new Error('there is no node')
    await node.until('/readyz', 200)
    await until(() => isReadFromStandby(whole), 'a node reads from a standby')
    const verdict = await hold(history, { scene, node, database: whole.direct })
    return { verdict, figures: figuresOf(kills, history) }
  } finally {
    await proxy.close()
    await Promise.all(nodes.map((one) => one.close()))
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

async function killPrimary(whole: Cluster, what: Kill['what']): Promise<Kill> {
  const primary = await whole.primary()
  // Those that are left then have to agree on who leads before they can agree on who is primary.
  if (what === 'machine') await primary.member.etcd.lead()
  const killed = now()
  await primary.member.kill(what)
  await whole.primary(primary)
  const promoted = now()
  await primary.member.restart()
  return { what, killed, promoted }
}

function figuresOf(kills: readonly Kill[], history: readonly Operation[]): Outcome['figures'] {
  const promotions = deaths.map((what) => {
    const took = kills.filter((kill) => kill.what === what).map(({ killed, promoted }) => promoted - killed)
    return [`a primary again, where its ${what} died, after`, spellLongest(took)] as const
  })
  return {
    kills: String(kills.length),
    ...Object.fromEntries(promotions),
    'flows again after that': spellLongest(kills.map((kill) => flowsAfter(kill, history))),
    latency: spellQuantiles(latencies(acknowledged(history))),
  }
}

/** How long after the promotion something was acknowledged that has to be written. */
function flowsAfter({ promoted }: Kill, history: readonly Operation[]): number {
  const written = acknowledged(history, 'machine', 'redeem', 'refresh').filter(({ begun }) => begun > promoted)
  return Math.min(...written.map(({ ended }) => ended)) - promoted
}
