/** RL-22: three times as much as the server can answer. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { acknowledged, goodput, latencies, quantile, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Kind, Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad, usualMixture } from '../load.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** What is asked, with people who look through their page. */
const mixture = { ...usualMixture, machine: 30, visit: 10 }

/** More comes than can be answered. */
export const overload: Scenario = {
  id: 'RL-22',
  fault: 'three times as much as the server can answer',
  holds: 'what it takes it does, and the rest is told when to come back',
  tested: 'always',
  async run({ length, directory }) {
    const seconds = many(length, { short: 3, usual: 20, long: 60 })
    const scene = newScene(12)
    const node = await startNode({ directory, configuration: { ...configurationOf(scene), overload: {} } })
    try {
      const asked = { issuer: node.issuer, scene, directory, mixture }
      const saturating = await startLoad({ ...asked, pace: { users: 32 }, seconds })
      const saturated = await stretch(saturating, seconds)
      const saturation = goodput(saturated.history, saturated.from, saturated.to)

      const offered = 3 * saturation
      const flooding = await startLoad({ ...asked, pace: { rate: offered }, seconds })
      const { history, from, to } = await stretch(flooding, seconds)
      await node.until('/readyz', 200)
      const refused = history.filter(({ outcome }) => outcome === 'away')
      for (const { status, retry_after, said } of refused) {
        assert.ok(status === 503 && retry_after !== undefined && retry_after > 0, `${status} ${said ?? ''}`)
      }
      const verdict = await hold([...saturated.history, ...history], {
        scene,
        node,
        database: `sqlite:${directory}/licet.db`,
      })
      return {
        verdict,
        figures: {
          saturation: `${Math.round(saturation)}/s`,
          offered: `${Math.round(offered)}/s`,
          goodput: `${Math.round((100 * goodput(history, from, to)) / saturation)} %`,
          'p50 / p99 of what was taken': spellQuantiles(latencies(acknowledged(history))),
          'of what was refused': spellTime(
            quantile(
              refused.map(({ begun, ended }) => ended - begun),
              0.99,
            ),
          ),
          'turned away': (['refresh', 'introspect', 'authorize', 'visit'] as const)
            .map((kind) => share(history, kind))
            .join(', '),
        },
      }
    } finally {
      await node.close()
    }
  },
}

/** Lets a load do its work, and answers its history with when it began and ended: the first second counts for nothing. */
async function stretch(load: Awaited<ReturnType<typeof startLoad>>, seconds: number) {
  const from = now() + 1000
  load.begin()
  await wait(seconds * 1000)
  const to = now()
  return { history: await load.stop(), from, to }
}

function share(history: readonly Operation[], kind: Kind): string {
  const of = history.filter((one) => one.kind === kind)
  const away = of.filter(({ outcome }) => outcome === 'away')
  return `${kind} ${Math.round((100 * away.length) / of.length)} %`
}
