/** The load as a scenario sees it: started, begun, stopped, and read. */
import { join } from 'node:path'
import { once } from 'node:events'
import { nextMessage, startProcess } from '../testing/processes.ts'
import { readHistory, type Operation } from './history.ts'
import type { Busy } from './cores.ts'
import type { Connections } from './own-connections.ts'
import type { Scene } from './scene.ts'
import type { Work } from './flows.ts'

/** What the driver's process is started with. */
export interface Drive {
  readonly issuer: string
  /** Where requests go: the server itself, or what stands before it. */
  readonly origin: string
  readonly scene: Scene
  /** Operations that begin in a second, whatever becomes of them; or users who begin one when theirs has ended. */
  readonly pace: { readonly rate: number } | { readonly users: number }
  /** How long, unless it is stopped before. */
  readonly seconds: number
  /** How much of each kind of work, in whole parts. */
  readonly mixture: Readonly<Partial<Record<Work, number>>>
  readonly connections: Connections
  /** The process that serves, where it is to be looked at how long it ran while each operation took. */
  readonly server?: number
  /** The file that the history is written to. */
  readonly history: string
}

/** A load that is prepared. */
export interface Load {
  begin(): void
  /** Begins nothing more, awaits what is in flight, and answers the history. */
  stop(): Promise<readonly Operation[]>
  /** How busy the driver was, once it has stopped: one that is always busy, or stands in line for a core, is late itself. */
  driven(): Promise<Busy>
}

/** What is usual at an authorization server, in parts of a hundred. */
export const usualMixture: Drive['mixture'] = {
  machine: 40,
  code: 25,
  refresh: 20,
  introspect: 10,
  revoke: 3,
  consent: 2,
}

let started = 0

/**
 * Starts the driver and awaits that its people are signed in.
 *
 * @param options what may be left out is as usual: it goes on until it is stopped, over connections as there is need of them
 */
export async function startLoad(
  options: Pick<Drive, 'issuer' | 'scene' | 'pace'> &
    Partial<Pick<Drive, 'origin' | 'seconds' | 'mixture' | 'connections' | 'server'>> & { readonly directory: string },
): Promise<Load> {
  const { directory, ...asked } = options
  const history = join(directory, `history-${(started += 1)}.jsonl`)
  const usual: Omit<Drive, 'issuer' | 'scene' | 'pace' | 'history'> = {
    origin: asked.issuer,
    seconds: 24 * 3600,
    mixture: usualMixture,
    connections: 'kept_or_new',
  }
  const input = { ...usual, ...asked, history } satisfies Drive
  const driver = startProcess(new URL('./driver.ts', import.meta.url), { input, index: 0 })
  await nextMessage(driver, 'prepared')
  let result: Promise<unknown> | undefined
  return {
    begin() {
      result = nextMessage(driver, 'result')
      result.catch(() => undefined) // told by stop
      driver.send('go')
    },
    async stop() {
      driver.send('stop')
      await result
      const ended = once(driver, 'exit')
      driver.disconnect()
      await ended
      return readHistory(history)
    },
    driven: async () => (await result) as Busy,
  }
}
