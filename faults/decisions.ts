/** What people decided last about the application, read out of a history. */
import { isDone, isDoubtful, lateAtMost } from './chains.ts'
import type { Operation } from './history.ts'

/** Names who allowed the application what it asks for and has surely not taken it away since. */
export function whoAllows(history: readonly Operation[]): readonly string[] {
  const decisions = Map.groupBy(
    history.filter(({ kind }) => kind === 'allow' || kind === 'remove'),
    ({ person }) => person ?? '',
  )
  return [...decisions].filter(([, those]) => isAllowed(those)).map(([person]) => person)
}

function isAllowed(decisions: readonly Operation[]): boolean {
  const inTurn = decisions.toSorted((one, other) => one.begun - other.begun)
  const last = inTurn.at(-1)
  if (last?.kind !== 'allow' || !isDone(last)) return false
  return !inTurn.some((one) => one.kind === 'remove' && isDoubtful(one) && last.begun < one.ended + lateAtMost)
}
