/** RL-12: both nodes are restarted in turn, again and again; RL-13: one of them is killed. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { startBalanced } from '../balanced.ts'
import { acknowledged, latencies, spellQuantiles } from '../figures.ts'
import { beginSignIn } from '../halfway.ts'
import { assertAllAnswered } from '../hold.ts'
import { many, type Scenario } from '../scenario.ts'
import { newScene } from '../scene.ts'
import { steadyRate, underLoad } from '../under-load.ts'

/** An upgrade as operators do it. */
export const rollingRestart: Scenario = {
  id: 'RL-12',
  fault: 'two nodes behind HAProxy are told to end and started again in turn, under load',
  holds: 'no request fails, nothing is lost, each ends with code 0; who began to sign in at one goes on at the other',
  needs: ['haproxy'],
  tested: 'by hand',
  async run({ length, directory, say }) {
    const cycles = many(length, { short: 1, usual: 5, long: 20 })
    const scene = newScene(6)
    const balanced = await startBalanced(directory, scene)
    const loaded = { scene, server: balanced, rate: steadyRate(length), directory, database: balanced.database }
    const { history, verdict } = await underLoad(loaded, async () => {
      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        for (const node of balanced.nodes) {
          await wait(500)
          const halfway = await beginSignIn(node, scene)
          assert.equal(await node.end(), 0)
          await halfway.finish(balanced.send)
          await node.restart()
          // The balancer has seen it, too.
          await wait(1500)
        }
        say(`${cycle} of ${cycles} cycles`)
      }
    })
    assertAllAnswered(history)
    const latency = spellQuantiles(latencies(acknowledged(history)))
    return { verdict, figures: { restarts: String(2 * cycles), 'failed requests': '0', latency } }
  },
}

/** A node dies, and the other carries on. */
export const killOneOfTwo: Scenario = {
  id: 'RL-13',
  fault: '`kill -9` of one of two nodes behind HAProxy, under load',
  holds: 'the other carries on, with every session and every chain, and with who began to sign in',
  needs: ['haproxy'],
  tested: 'by hand',
  async run({ length, directory }) {
    const kills = many(length, { short: 1, usual: 6, long: 100 })
    const scene = newScene(6)
    const balanced = await startBalanced(directory, scene)
    const loaded = { scene, server: balanced, rate: steadyRate(length), directory, database: balanced.database }
    const [one, other] = balanced.nodes
    const { verdict } = await underLoad(loaded, async () => {
      for (let kill = 0; kill < kills; kill += 1) {
        const [victim, survivor] = kill % 2 === 0 ? [one, other] : [other, one]
        await wait(1500)
        const halfway = await beginSignIn(victim, scene)
        await victim.kill()
        await halfway.finish(survivor.send)
        await wait(1500)
        await victim.restart()
      }
      await wait(1500)
    })
    const unanswered = (verdict.unknown / kills).toFixed(1)
    return { verdict, figures: { kills: String(kills), 'unanswered a kill': unanswered } }
  },
}
