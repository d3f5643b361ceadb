/** RL-22: three times as much as the server can answer, through the connections of a proxy, and from as many strangers. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { ranks, type Rank } from '../../src/http/overload.ts'
import { besideDriver, ranSoFar, waitedForCore } from '../cores.ts'
import { acknowledged, goodput, latencies, quantile, spellQuantiles, spellShare, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Kind, Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad, usualMixture } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { openOwnConnections } from '../own-connections.ts'
import { latenessOf, letWork, saturate, spellWaits, weigh, type Driven } from '../saturation.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** What is asked, with people who come to sign in and who look through their page. */
const mixture = { ...usualMixture, machine: 25, sign_in_page: 5, visit: 10 }

/** The ways that all come, in the words of the table. */
const ways = [
  ['fleet', 'through 256 connections that stay'],
  ['new', 'by a connection for each'],
] as const

/** What is asked for by rank, the first first. */
const ranked: Readonly<Record<Rank, readonly Kind[]>> = {
  token: ['machine', 'redeem', 'refresh', 'introspect', 'revoke'],
  sign_in: ['sign_in_page'],
  authorization: ['authorize'],
  list: ['visit'],
}

/** More comes than can be answered. */
export const overload: Scenario = {
  id: 'RL-22',
  fault: 'three times as much as the server can answer, through the connections of a proxy and by one for each request',
  holds: 'what it takes it does, and the rest is told when to come back',
  tested: 'always',
  async run({ length, directory }) {
    const seconds = many(length, { short: 3, usual: 20, long: 60 })
    const scene = newScene(12)
    const configuration = { ...configurationOf(scene), overload: {} }
    const node = await startNode({ directory, configuration, under: besideDriver })
    try {
      const histories: (readonly Operation[])[] = []
      const told: [string, string][] = []
      for (const [connections, name] of ways) {
        const asked = { node, scene, directory, mixture, seconds, connections }
        const { saturation, ofItsOwn, spelled, history } = await saturate(asked)
        const flooded = await flood({ ...asked, saturation, ofItsOwn })
        histories.push(history, flooded.history)
        told.push([`${name}, saturation`, spelled])
        told.push(...Object.entries(flooded.figures).map(named(name)))
      }
      const verdict = await hold(histories.flat(), { scene, node, database: `sqlite:${directory}/licet.db` })
      return { verdict, figures: Object.fromEntries(told) }
    } finally {
      await node.close()
    }
  },
}

interface Flooding extends Required<Driven> {
  /** Operations a second that are as many as can be done. */
  readonly saturation: number
  /** The same for each second that the server ran: others who use the machine take from both alike. */
  readonly ofItsOwn: number
}

const named =
  (way: string) =>
  ([figure, value]: [string, string]): [string, string] => [`${way}, ${figure}`, value]

async function flood({ node, saturation, ofItsOwn, ...asked }: Flooding) {
  const { seconds, connections } = asked
  const flooding = await startLoad({ ...asked, issuer: node.issuer, pace: { rate: 3 * saturation } })
  await latenessOf(node)
  const weighed = weigh(node)
  const [{ history, from, to, driven }, refusals] = await Promise.all([
    letWork(flooding, seconds),
    refusalsOf(node, { seconds, connections }),
  ])
  const { ran, waited } = weighed()
  const late = spellTime(await latenessOf(node))
  await node.until('/readyz', 200)
  for (const { outcome, status, retry_after, said } of history) {
    if (outcome !== 'away') continue
    assert.ok(status === 503 && retry_after !== undefined && retry_after > 0, `${status} ${said ?? ''}`)
  }
  const done = goodput(history, from, to)
  const begunLate = history.map(({ due, begun }) => begun - due)
  return {
    history,
    figures: {
      offered: `${Math.round(3 * saturation)}/s`,
      goodput: `${spellShare(done / saturation)}, and ${spellShare(done / ran / ofItsOwn)} by what the server ran`,
      'p50 / p99 of what was taken': spellQuantiles(latencies(acknowledged(history))),
      'of what was refused': spellQuantiles(refusals.took),
      'of that the server ran': spellQuantiles(refusals.ran),
      'and who asked stood in line for a core': spellQuantiles(refusals.waited),
      'over after': spellTime(refusals.over),
      'late, at the 99th of a hundred': `the driver ${spellTime(quantile(begunLate, 0.99))}, the server ${late}`,
      'stood in line for a core': spellWaits(driven, waited),
      'turned away': ranks.map((rank) => awayOf(history, rank)).join(', '),
    },
  }
}

/**
 * How long refusals take, as a process sees them that has nothing else to do: the driver is late itself. What the person
 * who is nobody asks for is of the last rank. It goes on asking until nobody is refused any more, and tells how long after
 * the flood that was, and how long the server ran while each of them waited, and the asker itself stood in line for a core:
 * the rest is what others took of the machine.
 */
async function refusalsOf(
  node: FaultNode,
  { seconds, connections }: Pick<Flooding, 'seconds' | 'connections'>,
): Promise<Record<'took' | 'ran' | 'waited', readonly number[]> & { readonly over: number }> {
  const send = openOwnConnections(node.issuer, new URL(node.issuer).host, connections)
  const took: number[] = []
  const ran: number[] = []
  const waited: number[] = []
  const end = now() + seconds * 1000
  let last = end
  const ask = async (): Promise<void> => {
    const [begun, ranBefore, waitedBefore] = [now(), ranSoFar(node.pid()), waitedForCore()]
    const { status } = await send({ path: '/account' })
    if (status !== 503) return
    took.push(now() - begun)
    ran.push(ranSoFar(node.pid()) - ranBefore)
    waited.push(waitedForCore() - waitedBefore)
    last = Math.max(last, now())
  }
  const asked: Promise<void>[] = []
  for (; now() < Math.max(end, last) + 2000; await wait(20)) asked.push(ask())
  await Promise.all(asked)
  return { took, ran, waited, over: last - end }
}

/** How many of a rank were told to come back. */
function awayOf(history: readonly Operation[], rank: Rank): string {
  const of = history.filter(({ kind }) => ranked[rank].includes(kind))
  return `${rank} ${spellShare(of.filter(({ outcome }) => outcome === 'away').length / of.length)}`
}
