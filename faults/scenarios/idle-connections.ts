/** RL-21: thousands of connections that nobody uses, then more than are taken. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { cpuOfTree, memoryOfTree } from '../../bench/processes.ts'
import { nextMessage, startProcess } from '../../testing/processes.ts'
import { besideDriver } from '../cores.ts'
import { acknowledged, dueBetween, quantile, spellLatencies, spellShare, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Operation } from '../history.ts'
import { hold } from '../hold.ts'
import type { Idled, Idling } from '../idlers.ts'
import { startLoad } from '../load.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** As many as a node takes, and how long it leaves them open that nobody uses, milliseconds. */
const taken = 16_384
const keptOpen = 72_000

/** Connections are held by other processes, which ask once and fall silent. */
export const idleConnections: Scenario = {
  id: 'RL-21',
  fault: 'ten thousand idle connections, then twenty thousand (a few hundred in the short form)',
  holds: 'others are answered as before, what is too much is refused, idle ones are closed when their time is over',
  tested: 'always',
  async run({ length, directory }) {
    const connections = many(length, { short: 400, usual: 10_000, long: 10_000 })
    const until = length === 'short' ? 'asked_again' : 'closed'
    const scene = newScene(6)
    const configuration = { ...configurationOf(scene), overload: {} }
    const node = await startNode({ directory, configuration, under: besideDriver })
    const stretches: Stretch[] = []
    /** What is done meanwhile, and how much of a core the server took for it. */
    const during = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> => {
      const [from, cpu] = [now(), cpuOfTree(node.pid())]
      const result = await act()
      const to = now()
      stretches.push({ name, from, to, cores: (cpuOfTree(node.pid()) - cpu) / (to - from) })
      return result
    }
    try {
      const load = await startLoad({ issuer: node.issuer, scene, pace: { rate: 50 }, directory, server: node.pid() })
      load.begin()
      const still = many(length, { short: 500, usual: 15_000, long: 30_000 })
      await during('without them', () => wait(still))
      const before = memoryOfTree(node.pid())
      const first = await during('while they come', () => startIdlers({ port: node.port, connections, until }))
      const each = (memoryOfTree(node.pid()) - before) / connections
      await during('while they stand', () => wait(still))
      const second = await during('while more come', () => startIdlers({ port: node.port, connections, until }))
      await during('while all ask again', () => Promise.all([first.askAgain(), second.askAgain()]))
      const history = await load.stop()
      const idled = await Promise.all([first.idled(), second.idled()])
      const closedAfter = idled.flatMap((one) => one.closedAfter)
      const refused = check(idled, 2 * connections)
      // Only now is there room again for whoever looks.
      const verdict = await hold(history, { scene, node, database: `sqlite:${directory}/licet.db` })
      return {
        verdict,
        figures: {
          'a connection takes': `${(each / 1000).toFixed(1)} kB`,
          ...Object.fromEntries(stretches.map((stretch) => told(stretch, history))),
          refused: `${refused.toLocaleString('en')} of ${(2 * connections).toLocaleString('en')}`,
          'idle ones closed after': `${spellTime(quantile(closedAfter, 0))} to ${spellTime(quantile(closedAfter, 1))}`,
        },
      }
    } finally {
      await node.close()
    }
  },
}

/** A part of the time, and what the server took meanwhile, in cores. */
interface Stretch {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly cores: number
}

/** How long the others waited meanwhile. */
function told({ name, from, to, cores }: Stretch, history: readonly Operation[]): [string, string] {
  const done = acknowledged(dueBetween(history, from, to))
  return [`latency ${name}`, `${spellLatencies(done)}, ${spellShare(cores)} of a core`]
}

/** Who was answered is answered again; who is refused is refused for want of room alone. */
function check(idled: readonly Idled[], asked: number): number {
  const sum = (pick: (one: Idled) => number): number => idled.reduce((total, one) => total + pick(one), 0)
  const refused = sum((one) => one.refused)
  assert.equal(
    sum((one) => one.answeredAgain),
    sum((one) => one.answered),
    'a connection that stood was cut',
  )
  for (const time of idled.flatMap((one) => one.closedAfter)) {
    assert.ok(time > keptOpen / 2, `a connection that stood was closed after ${spellTime(time)}`)
  }
  // The load has some as well.
  const room = asked > taken ? taken - 1000 : asked
  assert.ok(asked - refused >= room && asked - refused <= taken, `${refused} of ${asked} were refused`)
  return refused
}

async function startIdlers(input: Idling) {
  const idlers = startProcess(new URL('../idlers.ts', import.meta.url), { input, index: 0 })
  await nextMessage(idlers, 'prepared')
  let result: Promise<unknown> | undefined
  return {
    async askAgain(): Promise<void> {
      result = nextMessage(idlers, 'result')
      result.catch(() => undefined) // told by idled
      const again = nextMessage(idlers, 'asked again')
      idlers.send('go')
      await again
    },
    async idled(): Promise<Idled> {
      const found = (await result) as Idled
      const ended = once(idlers, 'exit')
      idlers.disconnect()
      await ended
      return found
    },
  }
}
