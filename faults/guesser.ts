/** In a process of its own: somebody who rests, then tries passwords at a fixed rate, each from another network, and so on. */
import { setTimeout as wait } from 'node:timers/promises'
import { form } from '../conformance/scene.ts'
import { takePart } from '../testing/processes.ts'
import { visitorOf } from '../testing/server.ts'
import { formsOf } from '../testing/visitor.ts'
import { takeOwnCore } from './cores.ts'
import { now } from './flows.ts'
import { openOwnConnections } from './own-connections.ts'

/** What the process is started with. */
export interface Guessing {
  readonly issuer: string
  /** Whom every other try is at; the others are at names that nobody has. */
  readonly username: string
  /** How often they rest and then try, so many seconds each. */
  readonly turns: number
  readonly seconds: number
  /** Tries a second. */
  readonly rate: number
}

/** What came of a try. */
export interface Guess {
  /** The status of the answer, 0 where there was none. */
  readonly status: number
  /** How long it took from when it was due, milliseconds. */
  readonly took: number
}

await takePart<Guessing>(async ({ input: { issuer, username, turns, seconds, rate } }) => {
  takeOwnCore()
  const send = openOwnConnections(issuer, new URL(issuer).host)
  const visitor = visitorOf(issuer, send)
  let page = await visitor.go('/account')
  // Whoever measured before may have left no room for a moment.
  for (; page.status === 503; page = await visitor.go('/account'))
    await wait(1000 * Number(page.headers['retry-after']))
  // Read once: whoever reads a page for each try takes of the core that the load's driver needs.
  const { pathname: path } = page.url
  const fields = Object.fromEntries(formsOf(page.body).flatMap((one) => one.fields))
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const typed = { 'content-type': 'application/x-www-form-urlencoded', cookie }

  return async (): Promise<readonly Guess[]> => {
    const begun = now()
    const guessOnce = async (number: number, due: number): Promise<Guess> => {
      // One at the owner, one at whoever: what is refused for the sake of an account, and what comes to be hashed.
      const tried = { username: number % 2 === 0 ? username : `nobody${number}`, password: `wrong ${number}` }
      const headers = { ...typed, 'x-forwarded-for': `10.${(number >> 8) & 255}.${number & 255}.7` }
      const answer = await send({ path, headers, body: form({ ...fields, ...tried }) }).catch(() => undefined)
      return { status: answer?.status ?? 0, took: now() - due }
    }
    const guesses: Promise<Guess>[] = []
    for (const turn of Array(turns).keys()) {
      let due = begun + (2 * turn + 1) * seconds * 1000
      const ends = due + seconds * 1000
      for (; now() < ends; await wait(Math.max(2, due - now()))) {
        for (; due <= now(); due += 1000 / rate) guesses.push(guessOnce(guesses.length, due))
      }
    }
    return Promise.all(guesses)
  }
})
