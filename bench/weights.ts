/** What a server weighs beside its speed: how soon it answers, how much memory it takes, how much a flow leaves behind. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Person } from './people.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import type { Scene } from './scene.ts'
import { median } from './generator.ts'
import { workloads } from './workloads.ts'

/** What was weighed. */
export interface Weight {
  /** Milliseconds from the start of the process to its first right answer. */
  readonly start: number
  /** Bytes of resident memory, two seconds after the start, with nothing done. */
  readonly memory: number
  /** Bytes of the database a flow of W3, of W2 where there is no W3; undefined where nothing is kept. */
  readonly flow: number | undefined
}

const starts = 3
const flows = 400

/** Weighs a server that nobody uses yet. */
export async function weigh(
  peer: Peer,
  { server, person, scene }: { readonly server: RunningPeer; readonly person: Person; readonly scene: Scene },
): Promise<Weight> {
  const took: number[] = []
  for (let count = 0; count < starts; count += 1) took.push(await server.restart())
  await wait(2000)
  const memory = server.memory()
  const name = peer.lacks?.W3 === undefined ? 'W3' : 'W2'
  const workload = workloads.find((one) => one.name === name)
  const operation = await workload?.prepare({ person, scene, to: server.endpoints })
  const before = await server.stored?.()
  for (let count = 0; count < flows && before !== undefined; count += 1) await operation?.()
  const after = await server.stored?.()
  const flow = before === undefined || after === undefined ? undefined : (after - before) / flows
  return { start: median(took), memory, flow }
}
