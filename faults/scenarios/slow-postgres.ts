/** RL-07: PostgreSQL is slow; RL-08: its connections are open and dead. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { freshDatabase } from '../../testing/postgres.ts'
import { startCutProxy, type Treatment } from '../cut-proxy.ts'
import { acknowledged, dueBetween, latencies, longest, quantile, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Kind, Operation } from '../history.ts'
import { startNode, type FaultNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'
import { steadyRate, underLoad } from '../under-load.ts'

/** What is done to the database in turn, in the words of the table. */
const slow: Readonly<Record<string, Treatment>> = {
  'as it is': { kind: 'delay', each: 0 },
  'at 50 ms a round trip': { kind: 'delay', each: 25 },
  'at 200 ms a round trip': { kind: 'delay', each: 100 },
  'at 1 s a round trip': { kind: 'delay', each: 500 },
  'where one statement in twenty takes 10 s': { kind: 'stall', oneIn: 20, each: 10_000 },
}

/** What is one request: the rest is people who go through pages. */
const oneRequest: readonly Kind[] = ['machine', 'redeem', 'refresh', 'introspect', 'revoke']

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
    const withoutDatabase: number[] = []
    try {
      const loaded = { scene, server, rate: 40, directory, database }
      const { history, verdict, seen } = await underLoad(loaded, async () => {
        const spans: Span[] = []
        for (const [name, treatment] of Object.entries(slow)) {
          proxy.treat(treatment)
          const from = now()
          withoutDatabase.push(...(await askForKeys(server, seconds)))
          spans.push({ name, from, to: now() })
        }
        proxy.treat({ kind: 'pass' })
        await server.until('/readyz', 200)
        return spans
      })
      assert.equal(verdict.unknown, 0, 'somebody waits in vain')
      assert.ok(verdict.away > 0, 'no statement took long')
      const requests = history.filter(({ kind }) => oneRequest.includes(kind))
      const p99 = seen.map((span) => [`p99 of a request ${span.name}`, latencyIn(span, requests)])
      const without = spellTime(quantile(withoutDatabase, 0.99))
      return { verdict, figures: { ...Object.fromEntries(p99), 'p99 without database': without } }
    } finally {
      await proxy.close()
    }
  },
}

interface Span {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Asks ten times a second for what needs no database; answers how long each took. */
async function askForKeys(server: FaultNode, seconds: number): Promise<readonly number[]> {
  const took: number[] = []
  for (let asked = 0; asked < 10 * seconds; asked += 1) {
    const begun = now()
    assert.equal((await server.send({ path: '/jwks' })).status, 200)
    took.push(now() - begun)
    await wait(100)
  }
  return took
}

function latencyIn({ from, to }: Span, history: readonly Operation[]): string {
  const meanwhile = dueBetween(history, from, to)
  const away = meanwhile.filter(({ outcome }) => outcome === 'away')
  const p99 = spellTime(quantile(latencies(acknowledged(meanwhile)), 0.99))
  if (away.length === 0) return p99
  const share = Math.round((100 * away.length) / meanwhile.length)
  return `${p99}, and ${share} % told 503 after ${spellTime(longest(latencies(away)))} at most`
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
