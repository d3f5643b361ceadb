/** In a process of its own: somebody who tries passwords at a fixed rate, each try from another network. */
import { setTimeout as wait } from 'node:timers/promises'
import { takePart } from '../testing/processes.ts'
import { visitorOf } from '../testing/server.ts'
import { takeOwnCore } from './cores.ts'
import { now } from './flows.ts'
import { openOwnConnections } from './own-connections.ts'

/** What the process is started with. */
export interface Guessing {
  readonly issuer: string
  /** Whom every other try is at; the others are at names that nobody has. */
  readonly username: string
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

await takePart<Guessing>(async ({ input: { issuer, username, seconds, rate } }) => {
  takeOwnCore()
  const visitor = visitorOf(issuer, openOwnConnections(issuer, new URL(issuer).host))
  let page = await visitor.go('/account')
  // Whoever measured before may have left no room for a moment.
  for (; page.status === 503; page = await visitor.go('/account'))
    await wait(1000 * Number(page.headers['retry-after']))

  return async (): Promise<readonly Guess[]> => {
    const begun = now()
    const guessOnce = async (number: number): Promise<Guess> => {
      // One at the owner, one at whoever: what is refused for the sake of an account, and what comes to be hashed.
      const fields = { username: number % 2 === 0 ? username : `nobody${number}`, password: `wrong ${number}` }
      const headers = { 'x-forwarded-for': `10.${(number >> 8) & 255}.${number & 255}.7` }
      const answer = await visitor.submit(page, { press: 'login-submit', fields, headers }).catch(() => undefined)
      return { status: answer?.status ?? 0, took: now() - begun - (1000 / rate) * number }
    }
    const guesses: Promise<Guess>[] = []
    for (; now() < begun + seconds * 1000; await wait(2)) {
      while (guesses.length < ((now() - begun) / 1000) * rate) guesses.push(guessOnce(guesses.length))
    }
    return Promise.all(guesses)
  }
})
