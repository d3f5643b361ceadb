/** Killing a node again and again while it works, as the shared part of the scenarios that do. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { acknowledged, latencies, spellLongest, spellQuantiles } from './figures.ts'
import { now } from './flows.ts'
import type { Operation } from './history.ts'
import { startNode } from './node.ts'
import { configurationOf, newScene } from './scene.ts'
import { underLoad } from './under-load.ts'
import type { Outcome, Setting } from './scenario.ts'

/** How hard. */
export interface Killing {
  readonly kills: number
  /** Operations a second. */
  readonly rate: number
  /** The URL of a PostgreSQL database; else a SQLite file in the scenario's folder. */
  readonly database?: string
}

/** Kills a node under load at moments of no pattern, starts it again each time, and holds it to all it said. */
export async function killAgainAndAgain(setting: Setting, { kills, rate, database }: Killing): Promise<Outcome> {
  const { directory, say } = setting
  const scene = newScene(6)
  const configuration = configurationOf(scene)
  const server = await startNode({ directory, configuration, ...(database !== undefined && { database }) })
  const loaded = { scene, server, rate, directory, database: database ?? `sqlite:${directory}/licet.db` }
  const { history, verdict, seen } = await underLoad(loaded, async () => {
    const took: number[] = []
    const away: Span[] = []
    for (let kill = 1; kill <= kills; kill += 1) {
      await wait(randomInt(200, 1800))
      const killed = now()
      await server.kill()
      took.push(await server.restart())
      away.push({ from: killed, to: now() })
      if (kill % 20 === 0) say(`${kill} of ${kills} kills`)
    }
    return { took, away }
  })
  checkExcused(history, seen.away)
  return {
    verdict,
    figures: {
      kills: String(kills),
      'ready again': spellLongest(seen.took),
      latency: spellQuantiles(latencies(acknowledged(history))),
    },
  }
}

/** A stretch of time, milliseconds since 1970. */
interface Span {
  readonly from: number
  readonly to: number
}

/** Nobody is left without an answer but while the node was away. */
function checkExcused(history: readonly Operation[], away: readonly Span[]): void {
  const unanswered = history.filter(({ outcome }) => outcome === 'unknown')
  const without = unanswered.filter(({ begun, ended }) => !away.some(({ from, to }) => begun <= to && ended >= from))
  assert.deepEqual(
    without.map(({ kind, said }) => `${kind}: ${said ?? ''}`),
    [],
  )
}
