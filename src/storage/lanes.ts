/**
 * A queue and the connections that serve it. Whatever is asked in one turn of the event loop goes out as one group on
 * one connection; the next turn's group takes another, as far as there are any, and waits and grows when there are not.
 *
 * Nobody waits longer than the patience: half of it at most in the queue, the rest at the server. A connection that
 * does not answer in time is cut, and idle ones beside it are given up, for they may be dead without knowing it.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { milliseconds, type Milliseconds } from '../kernel/time.ts'
import { DatabaseUnavailable } from './database.ts'
import type { Work } from './work.ts'

/** A connection, for as long as it lasts. */
export interface Lane {
  /** Carries out a group and settles each piece. Rejects when the connection is of no more use. */
  carry(group: readonly Work[]): Promise<void>
  /** Tells whether the connection stands, as far as it knows. */
  stands(): boolean
  /** Cuts the connection at once, whatever it carries. */
  cut(): void
  /** Ends the connection that carries nothing. */
  end(): Promise<void>
}

/** How many connections there may be, how they are made, and how long and how many callers may wait. */
export interface LaneOptions {
  readonly count: number
  readonly patience: Milliseconds
  readonly queue: number
  /** Connects, or rejects with the error for those who wait. */
  readonly connect: () => Promise<Lane>
}

/** What is done with work. */
export interface Lanes {
  /** Takes a piece of work into this turn's group, or turns it away. */
  readonly enqueue: (work: Work) => void
  /** Finishes what was taken, then ends the connections. */
  readonly close: () => Promise<void>
}

/** How many pieces go into one group: beyond, a group is slower to answer without being cheaper. */
const groupAtMost = 500

/** How long nobody tries to connect again after a failure; where nothing is connected, callers are turned away. */
const rest: Milliseconds = 250

/** Opens a queue without connecting: connections are made as they are needed. */
export function openLanes({ count, patience, queue, connect }: LaneOptions): Lanes {
  const idle: Lane[] = []
  const running = new Set<Promise<void>>()
  let waiting: { readonly work: Work; readonly since: Milliseconds }[] = []
  let connected = 0
  let connecting = false
  let failure: { readonly error: unknown; readonly at: Milliseconds } | undefined
  let scheduled = false
  let closed = false
  let sweeper: NodeJS.Timeout | undefined

  function enqueue(work: Work): void {
    if (closed) return work.settle(new DatabaseUnavailable('closed'))
    if (waiting.length >= queue) return work.settle(new DatabaseUnavailable('overloaded'))
    waiting.push({ work, since: milliseconds() })
    sweeper ??= setTimeout(sweep, patience / 8)
    schedule()
  }

  /** Sends out what waits once all of this turn's callers have asked. */
  function schedule(): void {
    if (!scheduled) setImmediate(send)
    scheduled = true
  }

  function send(): void {
    scheduled = false
    while (waiting.length > 0) {
      const lane = idle.pop()
      if (lane === undefined) break
      if (lane.stands()) start(carry(lane))
      else connected -= 1
    }
    if (waiting.length === 0 || connecting || connected === count) return
    const resting = failure !== undefined && milliseconds() - failure.at < rest
    if (!resting) start(open())
    else if (connected === 0) turnAway(failure?.error)
  }

  function start(task: Promise<void>): void {
    running.add(task)
    void task.then(() => {
      running.delete(task)
      if (waiting.length > 0) schedule()
    })
  }

  async function open(): Promise<void> {
    connecting = true
    try {
      idle.push(await connect())
      connected += 1
      failure = undefined
    } catch (error) {
      failure = { error, at: milliseconds() }
      // Where others are connected it may be the limit of connections: then those do the work.
      if (connected === 0) turnAway(error)
    }
    connecting = false
  }

  async function carry(lane: Lane): Promise<void> {
    const group = waiting.splice(0, groupAtMost)
    const waited = milliseconds() - (group[0]?.since ?? 0)
    let tooSlow = false
    const timer = setTimeout(
      () => {
        tooSlow = true
        lane.cut()
      },
      Math.max(patience - waited, patience / 2),
    )
    try {
      await lane.carry(group.map(({ work }) => work))
      idle.push(lane)
    } catch (error) {
      const told = tooSlow ? new DatabaseUnavailable('too_slow', error) : asUnavailable(error)
      for (const { work } of group) work.settle(told)
      for (const doubtful of [lane, ...idle.splice(0)]) {
        doubtful.cut()
        connected -= 1
      }
    }
    clearTimeout(timer)
  }

  function turnAway(error: unknown): void {
    const away = waiting
    waiting = []
    for (const { work } of away) work.settle(asUnavailable(error))
  }

  /** Turns away who has waited for nearly half the patience. */
  function sweep(): void {
    const latest = milliseconds() - (patience * 3) / 8
    const first = waiting.findIndex(({ since }) => since > latest)
    for (const { work } of waiting.splice(0, first === -1 ? waiting.length : first)) {
      work.settle(new DatabaseUnavailable('too_slow'))
    }
    sweeper = waiting.length > 0 ? setTimeout(sweep, patience / 8) : undefined
  }

  return {
    enqueue,
    async close() {
      closed = true
      while (running.size > 0 || waiting.length > 0) {
        await Promise.all(running)
        await turn()
      }
      clearTimeout(sweeper)
      await Promise.all(idle.splice(0).map(async (lane) => lane.end()))
    },
  }
}

const asUnavailable = (error: unknown): DatabaseUnavailable =>
  error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable('failed', error)
