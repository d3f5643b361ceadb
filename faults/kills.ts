/** Killing a node again and again while it works, as the shared part of the scenarios that do. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { acknowledged, latencies, quantile, spellQuantiles, spellTime } from './figures.ts'
import { now } from './flows.ts'
import type { Operation } from './history.ts'
import { hold } from './hold.ts'
import { startLoad } from './load.ts'
import { startNode } from './node.ts'
import { configurationOf, newScene } from './scene.ts'
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
  const node = await startNode({ directory, configuration, ...(database !== undefined && { database }) })
  try {
    const load = await startLoad({ issuer: node.issuer, scene, pace: { rate }, directory })
    load.begin()
    const took: number[] = []
    const away: Span[] = []
    for (let kill = 1; kill <= kills; kill += 1) {
      await wait(randomInt(200, 1800))
      const killed = now()
      await node.kill()
      took.push(await node.restart())
      away.push({ from: killed, to: now() })
      if (kill % 20 === 0) say(`${kill} of ${kills} kills`)
    }
    const history = await load.stop()
    checkExcused(history, away)
    const file = database ?? `sqlite:${directory}/licet.db`
    const verdict = await hold(history, { scene, node, database: file })
    return {
      verdict,
      figures: {
        kills: String(kills),
        'ready again': readyAgain(took),
        latency: spellQuantiles(latencies(acknowledged(history))),
      },
    }
  } finally {
    await node.close()
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

function readyAgain(took: readonly number[]): string {
  return `${spellTime(quantile(took, 0.5))}, at most ${spellTime(Math.max(...took))}`
}
