/** What a worker and the process that keeps it say to each other (workers.ts), seen from the worker. */
import cluster from 'node:cluster'
import { printTogether, type Metrics, type Numbers, type Printed } from '../outside/metrics.ts'

/** What a worker says. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly line: string }
  | { readonly kind: 'numbers'; readonly ticket: number; readonly numbers: Numbers }
  | { readonly kind: 'numbers_wanted'; readonly ticket: number }

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: 'drain' | 'reload' }
  | { readonly kind: 'numbers_wanted'; readonly ticket: number }
  | { readonly kind: 'numbers_of_all'; readonly ticket: number; readonly all: readonly Numbers[] }

/** What a worker does when it is told so. */
export interface Orders {
  readonly drain: () => void
  readonly reload: () => void
}

/** A worker's place among the others. */
export interface Siblings {
  /** How many there are, this one with them. */
  readonly count: number
  /** Gives the metrics of this one, which print those of all. */
  together(own: Metrics): Metrics
  /** Says that this one serves. */
  sayReady(line: string): void
  /** Does what this one is told, and has been told. */
  obey(orders: Orders): void
}

/** Tells whether this process is a worker that another one keeps. */
export const isWorker = (): boolean => cluster.isWorker

/** Opens the line to the process that keeps this worker. When that one dies, Node ends this one. */
export function openSiblings(count: number): Siblings {
  const wanted = new Map<number, (all: readonly Numbers[]) => void>()
  const { promise: counted, resolve: keepCount } = Promise.withResolvers<Metrics>()
  const { promise: serving, resolve: serve } = Promise.withResolvers<Orders>()
  let tickets = 0
  const send = (message: FromWorker): void => void process.send?.(message)

  process.on('message', (message: ToWorker) => {
    if (message.kind === 'numbers_of_all') wanted.get(message.ticket)?.(message.all)
    else if (message.kind === 'numbers_wanted') void answer(message.ticket)
    else void serving.then((orders) => orders[message.kind]())
  })

  async function answer(ticket: number): Promise<void> {
    send({ kind: 'numbers', ticket, numbers: await (await counted).numbers() })
  }

  function numbersOfAll(): Promise<readonly Numbers[]> {
    const ticket = (tickets += 1)
    const { promise, resolve } = Promise.withResolvers<readonly Numbers[]>()
    wanted.set(ticket, resolve)
    send({ kind: 'numbers_wanted', ticket })
    return promise.finally(() => wanted.delete(ticket))
  }

  return {
    count,
    together(own) {
      keepCount(own)
      return { ...own, print: async (): Promise<Printed> => printTogether(await numbersOfAll()) }
    },
    sayReady: (line) => send({ kind: 'ready', line }),
    obey: serve,
  }
}
