/**
 * The load driver, in a process of its own: operations begin at a fixed rate whatever became of those before, so that a
 * server which stalls is not spared meanwhile. It prepares the people, tells so, and begins when it is told to.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { visitorOf } from '../testing/server.ts'
import { takePart } from '../testing/processes.ts'
import { ranSoFar, takeOwnCore, watchOwnLoop, type Busy } from './cores.ts'
import { now, openFlows, type Work } from './flows.ts'
import { writeHistory } from './history.ts'
import type { Drive } from './load.ts'
import { openOwnConnections } from './own-connections.ts'

await takePart<Drive>(async ({ input }) => {
  takeOwnCore()
  const { issuer, origin, scene, pace, seconds, mixture, connections, server, history: path } = input
  const history = writeHistory(path)
  const send = openOwnConnections(origin, new URL(issuer).host, connections)
  const flows = openFlows({
    asked: { issuer, send },
    scene,
    visitor: () => visitorOf(issuer, send),
    note: history.note,
    ran: server === undefined ? undefined : () => ranSoFar(server),
    pick: (among) => (among === 0 ? 0 : randomInt(among)),
  })
  await flows.prepare()
  const works = (Object.entries(mixture) as [Work, number][]).flatMap(([work, weight]) =>
    Array<Work>(weight).fill(work),
  )

  return async (): Promise<Busy> => {
    let over = false
    process.once('message', () => (over = true))
    const watched = watchOwnLoop()
    const inFlight = new Set<Promise<void>>()
    const until = now() + seconds * 1000
    const one = (due: number) => flows.operations[works[randomInt(works.length)] ?? 'machine'](due)
    const goesOn = () => !over && now() < until
    if ('users' in pace) {
      const user = async (): Promise<void> => {
        while (goesOn()) await one(now())
      }
      await Promise.all(Array.from({ length: pace.users }, user))
    } else {
      for (let due = now(); goesOn(); await wait(Math.max(1, Math.min(due - now(), 100)))) {
        for (; due <= now(); due += 1000 / pace.rate) {
          const doing: Promise<void> = one(due).finally(() => inFlight.delete(doing))
          inFlight.add(doing)
        }
      }
    }
    const driven = watched()
    await Promise.all(inFlight)
    await history.close()
    return driven
  }
})
