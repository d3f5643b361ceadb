/**
 * Several processes on one address, for machines with several cores: this one starts the workers, replaces those that
 * die, hands on what an operator signals, and writes their lines out. It serves nobody and opens no database, so that
 * there is little in it that could fail. Each worker is a whole node (docs/decisions/0054).
 */
import cluster, { type Worker } from 'node:cluster'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { Configuration } from '../config/settings.ts'
import type { EventLog } from '../domain/event-log.ts'
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import { lineWriter, type LineWriter } from '../outside/line-writer.ts'
import { openLog, spellLoss } from '../outside/log.ts'
import type { Numbers } from '../outside/metrics.ts'
import type { FromWorker, ToWorker } from './siblings.ts'

/** A worker that served for longer than this is replaced at once: waiting would only keep people waiting (RL-24). */
const soon: Milliseconds = 1000
/** Otherwise, how long until it is replaced: longer each time, where that does not help. */
const pauses = { shortest: 100, longest: 16_000 } satisfies Readonly<Record<string, Milliseconds>>
/** How long we wait for the numbers of a worker. */
const numbersWithin: Milliseconds = 1000

/** A worker, and how it begins and ends. */
interface Started {
  readonly worker: Worker
  /** Resolves with what it says when it serves. */
  readonly ready: Promise<string>
  /** Resolves with its exit code, 1 when a signal ended it. */
  readonly ended: Promise<number>
}

/**
 * Serves by so many processes until this one is told to end. Resolves with the exit code: 0 when all ended well, that
 * of the first worker when it could not begin.
 *
 * @param count at least 2
 */
export async function superviseWorkers(
  count: number,
  { configuration, complain }: { readonly configuration: Configuration; readonly complain: (line: string) => void },
): Promise<number> {
  const lines = lineWriter(1, spellLoss)
  const log = openLog({ level: configuration['log.level'], destination: lines })
  const numbers = gathering()
  // Each takes connections from the one queue of the system. If this process handed them out, one
  // given to a worker that dies before taking it would stay open, unanswered, for as long as its peer waits (RL-24).
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ silent: true })
  const begin = () => begun({ lines, complain, numbers })

  // The first makes what a first start makes: tables, keys, accounts. What stops it would stop all.
  const first = begin()
  const began = await Promise.race([first.ready, first.ended])
  if (typeof began === 'number') {
    await lines.flush()
    return began
  }
  const told = untilTold()
  const others = Array.from({ length: count - 1 }, begin)
  const kept = [first, ...others].map((one) => keep(one, { begin, log, isStopping: told.isStopping }))
  await Promise.race([Promise.all(others.map(({ ready, ended }) => Promise.race([ready, ended]))), told.promise])
  if (!told.isStopping()) lines.write(`${began}\n`)
  const codes = await Promise.all(kept)
  await lines.flush()
  return codes.every((code) => code === 0) ? 0 : 1
}

/** Starts a worker and keeps it going: whenever it dies, another takes its place. Resolves with its exit code at the end. */
async function keep(
  started: Started,
  parts: { readonly begin: () => Started; readonly log: EventLog; readonly isStopping: () => boolean },
): Promise<number> {
  const { begin, log, isStopping } = parts
  let current = started
  let pause: Milliseconds = 0
  for (;;) {
    let since = Infinity
    void current.ready.then(() => (since = milliseconds()))
    const status = await current.ended
    if (isStopping()) return status
    log.warn('worker_ended', { status, signal: current.worker.process.signalCode ?? undefined })
    pause = milliseconds() - since > soon ? 0 : Math.min(Math.max(2 * pause, pauses.shortest), pauses.longest)
    await wait(pause)
    if (isStopping()) return 0
    current = begin()
    void current.ready.then(() => log.info('worker_started', {}))
  }
}

function begun(parts: {
  readonly lines: LineWriter
  readonly complain: (line: string) => void
  readonly numbers: ReturnType<typeof gathering>
}): Started {
  const { lines, complain, numbers } = parts
  const worker = cluster.fork()
  const { stdout, stderr } = worker.process
  // A line that a worker died in the middle of is not written.
  if (stdout !== null) wholeLines(stdout, (line) => lines.write(`${line}\n`))
  if (stderr !== null) createInterface(stderr).on('line', complain)
  const ready = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<number>()
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') ready.resolve(message.line)
    else if (message.kind === 'numbers') numbers.answered(message)
    else void numbers.ofAll().then((all) => tell(worker, { kind: 'numbers_of_all', ticket: message.ticket, all }))
  })
  worker.on('exit', (code: number | null) => ended.resolve(code ?? 1))
  return { worker, ready: ready.promise, ended: ended.promise }
}

function wholeLines(stream: NodeJS.ReadableStream, each: (line: string) => void): void {
  let begun = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    const [first = '', ...rest] = piece.split('\n')
    if (rest.length === 0) {
      begun += first
      return
    }
    each(begun + first)
    begun = rest.pop() ?? ''
    for (const line of rest) each(line)
  })
}

/** Hands on what an operator signals: SIGTERM and SIGINT end, a second one at once; SIGHUP reads the configuration again. */
function untilTold(): { readonly promise: Promise<void>; readonly isStopping: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let told = false
  const end = (): void => {
    if (told) {
      for (const worker of workers()) worker.process.kill('SIGKILL')
      process.exit(1)
    }
    told = true
    for (const worker of workers()) tell(worker, { kind: 'drain' })
    resolve()
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.on('SIGHUP', () => {
    for (const worker of workers()) tell(worker, { kind: 'reload' })
  })
  return { promise, isStopping: () => told }
}

/** Gathers what each worker has counted. One that does not answer in time, or dies meanwhile, is left out. */
function gathering() {
  const waiting = new Map<number, (numbers: Numbers) => void>()
  let tickets = 0
  return {
    async ofAll(): Promise<readonly Numbers[]> {
      const answers = workers().map(async (worker) => {
        const ticket = (tickets += 1)
        const answer = Promise.withResolvers<Numbers>()
        waiting.set(ticket, answer.resolve)
        tell(worker, { kind: 'numbers_wanted', ticket })
        const late = wait(numbersWithin, undefined, { ref: false })
        return Promise.race([answer.promise, late]).finally(() => waiting.delete(ticket))
      })
      return (await Promise.all(answers)).filter((numbers) => numbers !== undefined)
    },
    answered({ ticket, numbers }: FromWorker & { readonly kind: 'numbers' }): void {
      waiting.get(ticket)?.(numbers)
    },
  }
}

const workers = (): readonly Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

/** There is nothing to say to one that is just dying. */
function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}
