/** What an error of PostgreSQL means to us: https://www.postgresql.org/docs/current/errcodes-appendix.html */
import { DatabaseError } from 'pg'
import { DatabaseUnavailable, StatementRefused, type Statement } from './database.ts'

/**
 * - `refused`: the statement is at fault, and would be again
 * - `contended`: somebody else was in the way; nothing happened, and trying again is right
 * - `stale`: what was prepared is no longer there or no longer fits; nothing happened
 * - `failed`: the server or the connection is at fault
 */
export type Meaning = 'refused' | 'contended' | 'stale' | 'failed'

const contended = new Set(['40001', '40P01', '55P03']) // serialization failure, deadlock, lock not available
const stale = new Set(['0A000', '26000', '42P05']) // cached plan must not change result type; unknown; duplicate name
// Read-only: the server became a standby. Insufficient resources, operator intervention, system, internal, connection.
const failed = ['25006', '53', '57', '58', 'XX', '08', 'F0']

/** Judges an error by its SQLSTATE; an error without one came from the connection. */
export function meaningOf(error: unknown): Meaning {
  const state = sqlState(error)
  if (state === undefined || failed.some((prefix) => state.startsWith(prefix))) return 'failed'
  if (contended.has(state)) return 'contended'
  return stale.has(state) ? 'stale' : 'refused'
}

/** Tells whether a decisive statement ended its transaction, as `gated` makes it do. */
export const isLoss = (error: unknown): boolean => sqlState(error) === '22012' // division by zero

/** The error to answer the caller with. */
export function explained(statement: Statement | undefined, error: unknown): Error {
  switch (meaningOf(error)) {
    case 'contended':
      return new DatabaseUnavailable('busy', error)
    case 'refused':
    case 'stale':
      if (statement === undefined) return new DatabaseUnavailable('failed', error)
      return new StatementRefused(
        sqlState(error)?.startsWith('23') === true ? 'constraint' : 'mistake',
        statement,
        error,
      )
    case 'failed':
      // 57014: the server gave up at `statement_timeout`.
      return new DatabaseUnavailable(sqlState(error) === '57014' ? 'too_slow' : 'failed', error)
  }
}

/** Only what the server said has an SQLSTATE. A socket's errors have codes too, and `EPIPE` looks like one. */
function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined
}
