/** RL-22: three times as much as the server can answer, through the connections of a proxy, and from as many strangers. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { cpuOfTree } from '../../bench/processes.ts'
import { ranks, type Rank } from '../../src/http/overload.ts'
import { besideDriver, waitedForCore } from '../cores.ts'
import { acknowledged, goodput, latencies, quantile, spellQuantiles, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import type { Kind, Operation } from '../history.ts'
import { hold } from '../hold.ts'
import { startLoad, usualMixture } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { openOwnConnections, type Connections } from '../own-connections.ts'
import { many, type Scenario, type Setting } from '../scenario.ts'
import { configurationOf, newScene, type Scene } from '../scene.ts'

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
  async run(setting) {
    const { length, directory } = setting
    const seconds = many(length, { short: 3, usual: 20, long: 60 })
    const scene = newScene(12)
    const configuration = { ...configurationOf(scene), overload: {} }
    const node = await startNode({ directory, configuration, under: besideDriver })
    try {
      const histories: Operation[][] = []
      const told: [string, string][] = []
      for (const [connections, name] of ways) {
        const asked = { node, scene, setting, seconds, connections }
        const saturated = await saturate(asked)
        const flooded = await flood({ ...asked, saturation: saturated.saturation })
        histories.push([...saturated.history], [...flooded.history])
        for (const [figure, value] of Object.entries({ ...saturated.figures, ...flooded.figures })) {
          told.push([`${name}, ${figure}`, value])
        }
      }
      const verdict = await hold(histories.flat(), { scene, node, database: `sqlite:${directory}/licet.db` })
      return { verdict, figures: Object.fromEntries(told) }
    } finally {
      await node.close()
    }
  },
}

interface Asked {
  readonly node: FaultNode
  readonly scene: Scene
  readonly setting: Setting
  readonly seconds: number
  readonly connections: Connections
}

/** Asks as much as is answered: whoever has an answer asks again. */
async function saturate({ node, scene, setting: { directory }, seconds, connections }: Asked) {
  const pace = { users: 32 }
  const load = await startLoad({ issuer: node.issuer, scene, directory, mixture, pace, seconds, connections })
  const weighed = weigh(node)
  const { history, from, to } = await stretch(load, seconds)
  const { cpu } = weighed()
  const saturation = goodput(history, from, to)
  const figures = {
    saturation: `${Math.round(saturation)}/s, ${(cpu / acknowledged(history).length).toFixed(2)} ms of CPU each`,
  }
  return { history, saturation, figures }
}

interface Flooding extends Asked {
  /** Operations a second that are as many as can be done. */
  readonly saturation: number
}

async function flood({ node, scene, setting: { directory }, seconds, saturation, connections }: Flooding) {
  const { issuer } = node
  const pace = { rate: 3 * saturation }
  const flooding = await startLoad({ issuer, scene, directory, mixture, pace, seconds, connections })
  await lateness(node)
  const weighed = weigh(node)
  const [{ history, from, to, driven }, refusals] = await Promise.all([
    stretch(flooding, seconds),
    refusalsOf(node, { seconds, connections }),
  ])
  const { waited } = weighed()
  const late = await lateness(node)
  await node.until('/readyz', 200)
  for (const { outcome, status, retry_after, said } of history) {
    if (outcome !== 'away') continue
    assert.ok(status === 503 && retry_after !== undefined && retry_after > 0, `${status} ${said ?? ''}`)
  }
  const begunLate = history.map(({ due, begun }) => begun - due)
  return {
    history,
    figures: {
      offered: `${Math.round(3 * saturation)}/s`,
      goodput: `${Math.round((100 * goodput(history, from, to)) / saturation)} %`,
      'p50 / p99 of what was taken': spellQuantiles(latencies(acknowledged(history))),
      'of what was refused': spellQuantiles(refusals.took),
      'over after': spellTime(refusals.over),
      'late, at the 99th of a hundred': `the driver ${spellTime(quantile(begunLate, 0.99))}, the server ${late}`,
      'stood in line for a core': `the driver ${share(driven.waited)} (busy for ${share(driven.busy)}), the server ${share(waited)}`,
      'turned away': ranks.map((rank) => awayOf(history, rank)).join(', '),
    },
  }
}

/** What the server takes from now on: CPU time, milliseconds, and which share of the time its loop stood in line for a core. */
function weigh(node: FaultNode): () => { readonly cpu: number; readonly waited: number } {
  const pid = node.pid()
  const begun = { at: now(), cpu: cpuOfTree(pid), waited: waitedForCore(pid) }
  return () => ({
    cpu: cpuOfTree(pid) - begun.cpu,
    waited: (waitedForCore(pid) - begun.waited) / (now() - begun.at),
  })
}

/** Lets a load do its work, and answers its history with when it began and ended: the first second counts for nothing. */
async function stretch(load: Awaited<ReturnType<typeof startLoad>>, seconds: number) {
  const from = now() + 1000
  load.begin()
  await wait(seconds * 1000)
  const to = now()
  return { history: await load.stop(), driven: await load.driven(), from, to }
}

/**
 * How long refusals take, as a process sees them that has nothing else to do: the driver is late itself. What the person
 * who is nobody asks for is of the last rank. It goes on asking until nobody is refused any more, and tells how long after
 * the flood that was.
 */
async function refusalsOf(
  node: FaultNode,
  { seconds, connections }: Pick<Flooding, 'seconds' | 'connections'>,
): Promise<{ readonly took: readonly number[]; readonly over: number }> {
  const send = openOwnConnections(node.issuer, new URL(node.issuer).host, connections)
  const took: number[] = []
  const end = now() + seconds * 1000
  let last = end
  const ask = async (): Promise<void> => {
    const begun = now()
    const { status } = await send({ path: '/account' })
    if (status !== 503) return
    took.push(now() - begun)
    last = Math.max(last, now())
  }
  const asked: Promise<void>[] = []
  for (; now() < Math.max(end, last) + 2000; await wait(20)) asked.push(ask())
  await Promise.all(asked)
  return { took, over: last - end }
}

/** How late the server's event loop was since somebody last asked. */
async function lateness(node: FaultNode): Promise<string> {
  const { body } = await node.send({ path: '/metrics' })
  return spellTime(1000 * Number(/^licet_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body)?.[1]))
}

/** How many of a rank were told to come back. */
function awayOf(history: readonly Operation[], rank: Rank): string {
  const of = history.filter(({ kind }) => ranked[rank].includes(kind))
  return `${rank} ${share(of.filter(({ outcome }) => outcome === 'away').length / of.length)}`
}

const share = (part: number): string => `${Math.round(100 * part)} %`
