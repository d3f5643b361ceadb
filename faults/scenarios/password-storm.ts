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
import {
  acknowledged,
  dueBetween,
  latencies,
  quantile,
  runs,
  spellLatencies,
  spellQuantiles,
  spellShare,
  spellTime,
} from '../figures.ts'
import type { Guess, Guessing } from '../guesser.ts'
import type { Kind, Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { latenessOf, saturate, spellWaits, weigh } from '../saturation.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** What needs no password. */
const others = ['machine', 'authorize', 'redeem', 'refresh', 'introspect'] as const satisfies readonly Kind[]

/** Somebody tries passwords, from as many networks as there are tries. */
export const passwordStorm: Scenario = {
  id: 'RL-23',
  fault: 'five hundred wrong logins a second, each from another network (fifty in the short form), on and off',
  holds: 'the others are served; the excess is told when to come back; the owner at a known device gets in',
  tested: 'by hand',
  async run({ length, directory }) {
    const turns = many(length, { short: 1, usual: 5, long: 10 })
    const seconds = many(length, { short: 4, usual: 6, long: 12 })
    const guesses = many(length, { short: 50, usual: 500, long: 500 })
    const scene = newScene(6)
    const configuration = { ...configurationOf(scene), throttle: {}, overload: {}, trusted_proxies: ['127.0.0.0/8'] }
    const node = await startNode({ directory, configuration, under: besideDriver })
    const [owner] = scene.people
    assert.ok(owner !== undefined)
    try {
      const measured = many(length, { short: 2, usual: 10, long: 20 })
      const saturated = await saturate({ node, scene, directory, seconds: measured })
      const rate = saturated.saturation / 2
      const load = await startLoad({ issuer: node.issuer, scene, pace: { rate }, directory, server: node.pid() })
      // From a network of their own: on a fast machine the load begins more sign-ins than one network may.
      const home = visitorOf(node.issuer, (request) =>
        node.send({ ...request, headers: { ...request.headers, 'x-forwarded-for': '192.0.2.7' } }),
      )
      await signIn(home, owner)
      const device = new Map([...home.cookies].filter(([name]) => name.includes('device')))
      assert.equal(device.size, 1)
      const guesser = await startGuesser({
        issuer: node.issuer,
        username: owner.username,
        turns,
        seconds,
        rate: guesses,
      })

      load.begin()
      const guessed = guesser()
      guessed.catch(() => undefined) // told below
      const watched = watchTurns(node, { turns, seconds })
      watched.catch(() => undefined) // likewise
      await wait((2 * turns - 0.5) * seconds * 1000)
      home.cookies.clear()
      for (const [name, value] of device) home.cookies.set(name, value)
      const came = now()
      await signIn(home, owner)
      const gotIn = now() - came
      const tried = await guessed
      const passed = await watched
      const history = await load.stop()
      const verdict = await hold([...saturated.history, ...history], {
        scene,
        node,
        database: `sqlite:${directory}/licet.db`,
      })
      // A wrong password is told by 400, what there is no room for by 503, and what is too often by 429.
      for (const { status } of tried) assert.ok([0, 400, 429, 503].includes(status), `${status}`)
      const floods = passed.map(({ flood }) => flood)
      return {
        verdict,
        figures: {
          'the others do': `${Math.round(rate)}/s, half of what can be done`,
          ...timesAsMuch(passed, history),
          'p50 / p99 without a flood': spellLatencies(passed.flatMap(({ calm }) => doneIn(calm, history))),
          'p50 / p99 beside one': spellLatencies(floods.flatMap((flood) => doneIn(flood, history))),
          'of what was refused': spellQuantiles(tried.filter(isExcess).map((one) => one.took)),
          guesses: spellCounts(tried),
          'the server late, at the 99th of a hundred': spellTime(
            quantile(
              floods.map(({ late }) => late),
              1,
            ),
          ),
          // Who waits for a core is late whatever the server does: where this grew, others took it.
          'the server ran, and stood in line for a core': `without ${spellRun(passed.map(({ calm }) => calm))}, beside ${spellRun(floods)}`,
          'stood in line for a core': spellWaits(await load.driven(), middle(floods.map(({ waited }) => waited))),
          'the owner got in after': spellTime(gotIn),
        },
      }
    } finally {
      await node.close()
    }
  },
}

/** A stretch of time, and what the server was like meanwhile. */
type Stretch = Readonly<Record<'from' | 'to' | 'late' | 'ran' | 'waited', number>>

/** Somebody rests, and then tries passwords. */
interface Turn {
  readonly calm: Stretch
  readonly flood: Stretch
}

/**
 * Watches the server turn by turn: who else uses the machine comes and goes, and what is without a flood and what is beside
 * one are to have as much of that.
 */
async function watchTurns(
  node: FaultNode,
  { turns, seconds }: Pick<Guessing, 'turns' | 'seconds'>,
): Promise<readonly Turn[]> {
  const passed: Turn[] = []
  const begun = now()
  for (let turn = 0; turn < turns; turn += 1) {
    const calm = await watchUntil(node, begun + (2 * turn + 1) * seconds * 1000)
    passed.push({ calm, flood: await watchUntil(node, begun + (2 * turn + 2) * seconds * 1000) })
  }
  return passed
}

/** The first second counts for nothing: what was before it ends in it. */
async function watchUntil(node: FaultNode, to: number): Promise<Stretch> {
  await wait(1000)
  await latenessOf(node)
  const from = now()
  const weighed = weigh(node)
  await wait(to - from)
  return { from, to, ...weighed(), late: await latenessOf(node) }
}

const doneIn = ({ from, to }: Stretch, history: readonly Operation[]): readonly Operation[] =>
  acknowledged(dueBetween(history, from, to), ...others)

const middle = (values: readonly number[]): number => quantile(values, 0.5)

/** How much longer it took at the 99th of a hundred, turn by turn. */
function timesAsMuch(turns: readonly Turn[], history: readonly Operation[]): Readonly<Record<string, string>> {
  const p99 = (stretch: Stretch, of: typeof latencies) => quantile(of(doneIn(stretch, history)), 0.99)
  const times = (of: typeof latencies) =>
    middle(turns.map(({ calm, flood }) => p99(flood, of) / p99(calm, of))).toFixed(1)
  const each = turns.map(({ calm, flood }) => [calm, flood].map((one) => spellTime(p99(one, latencies))).join(' to '))
  return {
    'p99 by turns': each.join(', '),
    'that is, in the middle of the turns': `${times(latencies)} times as much, and ${times(runs)} of what the server ran`,
  }
}

const isExcess = ({ status }: Guess): boolean => status === 429 || status === 503

const spellRun = (stretches: readonly Stretch[]): string =>
  [stretches.map(({ ran }) => ran), stretches.map(({ waited }) => waited)]
    .map((shares) => spellShare(middle(shares)))
    .join(' and ')

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
