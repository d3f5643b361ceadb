/**
 * The history of a run: what was asked of the server, by whom, when, and what it said. The driver writes it line by line;
 * the checker holds the server to it afterwards.
 */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'

/** What is done, in the words of whoever does it. */
export const kinds = [
  'sign_in',
  'machine',
  'authorize',
  'redeem',
  'refresh',
  'introspect',
  'revoke',
  'remove',
  'allow',
  'sign_in_page',
  'visit',
] as const

/** One of them. */
export type Kind = (typeof kinds)[number]

/**
 * How an operation ended.
 *
 * - `acknowledged`: it was done, and must stay done
 * - `refused`: it was not done: 4xx
 * - `away`: 503 or 429; of a write nobody knows whether it was done
 * - `unknown`: no answer; the same holds
 * - `failed`: an answer that no fault excuses, such as 500
 */
export type Outcome = 'acknowledged' | 'refused' | 'away' | 'unknown' | 'failed'

/** One operation. */
export interface Operation {
  readonly kind: Kind
  readonly outcome: Outcome
  /** The status of the answer, 0 where there was none. */
  readonly status: number
  /** When it was to begin, began and ended, milliseconds since 1970: a stall shows between the first two. */
  readonly due: number
  readonly begun: number
  readonly ended: number
  /** How long the server ran meanwhile, milliseconds, where that was looked at. */
  readonly ran?: number
  /** `Retry-After` of the answer, seconds. */
  readonly retry_after?: number
  readonly person?: string
  /** The chain that began with one authorization, by a name that no other driver gives. */
  readonly chain?: string
  /** The code or token that was presented. */
  readonly presented?: string
  readonly access_token?: string
  readonly refresh_token?: string
  /** The code that was issued. */
  readonly code?: string
  /** What introspection said. */
  readonly active?: boolean
  /** The cookies of a person who signed in. */
  readonly cookie?: string
  /** What the server said, where it refused or failed. */
  readonly said?: string
}

/** A history that is being written. */
export interface HistoryWriter {
  note(operation: Operation): void
  /** Resolves when all of it is in the file. */
  close(): Promise<void>
}

/** Begins a history in a file. */
export function writeHistory(path: string): HistoryWriter {
  const stream = createWriteStream(path)
  return {
    note: (operation) => void stream.write(`${JSON.stringify(operation)}\n`),
    async close() {
      stream.end()
      await finished(stream)
    },
  }
}

/** Reads a history that is closed, in the order in which operations ended. */
export async function readHistory(path: string): Promise<readonly Operation[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Operation)
}
