/** The frame of most scenarios: a server works, something is done to it, and it is held to what it said. */
import type { Verdict } from './checker.ts'
import type { Operation } from './history.ts'
import { hold } from './hold.ts'
import { startLoad } from './load.ts'
import type { FaultNode } from './node.ts'
import { many, type Length } from './scenario.ts'
import type { Scene } from './scene.ts'

/** What works. */
export interface UnderLoad {
  readonly scene: Scene
  /** A node, or what stands before some; it is closed afterwards. */
  readonly server: Pick<FaultNode, 'issuer' | 'send' | 'close'>
  /** Operations that begin in a second. */
  readonly rate: number
  /** Where the history is kept. */
  readonly directory: string
  /** The URL of the database, by a way that is not broken. */
  readonly database: string
}

/** What a server that was disturbed came to. */
export interface Disturbed<Seen> {
  readonly history: readonly Operation[]
  readonly verdict: Verdict
  /** What was seen meanwhile. */
  readonly seen: Seen
}

/** Operations a second that leave a server, and whoever looks at it, time for something else. */
export const steadyRate = (length: Length): number => many(length, { short: 15, usual: 60, long: 60 })

/**
 * Drives a load at a server while it is disturbed, which must have an end: the server is ready again then.
 *
 * @throws {AssertionError} with what was lost, doubled, half or wrong
 */
export async function underLoad<Seen>(
  { scene, server, rate, directory, database }: UnderLoad,
  disturb: () => Promise<Seen>,
): Promise<Disturbed<Seen>> {
  try {
    const load = await startLoad({ issuer: server.issuer, scene, pace: { rate }, directory })
    load.begin()
    const seen = await disturb()
    const history = await load.stop()
    return { history, seen, verdict: await hold(history, { scene, node: server, database }) }
  } finally {
    await server.close()
  }
}
