/** RL-23: wrong passwords, many a second, from everywhere. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { visitorOf } from '../../testing/server.ts'
import { now } from '../flows.ts'
import { acknowledged, dueBetween, latencies, quantile, spellTime } from '../figures.ts'
import type { Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode } from '../node.ts'
import { openOwnConnections } from '../own-connections.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** Somebody tries passwords, from as many networks as there are tries. */
export const passwordStorm: Scenario = {
  id: 'RL-23',
  fault: 'five hundred wrong logins a second, each from another network (fifty in the short form)',
  holds: 'the others are served; the excess is told when to come back; the owner at a known device gets in',
  tested: 'by hand',
  async run({ length, directory }) {
    const seconds = many(length, { short: 4, usual: 15, long: 60 })
    const guesses = many(length, { short: 50, usual: 500, long: 500 })
    const scene = newScene(6)
    const configuration = { ...configurationOf(scene), throttle: {}, overload: {}, trusted_proxies: ['127.0.0.0/8'] }
    const node = await startNode({ directory, configuration })
    const [owner] = scene.people
    assert.ok(owner !== undefined)
    try {
      const load = await startLoad({
        issuer: node.issuer,
        scene,
        pace: { rate: many(length, { short: 10, usual: 40, long: 40 }) },
        directory,
      })
      const home = visitorOf(node.issuer, node.send)
      /** As people do: whoever is told that there is no room tries again. */
      const signIn = async (): Promise<void> => {
        const fields = { username: owner.username, password: owner.password }
        for (let page = await home.go('/account'); ; page = await home.go('/account')) {
          const answer = page.status === 503 ? page : await home.submit(page, { press: 'login-submit', fields })
          if (answer.status === 200 && answer.url.pathname === '/account') return
          assert.equal(answer.status, 503, 'the owner was kept out')
          await wait(1000 * Number(answer.headers['retry-after']))
        }
      }
      await signIn()
      const device = new Map([...home.cookies].filter(([name]) => name.includes('device')))
      assert.equal(device.size, 1)

      load.begin()
      const calm = now()
      await wait(seconds * 1000)
      const storm = now()
      const statuses = storming(node.issuer, owner.username, { seconds, guesses })
      await wait((seconds * 1000) / 2)
      home.cookies.clear()
      for (const [name, value] of device) home.cookies.set(name, value)
      const came = now()
      await signIn()
      const gotIn = now() - came
      const answered = await statuses
      const history = await load.stop()
      const verdict = await hold(history, { scene, node, database: `sqlite:${directory}/licet.db` })
      // A wrong password is told by 400, what there is no room for by 503, and what is too often by 429.
      for (const status of answered.keys()) assert.ok([0, 400, 429, 503].includes(status), `${status}`)
      const p99 = (from: number, to: number) =>
        spellTime(quantile(latencies(machines(dueBetween(history, from, to))), 0.99))
      return {
        verdict,
        figures: {
          'p99 before': p99(calm, storm),
          'p99 meanwhile': p99(storm, storm + seconds * 1000),
          guesses: [...answered].map(([status, count]) => `${count} × ${status}`).join(', '),
          'the owner got in after': spellTime(gotIn),
        },
      }
    } finally {
      await node.close()
    }
  },
}

const machines = (history: readonly Operation[]): readonly Operation[] =>
  acknowledged(history, 'machine', 'authorize', 'redeem', 'refresh', 'introspect')

/** Tries passwords at a fixed rate; answers how often which status came, 0 for none. */
async function storming(
  issuer: string,
  username: string,
  { seconds, guesses }: { readonly seconds: number; readonly guesses: number },
): Promise<ReadonlyMap<number, number>> {
  const send = openOwnConnections(issuer, new URL(issuer).host)
  const counts = new Map<number, number>()
  const inFlight: Promise<void>[] = []
  const from = (guess: number) => ({ 'x-forwarded-for': `10.${(guess >> 8) & 255}.${guess & 255}.7` })
  const first = visitorOf(issuer, send)
  const page = await first.go('/account')
  const guessOnce = async (guess: number): Promise<void> => {
    // One at the owner, one at whoever: what is refused for the sake of an account, and what comes to be hashed.
    const fields = { username: guess % 2 === 0 ? username : `nobody${guess}`, password: `wrong ${guess}` }
    const answer = await first
      .submit(page, { press: 'login-submit', fields, headers: from(guess) })
      .catch(() => undefined)
    const status = answer?.status ?? 0
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  const begun = now()
  for (let guess = 0; now() < begun + seconds * 1000; await wait(2)) {
    for (; guess < ((now() - begun) / 1000) * guesses; guess += 1) inFlight.push(guessOnce(guess))
  }
  await Promise.all(inFlight)
  return counts
}
