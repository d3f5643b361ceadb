/** RL-23, DS-03: wrong passwords, many a second, from everywhere. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { nextMessage, startProcess } from '../../testing/processes.ts'
import { visitorOf } from '../../testing/server.ts'
import { inOneLine, type Visitor } from '../../testing/visitor.ts'
import type { ScenePerson } from '../../conformance/scene.ts'
import { besideDriver } from '../cores.ts'
import { now } from '../flows.ts'
import { acknowledged, dueBetween, spellLatencies, spellQuantiles, spellShare, spellTime } from '../figures.ts'
import type { Guess, Guessing } from '../guesser.ts'
import type { Kind } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode } from '../node.ts'
import { latenessOf, saturate, spellWaits, weigh } from '../saturation.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** What needs no password. */
const others = ['machine', 'authorize', 'redeem', 'refresh', 'introspect'] as const satisfies readonly Kind[]

/** Somebody tries passwords, from as many networks as there are tries. */
export const passwordStorm: Scenario = {
  id: 'RL-23',
  fault: 'five hundred wrong logins a second, each from another network (fifty in the short form)',
  holds: 'the others are served; the excess is told when to come back; the owner at a known device gets in',
  tested: 'by hand',
  async run({ length, directory }) {
    const seconds = many(length, { short: 4, usual: 20, long: 60 })
    const guesses = many(length, { short: 50, usual: 500, long: 500 })
    const scene = newScene(6)
    const configuration = { ...configurationOf(scene), throttle: {}, overload: {}, trusted_proxies: ['127.0.0.0/8'] }
    const node = await startNode({ directory, configuration, under: besideDriver })
    const [owner] = scene.people
    assert.ok(owner !== undefined)
    try {
      const saturated = await saturate({
        node,
        scene,
        directory,
        seconds: many(length, { short: 2, usual: 10, long: 20 }),
      })
      const rate = saturated.saturation / 2
      const load = await startLoad({ issuer: node.issuer, scene, pace: { rate }, directory, server: node.pid() })
      const home = visitorOf(node.issuer, node.send)
      await signIn(home, owner)
      const device = new Map([...home.cookies].filter(([name]) => name.includes('device')))
      assert.equal(device.size, 1)
      const guesser = await startGuesser({ issuer: node.issuer, username: owner.username, seconds, rate: guesses })

      load.begin()
      const calm = now()
      const weighedBefore = weigh(node)
      await wait(seconds * 1000)
      await latenessOf(node)
      const before = weighedBefore()
      const weighed = weigh(node)
      const storm = now()
      const guessed = guesser()
      guessed.catch(() => undefined) // told below
      await wait((seconds * 1000) / 2)
      home.cookies.clear()
      for (const [name, value] of device) home.cookies.set(name, value)
      const came = now()
      await signIn(home, owner)
      const gotIn = now() - came
      const tried = await guessed
      const meanwhile = weighed()
      const late = await latenessOf(node)
      const history = await load.stop()
      const verdict = await hold([...saturated.history, ...history], {
        scene,
        node,
        database: `sqlite:${directory}/licet.db`,
      })
      // A wrong password is told by 400, what there is no room for by 503, and what is too often by 429.
      for (const { status } of tried) assert.ok([0, 400, 429, 503].includes(status), `${status}`)
      const took = (from: number, to: number, ...kinds: readonly Kind[]) =>
        spellLatencies(acknowledged(dueBetween(history, from, to), ...kinds))
      const end = storm + seconds * 1000
      return {
        verdict,
        figures: {
          'the others do': `${Math.round(rate)}/s, half of what can be done`,
          'p50 / p99 before': took(calm, storm - 1000, ...others),
          'p50 / p99 meanwhile': took(storm, end, ...others),
          'of tokens for machines': took(storm, end, 'machine'),
          'of what was refused': spellQuantiles(tried.filter(isExcess).map((one) => one.took)),
          guesses: spellCounts(tried),
          'the server late, at the 99th of a hundred': spellTime(late),
          // Who waits for a core is late whatever the server does: where this grew, others took it.
          'the server ran, and stood in line for a core': `before ${spellRun(before)}, meanwhile ${spellRun(meanwhile)}`,
          'stood in line for a core': spellWaits(await load.driven(), meanwhile.waited),
          'the owner got in after': spellTime(gotIn),
        },
      }
    } finally {
      await node.close()
    }
  },
}

const isExcess = ({ status }: Guess): boolean => status === 429 || status === 503

const spellRun = ({ ran, waited }: Readonly<Record<'ran' | 'waited', number>>): string =>
  `${spellShare(ran)} and ${spellShare(waited)}`

/** Signs in as people do: whoever is told that there is no room tries again. */
async function signIn(home: Visitor, { username, password }: ScenePerson): Promise<void> {
  const fields = { username, password }
  for (let page = await home.go('/account'); ; page = await home.go('/account')) {
    const answer = page.status === 200 ? await home.submit(page, { press: 'login-submit', fields }) : page
    if (answer.status === 200 && answer.url.pathname === '/account') return
    assert.equal(answer.status, 503, `the owner was kept out: ${inOneLine(answer)}`)
    await wait(1000 * Number(answer.headers['retry-after']))
  }
}

/** Starts somebody who tries passwords once that is asked for, and then answers what came of each try. */
async function startGuesser(input: Guessing): Promise<() => Promise<readonly Guess[]>> {
  const guesser = startProcess(new URL('../guesser.ts', import.meta.url), { input, index: 0 })
  await nextMessage(guesser, 'prepared')
  return async () => {
    const result = nextMessage(guesser, 'result')
    guesser.send('go')
    const guesses = (await result) as readonly Guess[]
    const ended = once(guesser, 'exit')
    guesser.disconnect()
    await ended
    return guesses
  }
}

function spellCounts(guesses: readonly Guess[]): string {
  const statuses = [...new Set(guesses.map(({ status }) => status))].toSorted((one, other) => one - other)
  return statuses.map((status) => `${guesses.filter((one) => one.status === status).length} × ${status}`).join(', ')
}
