/** RL-22: three times as much as the server can answer. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { acknowledged, goodput, latencies, quantile, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Kind, Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad, usualMixture } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
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

      await lateness(node)
      const offered = 3 * saturation
      const flooding = await startLoad({ ...asked, pace: { rate: offered }, seconds })
      const [{ history, from, to }, bystander] = await Promise.all([
        stretch(flooding, seconds),
        refusalsOf(node, seconds),
      ])
      const late = await lateness(node)
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
          'of what was refused': spellQuantiles(bystander),
          'late, at the 99th of a hundred': `the driver ${spellTime(
            quantile(
              history.map(({ due, begun }) => begun - due),
              0.99,
            ),
          )}, the server ${late}`,
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

/**
 * How long refusals take, as a process sees it that has nothing else to do: the driver is late itself. What the person who
 * is nobody asks for is of the last rank.
 */
async function refusalsOf(node: FaultNode, seconds: number): Promise<readonly number[]> {
  const took: number[] = []
  const ask = async (): Promise<void> => {
    const begun = now()
    const { status } = await node.send({ path: '/account' })
    if (status === 503) took.push(now() - begun)
  }
  const asked: Promise<void>[] = []
  for (const end = now() + seconds * 1000; now() < end; await wait(50)) asked.push(ask())
  await Promise.all(asked)
  return took
}

/** How late the server's event loop was since somebody last asked. */
async function lateness(node: FaultNode): Promise<string> {
  const { body } = await node.send({ path: '/metrics' })
  return spellTime(1000 * Number(/^licet_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body)?.[1]))
}

function share(history: readonly Operation[], kind: Kind): string {
  const of = history.filter((one) => one.kind === kind)
  const away = of.filter(({ outcome }) => outcome === 'away')
  return `${kind} ${Math.round((100 * away.length) / of.length)} %`
}
