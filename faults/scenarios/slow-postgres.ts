/** RL-07: PostgreSQL is slow; RL-08: its connections are open and dead. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { freshDatabase } from '../../testing/postgres.ts'
import { startCutProxy } from '../cut-proxy.ts'
import { acknowledged, dueBetween, latencies, longest, quantile, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'
import { steadyRate, underLoad } from '../under-load.ts'

/** What is one request: the rest is people who go through pages. */
const oneRequest = ['machine', 'redeem', 'refresh', 'introspect', 'revoke'] as const

/** Every message of the database is late, and then one answer in twenty very late. */
export const slowPostgres: Scenario = {
  id: 'RL-07',
  fault: 'each message to and from PostgreSQL is 25, 100, 500 ms late; then one statement in twenty takes 10 s',
  holds: 'everything is done, later; what takes too long is told 503; what needs no database is not late',
  tested: 'by hand',
  async run({ length, directory }) {
    const seconds = many(length, { short: 3, usual: 10, long: 60 })
    const scene = newScene(6)
    const database = await freshDatabase()
    const proxy = await startCutProxy(database)
    const server = await startNode({ directory, configuration: configurationOf(scene), database: proxy.url })
    try {
      const { history, verdict, seen } = await underLoad({ scene, server, rate: 40, directory, database }, async () => {
        const spans: { readonly each: number; readonly from: number; readonly to: number }[] = []
        const withoutDatabase: number[] = []
        const goOn = async (): Promise<void> => {
          for (let asked = 0; asked < 10 * seconds; asked += 1) {
            const begun = now()
            assert.equal((await server.send({ path: '/jwks' })).status, 200)
            withoutDatabase.push(now() - begun)
            await wait(100)
          }
        }
        for (const each of [0, 25, 100, 500]) {
          proxy.treat({ kind: 'delay', each })
          const from = now()
          await goOn()
          spans.push({ each, from, to: now() })
        }
        proxy.treat({ kind: 'stall', oneIn: 20, each: 10_000 })
        const stalling = now()
        await goOn()
        const stalled = { from: stalling, to: now() }
        proxy.treat({ kind: 'pass' })
        await server.until('/readyz', 200)
        return { spans, stalled, withoutDatabase }
      })
      const { spans, stalled, withoutDatabase } = seen
      assert.equal(verdict.unknown, 0, 'somebody waits in vain')
      const meanwhile = dueBetween(history, stalled.from, stalled.to)
      const away = meanwhile.filter(({ outcome }) => outcome === 'away')
      assert.ok(away.length > 0, 'no statement took long')
      const p99 = spans.map(({ each, from, to }) => {
        const took = latencies(acknowledged(dueBetween(history, from, to), ...oneRequest))
        return [`p99 of a request at ${2 * each} ms a round trip`, spellTime(quantile(took, 0.99))] as const
      })
      const figures = {
        ...Object.fromEntries(p99),
        'told 503 where one in twenty takes 10 s': `${Math.round((100 * away.length) / meanwhile.length)} %, after ${spellTime(longest(latencies(away)))} at most`,
        'p99 without database': spellTime(quantile(withoutDatabase, 0.99)),
      }
      return { verdict, figures }
    } finally {
      await proxy.close()
    }
  },
}

/** Nobody says that a connection is dead. */
export const deadConnections: Scenario = {
  id: 'RL-08',
  fault: 'open connections to PostgreSQL fall silent, then are reset, under load',
  holds: 'they are given up and made anew; what was asked on them is told 503',
  tested: 'by hand',
  async run({ length, directory }) {
    const rounds = many(length, { short: 1, usual: 5, long: 30 })
    const scene = newScene(6)
    const database = await freshDatabase()
    const proxy = await startCutProxy(database)
    const server = await startNode({ directory, configuration: configurationOf(scene), database: proxy.url })
    const loaded = { scene, server, rate: steadyRate(length), directory, database }
    try {
      const { history, verdict, seen } = await underLoad(loaded, async () => {
        const back: number[] = []
        for (let round = 0; round < rounds; round += 1) {
          for (const fault of ['freeze', 'reset'] as const) {
            await wait(1000)
            proxy[fault]()
            const at = now()
            await server.until('/readyz', 200)
            back.push(now() - at)
          }
        }
        await wait(1000)
        return back
      })
      const took = history.map(({ begun, ended }) => ended - begun)
      return {
        verdict,
        figures: { 'ready again': spellTime(longest(seen)), 'longest answer': spellTime(longest(took)) },
      }
    } finally {
      await proxy.close()
    }
  },
}
