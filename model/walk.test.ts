/**
 * Random commands to two nodes over one database, each answer compared with what is expected. `LICET_MODEL_RUNS` walks
 * more often, `LICET_MODEL_SEED` again.
 */
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { freshDatabases } from '../testing/databases.ts'
import { openDatabase } from '../src/storage/open.ts'
import { openNodes, type Nodes } from './nodes.ts'
import { walk, walksAlone, walksTogether, type Walk } from './walk.ts'
import { checkNoneKept, checkTrail } from './trail.ts'

const runs = Number(process.env['LICET_MODEL_RUNS'] ?? 10)
const seed = process.env['LICET_MODEL_SEED']

const ways: Readonly<Record<string, fc.Arbitrary<Walk>>> = {
  'one after the other': walksAlone,
  'at once, to both': walksTogether,
}

const opened = await Promise.all(
  Object.entries(freshDatabases).map(async ([name, fresh]) => {
    const url = await fresh()
    const open = () => openDatabase(url, { patience: 60_000, connections: 4 })
    return [name, await openNodes(async () => [await open(), await open()])] as const
  }),
)
after(() => Promise.all(opened.map(([, nodes]) => nodes.close())))

for (const [name, nodes] of opened) {
  describe(`two nodes over ${name}`, () => {
    const secrets: string[] = []

    for (const [way, walks] of Object.entries(ways)) {
      test(`I1, I2, I3, I4, I7, I10, I12: whatever is asked, ${way}, the answers are explained`, async () => {
        const property = fc.asyncProperty(walks, async (steps) => {
          const walked = await walk(steps, nodes, lengthsOf(nodes))
          secrets.push(...walked.secrets)
          await checkTrail(walked)
        })
        await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) })
      })
    }

    test('I9: no code and no token of all these walks is in the database or in the log', () =>
      checkNoneKept(nodes, secrets))
  })
}

function lengthsOf({ one: { configuration } }: Nodes) {
  return {
    authorization_code: configuration['lifetimes.authorization_code'],
    access_token: configuration['lifetimes.access_token'],
    replay_window: 60,
  }
}
