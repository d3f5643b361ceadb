/** What waits for the next commit, alike for both databases. */
import type { Decisive, Row, Statement } from './database.ts'

/** How a piece of work ended: the rows of each statement, `lost`, or why it failed. */
export type Outcome = readonly (readonly Row[])[] | 'lost' | Error

/** Statements that happen all or not at all. */
export interface Work {
  readonly statements: readonly (Statement | Decisive)[]
  /** Answers the caller. Only the first call tells. */
  settle(outcome: Outcome): void
}

/** Tells whether losing this statement loses all. */
export const isDecisive = (statement: Statement | Decisive): statement is Decisive => 'decisive' in statement

/**
 * Keeps a statement that changes rows out of `read`, which promises nothing about commits.
 *
 * @throws {TypeError}
 */
export function checkReads({ text }: Statement): void {
  if (!/^\s*(select|with)\b/i.test(text)) throw new TypeError(`not to be read: ${text}`)
}

/** Asks for one statement, and answers its rows. */
export const ask = async (enqueue: (work: Work) => void, statement: Statement): Promise<readonly Row[]> =>
  new Promise((resolve, reject) => {
    enqueue({
      statements: [statement],
      settle(outcome) {
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome === 'lost' ? [] : (outcome[0] ?? []))
      },
    })
  })

/** Asks for several statements, all or none. */
export const askAll = async (
  enqueue: (work: Work) => void,
  statements: Work['statements'],
): Promise<Exclude<Outcome, Error>> =>
  new Promise((resolve, reject) => {
    enqueue({ statements, settle: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) })
  })
