/** How much a server can do, what that costs it, and for how long it waited for the machine. */
import { setTimeout as wait } from 'node:timers/promises'
import { cpuOfTree } from '../bench/processes.ts'
import { ranSoFar, waitedForCore, type Busy } from './cores.ts'
import { acknowledged, goodput, spellShare } from './figures.ts'
import { now } from './flows.ts'
import type { Operation } from './history.ts'
import { startLoad, type Drive, type Load } from './load.ts'
import type { FaultNode } from './node.ts'
import type { Scene } from './scene.ts'

/** A load over a stretch of time. */
export interface Stretch {
  readonly history: readonly Operation[]
  /** When it began and ended; the first second counts for nothing. */
  readonly from: number
  readonly to: number
  readonly driven: Busy
}

/** What is driven. */
export interface Driven extends Partial<Pick<Drive, 'mixture' | 'connections'>> {
  readonly node: FaultNode
  readonly scene: Scene
  readonly directory: string
  readonly seconds: number
}

/** Asks for as much as is answered: whoever has an answer asks again. */
export async function saturate({ node, ...asked }: Driven): Promise<
  Stretch & {
    /** Acknowledged operations a second. */
    readonly saturation: number
    /** The same for each second that the server ran. */
    readonly ofItsOwn: number
    /** The same, with what one costs, in words. */
    readonly spelled: string
  }
> {
  const load = await startLoad({ ...asked, issuer: node.issuer, pace: { users: 32 } })
  const weighed = weigh(node)
  const stretch = await letWork(load, asked.seconds)
  const { cpu, ran } = weighed()
  const { history, from, to } = stretch
  const saturation = goodput(history, from, to)
  const each = (cpu / acknowledged(history).length).toFixed(2)
  return {
    ...stretch,
    saturation,
    ofItsOwn: saturation / ran,
    spelled: `${Math.round(saturation)}/s, ${each} ms of CPU each`,
  }
}

/** Lets a load do its work for so many seconds. */
export async function letWork(load: Load, seconds: number): Promise<Stretch> {
  const from = now() + 1000
  load.begin()
  await wait(seconds * 1000)
  const to = now()
  return { history: await load.stop(), driven: await load.driven(), from, to }
}

/** What a server takes from now on: CPU time, milliseconds, and for which shares of the time its loop ran and waited for a core. */
export function weigh(node: FaultNode): () => Readonly<Record<'cpu' | 'ran' | 'waited', number>> {
  const pid = node.pid()
  const begun = { at: now(), cpu: cpuOfTree(pid), ran: ranSoFar(pid), waited: waitedForCore(pid) }
  return () => ({
    cpu: cpuOfTree(pid) - begun.cpu,
    ran: (ranSoFar(pid) - begun.ran) / (now() - begun.at),
    waited: (waitedForCore(pid) - begun.waited) / (now() - begun.at),
  })
}

/** Who was late for want of a core, so that it is not laid at the server's door. */
export function spellWaits(driven: Busy, waited: number): string {
  return `the driver ${spellShare(driven.waited)} (busy for ${spellShare(driven.busy)}), the server ${spellShare(waited)}`
}

/** How late the server's event loop was since somebody last asked. */
export async function latenessOf(node: FaultNode): Promise<number> {
  const { body } = await node.send({ path: '/metrics' })
  return 1000 * Number(/^licet_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body)?.[1])
}
