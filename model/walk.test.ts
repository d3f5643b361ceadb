/**
 * Random commands to two nodes over one database, each answer compared with what is expected. `LICET_MODEL_RUNS` walks
 * more often, `LICET_MODEL_SEED` again.
 */
import assert from 'node:assert/strict'
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
    const subs: ReadonlySet<string>[] = []

    for (const [way, walks] of Object.entries(ways)) {
      test(`I1 to I8, I10, I12: whatever is asked, ${way}, and whichever node dies, the answers are explained`, async () => {
        const property = fc.asyncProperty(walks, async (steps) => {
          const walked = await walk(steps, nodes, lengthsOf(nodes))
          secrets.push(...walked.secrets)
          subs.push(walked.subs)
          await checkTrail(walked)
        })
        await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) })
      })
    }

    test('I9: no code and no token of all these walks is in the database or in the log', () =>
      checkNoneKept(nodes, secrets))

    test('I11: each person is one sub to all these clients, and no two are the same', () => {
      const told = subs.filter(({ size }) => size > 0)
      assert.ok(told.length > 0)
      assert.ok(told.every(({ size }) => size === 1))
      assert.equal(new Set(told.flatMap((those) => [...those])).size, told.length)
    })
  })
}

function lengthsOf({ one: { configuration } }: Nodes) {
  return {
    authorization_code: configuration['lifetimes.authorization_code'],
    access_token: configuration['lifetimes.access_token'],
    replay_window: 60,
  }
}
