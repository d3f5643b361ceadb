/**
 * Holds a server to what it said: reads the history of a run, asks the server about all of it, and counts what was lost
 * and what was done twice. Where no answer came, both are right; what was acknowledged must be so.
 */
import { isActive, refresh, type Asked } from '../conformance/scene.ts'
import { chainsOf, type ChainStory } from './chains.ts'
import { whoAllows } from './decisions.ts'
import type { Operation } from './history.ts'
import type { Scene } from './scene.ts'

/** What a run came to. */
export interface Verdict {
  readonly operations: number
  readonly acknowledged: number
  readonly refused: number
  readonly away: number
  readonly unknown: number
  /** Acknowledged and not so: a sentence each. */
  readonly lost: readonly string[]
  /** Done twice: a sentence each. */
  readonly doubled: readonly string[]
  /** Answers that no fault excuses, each once. */
  readonly failed: readonly string[]
}

/** Checks a history against the server that it is of, which must be ready. It uses up refresh tokens. */
export async function check(history: readonly Operation[], asked: Asked, scene: Scene): Promise<Verdict> {
  const chains = chainsOf(history)
  const lost: string[] = []
  const doubled = [...chains.flatMap(twiceRedeemed), ...chains.flatMap(forked)]
  lost.push(...chains.flatMap(deniedMeanwhile))
  await eachOf(chains, async (chain) => {
    if (chain.fate === 'lives') await checkLiving(chain, { asked, scene, lost, doubled })
    if (chain.fate === 'ended') await checkEnded(chain, { asked, scene, lost, doubled })
  })
  const machine = history.filter(({ kind, access_token }) => kind === 'machine' && access_token !== undefined)
  await eachOf(machine, async ({ access_token = '' }) => {
    if (!(await isActive(asked, scene.api, access_token))) lost.push('a token of the machine is gone')
  })
  const sessions = history.filter(({ kind, cookie }) => kind === 'sign_in' && cookie !== undefined)
  const allowing = whoAllows(history)
  await eachOf(sessions, async ({ person = '', cookie = '' }) => {
    const { status, body } = await asked.send({ path: '/account', headers: { cookie } })
    if (status !== 200) return void lost.push(`the session of ${person} is gone: ${status}`)
    if (allowing.includes(person) && !body.includes(`value="${scene.web.client_id}"`))
      lost.push(`what ${person} allowed is gone`)
  })
  const count = (outcome: Operation['outcome']) => history.filter((one) => one.outcome === outcome).length
  return {
    operations: history.length,
    acknowledged: count('acknowledged'),
    refused: count('refused'),
    away: count('away'),
    unknown: count('unknown'),
    lost,
    doubled,
    failed: failuresIn(history),
  }
}

interface Holding {
  readonly asked: Asked
  readonly scene: Scene
  readonly lost: string[]
  readonly doubled: string[]
}

/** I5: what was handed out is good; I2: nothing older is. */
async function checkLiving({ chain, generations }: ChainStory, holding: Holding): Promise<void> {
  const { asked, scene, lost, doubled } = holding
  const newest = generations.at(-1)
  if (newest === undefined) return
  if (!(await isActive(asked, scene.api, newest.access_token))) lost.push(`the access token of chain ${chain} is gone`)
  const { status } = await refresh(asked, scene.web, newest.refresh_token)
  if (status !== 200) lost.push(`the refresh token of chain ${chain} is gone: ${status}`)
  const older = generations.at(-2)
  if (older === undefined) return
  const again = await refresh(asked, scene.web, older.refresh_token)
  if (again.status !== 400) doubled.push(`two refresh tokens of chain ${chain} live: ${again.status}`)
}

/** I6: what was ended stays so. */
async function checkEnded({ chain, generations }: ChainStory, { asked, scene, lost }: Holding): Promise<void> {
  for (const { access_token, refresh_token } of generations.slice(-2)) {
    if (await isActive(asked, scene.api, access_token))
      lost.push(`the end of chain ${chain} is gone: its token is active`)
    const { status } = await refresh(asked, scene.web, refresh_token)
    if (status !== 400) lost.push(`the end of chain ${chain} is gone: it was refreshed, ${status}`)
  }
}

/** I1: a code yields at most one token response. */
function twiceRedeemed({ chain, redeems }: ChainStory): readonly string[] {
  const tokens = new Set(redeems.flatMap(({ access_token = [] }) => access_token))
  return tokens.size > 1 ? [`the code of chain ${chain} was redeemed ${tokens.size} times`] : []
}

/** I2: a refresh token has one successor, however often it is presented. */
function forked({ chain, refreshes }: ChainStory): readonly string[] {
  const successors = new Map<string, Set<string>>()
  for (const { presented = '', refresh_token } of refreshes) {
    if (refresh_token === undefined) continue
    successors.set(presented, (successors.get(presented) ?? new Set()).add(refresh_token))
  }
  return [...successors.values()].some(({ size }) => size > 1) ? [`chain ${chain} forked`] : []
}

/** What lives to the end was never rightly called dead. */
function deniedMeanwhile({ chain, fate, refreshes, introspections }: ChainStory): readonly string[] {
  if (fate !== 'lives') return []
  const refused = refreshes.filter(({ outcome }) => outcome === 'refused')
  const inactive = introspections.filter(({ active }) => active === false)
  return [
    ...refused.map(({ said }) => `chain ${chain} was not refreshed: ${said ?? ''}`),
    ...inactive.map(() => `a token of chain ${chain} was called inactive`),
  ]
}

function failuresIn(history: readonly Operation[]): readonly string[] {
  const failed = history.filter(({ outcome }) => outcome === 'failed')
  return [...new Set(failed.map(({ kind, status, said = '' }) => `${kind}: ${status} ${said}`))]
}

/** Does it to all, some at a time. */
async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await act(item)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
