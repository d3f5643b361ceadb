/**
 * What the adapters of the ports need of a database, and all they may use: SQLite and PostgreSQL both are this.
 *
 * Everything written in one turn of the event loop is committed together and durably, and each caller is answered after
 * that commit. Whoever awaits a write and then reads or writes again, sees it.
 *
 * Columns are `text`, `bigint` and `integer`; moments are epoch seconds; JSON is text. Every SQL text runs unchanged on
 * both databases.
 */
import type { Milliseconds } from '../kernel/time.ts'
import type { Statement } from './sql.ts'

export type { Statement, Value } from './sql.ts'

/** One row, by column name. Integers come back as numbers: they are below 2^53. */
export type Row = Readonly<Record<string, string | number | null>>

/** A statement of a transaction that must return a row, or the whole transaction is lost. */
export interface Decisive {
  readonly decisive: Statement
}

/**
 * Marks the statement of a transaction that decides a race: when it returns no row, nothing of the transaction happens.
 * It must have a `returning` clause (or be a `select`), and stand first where it can, so that losers do no work.
 */
export const decisive = (statement: Statement): Decisive => ({ decisive: statement })

/** A database that is open. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'

  /**
   * Answers a `select`. It sees every write that was acknowledged before, and never half a transaction.
   *
   * @throws {DatabaseUnavailable}
   */
  read(statement: Statement): Promise<readonly Row[]>

  /**
   * Changes rows, and answers the rows of `returning` once the change is durable.
   *
   * All writes of one turn of the event loop go into one commit, in the order they were asked for. A statement that the
   * database refuses (a constraint) is rejected alone; its neighbours are written.
   *
   * @throws {DatabaseUnavailable} also when the connection broke during the commit: the write may have happened
   */
  write(statement: Statement): Promise<readonly Row[]>

  /**
   * Makes several changes, all or none, in order, and answers the rows of each once they are durable.
   *
   * @returns `lost` when a {@link decisive} statement returned no row: then nothing was changed
   * @throws {DatabaseUnavailable} as for `write`
   */
  transaction(statements: readonly (Statement | Decisive)[]): Promise<'lost' | readonly (readonly Row[])[]>

  /**
   * Makes one round trip to the database, for readiness.
   *
   * @throws {DatabaseUnavailable}
   */
  ping(): Promise<void>

  /**
   * Tells the time by the database's own clock, milliseconds since 1970. Of a file that is this machine's.
   *
   * @throws {DatabaseUnavailable}
   */
  time(): Promise<Milliseconds>

  /** Finishes what was asked for, then lets go of the database. Whatever is asked afterwards is refused. */
  close(): Promise<void>
}

/**
 * The database cannot answer now. The HTTP edge answers 503 with `Retry-After`; the cause is for the operator.
 *
 * - `failed`: it is down, or broke while it worked; what was being written may have happened
 * - `too_slow`: it did not answer in time; the same holds
 * - `busy`: somebody else held it for too long
 * - `overloaded`: too many callers wait already
 * - `closed`: by us
 * - `unsafe`: {@link DatabaseUnsafe}
 */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable'
  readonly reason: 'failed' | 'too_slow' | 'busy' | 'overloaded' | 'closed' | 'unsafe'

  constructor(reason: DatabaseUnavailable['reason'], cause?: unknown) {
    super(`the database is unavailable (${reason})${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause })
    this.reason = reason
  }
}

/** The database is set up so that it may forget what it acknowledged, or change it. Nobody may serve from it. */
export class DatabaseUnsafe extends DatabaseUnavailable {
  constructor(why: string) {
    super('unsafe', new Error(why))
  }
}

/** The database refused a statement: a constraint, or SQL that is wrong. The cause is the database's own error. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused'
  /** `constraint` when a row would break a unique, foreign key, check or not-null constraint; else a mistake of ours. */
  readonly reason: 'constraint' | 'mistake'

  constructor(reason: 'constraint' | 'mistake', statement: Statement, cause: unknown) {
    super(`${cause instanceof Error ? cause.message : String(cause)} in ${statement.text}`, { cause })
    this.reason = reason
  }
}

/** What both databases can be told when they are opened. */
export interface DatabaseOptions {
  /** How long a caller waits at most before {@link DatabaseUnavailable}; 2000 by default. */
  readonly patience?: Milliseconds
  /** How many callers may wait at once before the next is turned away; 10,000 by default. */
  readonly queue?: number
  /** Is told of each commit, with the number of writes and transactions in it: for metrics. */
  readonly committed?: (size: number) => void
}
