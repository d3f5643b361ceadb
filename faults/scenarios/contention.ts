/** RL-28: the database gives up transactions because of each other: 40001 and 40P01. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { freshDatabase } from '../../testing/postgres.ts'
import { startCutProxy } from '../cut-proxy.ts'
import { acknowledged, latencies, spellQuantiles } from '../figures.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'
import { underLoad } from '../under-load.ts'

/** Serialization failures and deadlocks. */
export const contention: Scenario = {
  id: 'RL-28',
  fault: 'one write in three meets a serialization failure, then a deadlock',
  holds: 'it is tried again, and no client hears of it',
  tested: 'always',
  async run({ length, directory }) {
    const seconds = many(length, { short: 2, usual: 10, long: 60 })
    const scene = newScene(6)
    const database = await freshDatabase()
    const proxy = await startCutProxy(database)
    const server = await startNode({ directory, configuration: configurationOf(scene), database: proxy.url })
    try {
      const { history, verdict } = await underLoad({ scene, server, rate: 60, directory, database }, async () => {
        for (const state of ['40001', '40P01']) {
          proxy.treat({ kind: 'inject', state, oneIn: 3 })
          await wait(seconds * 1000)
        }
        proxy.treat({ kind: 'pass' })
      })
      // Four tries in a row may fail, one time in eighty; then somebody is told to come back.
      assert.ok(verdict.acknowledged > 10 * verdict.away, `${verdict.away} were told to come back`)
      return { verdict, figures: { latency: spellQuantiles(latencies(acknowledged(history))) } }
    } finally {
      await proxy.close()
    }
  },
}
