/**
 * A queue and the connections that serve it. Whatever is asked in one turn of the event loop goes out as one group on
 * one connection; the next turn's group takes another, as far as there are any, and waits and grows when there are not.
 * Where the way to the database is long it does not wait, but goes out behind another (`distance.ts`): PostgreSQL carries
 * them out one after the other, and the way is gone by all of them at once.
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
  /**
   * Carries out a group and settles each piece, after the groups that it was given before. Rejects when the connection is
   * of no more use.
   */
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
  /** How many groups are under way on one connection at most, where the way is long. */
  readonly underWay: number
  /** How long the way to the database and back takes. */
  readonly away: () => Milliseconds
  /** Told how long a group took that went well. */
  readonly took?: ((time: Milliseconds) => void) | undefined
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

/** How long the way must take to be long: on a shorter one a group that waits for another saves more than it loses. */
const long: Milliseconds = 20

/** A connection that carries something. */
interface Carrying {
  readonly lane: Lane
  /** When each group that it carries went out, the first of them first. */
  readonly sent: Milliseconds[]
  tooSlow: boolean
}

/** Opens a queue without connecting: connections are made as they are needed. */
export function openLanes({ count, patience, queue, underWay, away, took, connect }: LaneOptions): Lanes {
  const idle: Lane[] = []
  /** The connections that carry something, the one first that was given a group longest ago. */
  const carrying = new Map<Lane, Carrying>()
  const running = new Set<Promise<void>>()
  let waiting: { readonly work: Work; readonly since: Milliseconds }[] = []
  let connected = 0
  let connecting = false
  let failure: { readonly error: unknown; readonly at: Milliseconds } | undefined
  let scheduled = false
  let closed = false
  let sweeper: NodeJS.Timeout | undefined
  let follower: NodeJS.Timeout | undefined

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
      if (lane.stands()) start(carry({ lane, sent: [], tooSlow: false }))
      else connected -= 1
    }
    if (waiting.length === 0) return
    if (!connecting && connected < count) grow()
    if (waiting.length > 0) follow()
  }

  function grow(): void {
    const resting = failure !== undefined && milliseconds() - failure.at < rest
    if (!resting) start(open())
    else if (connected === 0) turnAway(failure?.error)
  }

  /**
   * Sends what waits behind another group, now or as soon as that one is far enough ahead. Not where answers are late as
   * it is: whatever holds that connection up would hold up those behind, too.
   */
  function follow(): void {
    const way = away()
    if (underWay === 1 || way < long) return
    const at = milliseconds()
    const next = carrying.values().find(({ sent }) => sent.length < underWay && at - (sent[0] ?? at) < 2 * way)
    if (next === undefined) return
    const due = (next.sent.at(-1) ?? 0) + way / underWay
    if (due <= at) return start(carry(next))
    follower ??= setTimeout(() => {
      follower = undefined
      schedule()
    }, due - at)
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

  async function carry(one: Carrying): Promise<void> {
    const { lane, sent } = one
    const group = waiting.splice(0, groupAtMost)
    const at = milliseconds()
    const waited = at - (group[0]?.since ?? at)
    sent.push(at)
    carrying.delete(lane)
    carrying.set(lane, one)
    const timer = setTimeout(
      () => {
        one.tooSlow = true
        lane.cut()
      },
      Math.max(patience - waited, patience / 2),
    )
    try {
      await lane.carry(group.map(({ work }) => work))
      took?.(milliseconds() - at)
      sent.shift()
      if (sent.length === 0 && carrying.delete(lane)) idle.push(lane)
    } catch (error) {
      const told = one.tooSlow ? new DatabaseUnavailable('too_slow', error) : asUnavailable(error)
      for (const { work } of group) work.settle(told)
      giveUp(one)
    }
    clearTimeout(timer)
  }

  /** Cuts a connection, and the idle ones with it; for all that it carries, once. */
  function giveUp({ lane }: Carrying): void {
    const doubtful = carrying.delete(lane) ? [lane, ...idle.splice(0)] : []
    for (const one of doubtful) one.cut()
    connected -= doubtful.length
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
      clearTimeout(follower)
      await Promise.all(idle.splice(0).map(async (lane) => lane.end()))
    },
  }
}

const asUnavailable = (error: unknown): DatabaseUnavailable =>
  error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable('failed', error)
