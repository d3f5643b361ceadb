/** RL-24: a handler throws, a promise rejects where nobody waits, a worker is killed; nothing goes on half alive. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { cpuOfTree } from '../../bench/processes.ts'
import { basic, form } from '../../conformance/scene.ts'
import { acknowledged, latencies, spellLongest, spellQuantiles } from '../figures.ts'
import { now } from '../flows.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

const NODE_OPTIONS = `--import=${new URL('../saboteur.ts', import.meta.url).href}`

/** What is done to one of two workers, in turn; SIGABRT is what native code does that hashes passwords and finds itself broken. */
const deaths = ['SIGKILL', 'SIGABRT', 'SIGUSR2'] as const

/** Parts of a server die. */
export const halfAlive: Scenario = {
  id: 'RL-24',
  fault: 'a handler throws; one of two workers is killed, aborts, or rejects a promise that nobody awaits, under load',
  holds: 'one 500, and the process lives; a worker that is out of order ends, others answer, another takes its place',
  tested: 'always',
  async run({ length, directory }) {
    const scene = newScene(4)
    const configuration = configurationOf(scene)
    const node = await startNode({ directory, configuration, workers: 2, environment: { NODE_OPTIONS } })
    try {
      await throwInHandler(node)
      const rate = many(length, { short: 30, usual: 60, long: 60 })
      const load = await startLoad({ issuer: node.issuer, scene, pace: { rate }, directory })
      load.begin()
      const answered: number[] = []
      const replaced: number[] = []
      const cost: number[] = []
      for (let round = many(length, { short: 1, usual: 5, long: 50 }); round > 0; round -= 1) {
        for (const death of deaths) {
          await wait(400)
          const took = await endWorker(node, death)
          answered.push(took.answered)
          replaced.push(took.replaced)
          cost.push(took.cpu)
        }
      }
      await wait(400)
      const history = await load.stop()
      const verdict = await hold(history, { scene, node, database: `sqlite:${directory}/licet.db` })
      return {
        verdict,
        figures: {
          deaths: String(replaced.length),
          'answered after': spellLongest(answered),
          'two serve again after': spellLongest(replaced),
          'CPU to start one': spellLongest(cost),
          latency: spellQuantiles(latencies(acknowledged(history))),
        },
      }
    } finally {
      await node.close()
    }
  },
}

/** One request fails inside: it is told 500, the next one is answered, by the same process. */
async function throwInHandler(node: FaultNode): Promise<void> {
  const before = await workersOf(node)
  const ask = (client_id: string) =>
    node.send({
      path: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic(client_id, 'wrong') },
      body: form({ grant_type: 'client_credentials' }),
    })
  const failed = await ask('saboteur')
  assert.deepEqual([failed.status, failed.body.includes('sabotaged')], [500, false], failed.body)
  assert.equal((await ask('nobody')).status, 401)
  assert.deepEqual(await workersOf(node), before)
}

/** Ends a worker; answers how long until somebody was answered, until as many serve as before, and what starting cost. */
async function endWorker(
  node: FaultNode,
  death: NodeJS.Signals,
): Promise<Readonly<Record<'answered' | 'replaced' | 'cpu', number>>> {
  const begun = await startedBy(node)
  const before = await workersOf(node)
  const [victim = 0] = before
  const ended = now()
  process.kill(victim, death)
  await node.until('/healthz', 200)
  const answered = now() - ended
  while ((await startedBy(node)) === begun) {
    assert.ok(now() - ended < 30_000, `nobody follows worker ${victim}`)
    await wait(5)
  }
  const replaced = now() - ended
  const after = await workersOf(node)
  assert.ok(!after.includes(victim), `worker ${victim} is still there`)
  const cpu = cpuOfTree(...after.filter((pid) => !before.includes(pid)))
  return { answered, replaced, cpu }
}

/** How many workers have followed others, as the log has it. */
async function startedBy(node: FaultNode): Promise<number> {
  return (await node.output()).split('"event":"worker_started"').length - 1
}

/** The workers that the keeper has now. */
async function workersOf(node: FaultNode): Promise<readonly number[]> {
  const pid = node.pid()
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').map(Number)
}
