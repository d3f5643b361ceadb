import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseUnavailable } from './database.ts'
import { openLanes, type LaneOptions } from './lanes.ts'
import { sql } from './sql.ts'
import { ask, type Work } from './work.ts'

/** So far that no answer is late, and so many groups that the next one is due within a millisecond. */
const far = { away: () => 60_000, underWay: 60_000 } as const

test('RL-07: where the way is long, a group goes out behind another on the same connection', async (context) => {
  const { asked, groups, until } = laid(context, far)
  const answers = [asked(), until(1).then(asked), until(2).then(asked)]
  await until(3)
  for (const group of groups) group.answer()
  assert.deepEqual(await Promise.all(answers), [[], [], []])
})

for (const [why, options] of [
  ['no more groups are under way than there may be', { away: () => 60_000, underWay: 1 }],
  ['where the way is short, it is not worth going out behind another', { away: () => 1, underWay: 1000 }],
] as const) {
  test(`RL-07: who asks meanwhile waits for a larger group: ${why}`, async (context) => {
    const { asked, groups, until } = laid(context, options)
    const first = asked()
    await until(1)
    const others = [asked(), turn().then(asked)]
    await turns()
    assert.equal(groups.length, 1)
    groups[0]?.answer()
    await first
    await until(2)
    assert.equal(groups[1]?.works.length, 2)
    groups[1]?.answer()
    await Promise.all(others)
  })
}

test('RL-08: when a connection breaks, all that it carries is told, and another takes its place', async (context) => {
  const { asked, groups, until, connected } = laid(context, far)
  const lost = [asked(), until(1).then(asked)].map((one) => assert.rejects(one, DatabaseUnavailable))
  await until(2)
  groups[0]?.breaks()
  await Promise.all(lost)
  assert.equal(connected(), 1)
  const next = asked()
  await until(3)
  groups[2]?.answer()
  assert.deepEqual(await next, [])
  assert.equal(connected(), 2)
})

/** A group as a connection carries it. */
interface Group {
  readonly works: readonly Work[]
  answer(): void
  breaks(): void
}

/** Lanes of one connection that answers when the test says so. */
function laid(context: TestContext, options: Pick<LaneOptions, 'away' | 'underWay'>) {
  const groups: Group[] = []
  let connected = 0
  const lanes = openLanes({
    ...options,
    count: 1,
    patience: 60_000,
    queue: 100,
    async connect() {
      connected += 1
      const carried: PromiseWithResolvers<void>[] = []
      const cut = (): void => carried.forEach(({ reject }) => reject(new Error('cut')))
      return {
        stands: () => true,
        cut,
        end: async () => undefined,
        carry(works) {
          const going = Promise.withResolvers<void>()
          carried.push(going)
          const answer = (): void => {
            for (const work of works) work.settle([[]])
            going.resolve()
          }
          groups.push({ works, answer, breaks: cut })
          return going.promise
        },
      }
    },
  })
  context.after(async () => lanes.close())
  return {
    groups,
    connected: () => connected,
    asked: async () => ask(lanes.enqueue, sql`select 1 as one`),
    /** Resolves when so many groups have gone out. */
    async until(count: number) {
      while (groups.length < count) await turn()
    },
  }
}

/** Lets whatever is due in the next turns of the event loop happen. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await turn()
}
