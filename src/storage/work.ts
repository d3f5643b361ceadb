/** What waits for the next commit, alike for both databases. */
import type { Database, Decisive, Row, Statement } from './database.ts'

/** How a piece of work ended: the rows of each statement, `lost`, or why it failed. */
export type Outcome = readonly (readonly Row[])[] | 'lost' | Error

/** Statements that happen all or not at all. */
export interface Work {
  readonly statements: readonly (Statement | Decisive)[]
  /** Answers the caller; called once. */
  settle(outcome: Outcome): void
}

/** Tells whether losing this statement loses all. */
export const isDecisive = (statement: Statement | Decisive): statement is Decisive => 'decisive' in statement

/** Makes the two ways to ask for changes, out of the one way to queue them. */
export function asking(enqueue: (work: Work) => void): Pick<Database, 'write' | 'transaction'> {
  return {
    write: (statement) =>
      new Promise((resolve, reject) => {
        enqueue({
          statements: [statement],
          settle(outcome) {
            if (outcome instanceof Error) reject(outcome)
            else resolve(outcome === 'lost' ? [] : (outcome[0] ?? []))
          },
        })
      }),
    transaction: (statements) =>
      new Promise((resolve, reject) => {
        enqueue({ statements, settle: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) })
      }),
  }
}
