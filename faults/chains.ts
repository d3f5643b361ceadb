/** What became of each authorization, read out of a history: which tokens must live, which must not, and which may be either. */
import type { Operation } from './history.ts'

/** One authorization with everything that was asked of it. */
export interface ChainStory {
  readonly chain: string
  readonly person: string
  readonly redeems: readonly Operation[]
  readonly refreshes: readonly Operation[]
  readonly introspections: readonly Operation[]
  /** `either` where an answer is missing that would tell. */
  readonly fate: 'lives' | 'ended' | 'either' | 'never began'
  /** The tokens of each answer in turn, the newest last; an answer that was given twice is there once. */
  readonly generations: readonly Tokens[]
}

/** What one answer handed out. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** How long after its asker gave up a request may still be carried out, milliseconds. */
export const lateAtMost = 15_000

/** Tells the stories of all authorizations that a history holds. */
export function chainsOf(history: readonly Operation[]): readonly ChainStory[] {
  const removals = Map.groupBy(
    history.filter(({ kind }) => kind === 'remove'),
    ({ person }) => person ?? '',
  )
  const chains = Map.groupBy(
    history.filter(({ chain }) => chain !== undefined),
    ({ chain }) => chain ?? '',
  )
  return [...chains].map(([chain, operations]) => {
    const of = (kind: Operation['kind']) => operations.filter((one) => one.kind === kind)
    const person = operations[0]?.person ?? ''
    const redeems = of('redeem')
    return {
      chain,
      person,
      redeems,
      refreshes: of('refresh'),
      introspections: of('introspect'),
      fate: fateOf(operations, removals.get(person) ?? []),
      generations: generationsOf(operations),
    }
  })
}

function fateOf(operations: readonly Operation[], removals: readonly Operation[]): ChainStory['fate'] {
  const of = (kind: Operation['kind']) => operations.filter((one) => one.kind === kind)
  const [authorized] = of('authorize')
  const redeems = of('redeem')
  if (!redeems.some(isDone) || authorized === undefined) return 'never began'
  const endings = of('revoke')
  const before = removals.filter(({ begun }) => authorized.ended < begun)
  if (endings.some(isDone) || before.some(isDone)) return 'ended'
  const meanwhile = removals.filter(({ begun, ended }) => authorized.ended >= begun && authorized.begun <= ended)
  const late = removals.filter(
    (one) => isDoubtful(one) && authorized.begun > one.ended && authorized.begun < one.ended + lateAtMost,
  )
  // A code that was presented twice ends what it gave: which of the two came first only the server knows.
  const twice = redeems.length > 1
  const doubtful = [...endings, ...before].some(isDoubtful) || meanwhile.some(mayBeDone) || late.length > 0
  return twice || doubtful ? 'either' : 'lives'
}

function generationsOf(operations: readonly Operation[]): readonly Tokens[] {
  const found: Tokens[] = []
  for (const { kind, access_token, refresh_token } of operations) {
    if ((kind !== 'redeem' && kind !== 'refresh') || access_token === undefined || refresh_token === undefined) continue
    if (found.every((one) => one.refresh_token !== refresh_token)) found.push({ access_token, refresh_token })
  }
  return found
}

/** Whether it was done, and must stay so. */
export const isDone = ({ outcome }: Operation): boolean => outcome === 'acknowledged'
/** Whether nobody knows. */
export const isDoubtful = ({ outcome }: Operation): boolean => outcome === 'unknown' || outcome === 'away'
const mayBeDone = (one: Operation): boolean => isDone(one) || isDoubtful(one)
