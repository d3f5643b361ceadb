/** RL-09: PostgreSQL takes fewer connections than the nodes would like. */
import { setTimeout as wait } from 'node:timers/promises'
import { startPostgres } from '../../testing/postgres.ts'
import { acknowledged, latencies, spellQuantiles } from '../figures.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, halves, newScene } from '../scene.ts'

/** Two nodes of six connections each, and eight in all. */
export const fewConnections: Scenario = {
  id: 'RL-09',
  fault: 'PostgreSQL takes eight connections; two nodes would have twelve',
  holds: 'both nodes serve, with those that they get',
  tested: 'by hand',
  async run({ length, directory }) {
    const scene = newScene(6)
    const postgres = await startPostgres({ max_connections: 8 })
    const own = { directory, configuration: configurationOf(scene), database: postgres.url }
    const one = await startNode(own)
    const other = await startNode({ ...own, issuer: one.issuer })
    try {
      const asked = { issuer: one.issuer, pace: { rate: 40 }, directory }
      const [these, those] = halves(scene)
      const loads = [
        await startLoad({ ...asked, scene: these }),
        await startLoad({ ...asked, scene: those, origin: `http://127.0.0.1:${other.port}` }),
      ]
      for (const load of loads) load.begin()
      await wait(many(length, { short: 4, usual: 15, long: 120 }) * 1000)
      const histories = []
      for (const load of loads) histories.push(await load.stop())
      const history = histories.flat()
      // No fourth place is left for a look into the database: the nodes hold all there are.
      const verdict = await hold(history, { scene, node: one })
      return { verdict, figures: { latency: spellQuantiles(latencies(acknowledged(history))) } }
    } finally {
      await Promise.all([one.close(), other.close()])
      await postgres.stop()
    }
  },
}
