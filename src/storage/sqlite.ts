/**
 * SQLite, in this process: reads are answered at once, and everything written in two turns of the event loop is one
 * commit, synced to the disk before anybody is answered (docs/decisions).
 *
 * The group runs without an `await`, so that no read and no other statement comes between its parts. Another process,
 * such as the command line, may write to the same file: whoever finds it locked waits its turn without blocking.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { machineTime, milliseconds, type Milliseconds } from '../kernel/time.ts'
import {
  DatabaseUnavailable,
  StatementRefused,
  type Database,
  type DatabaseOptions,
  type Row,
  type Statement,
  type Value,
} from './database.ts'
import { sql } from './sql.ts'
import { ask, askAll, checkReads, isDecisive, type Outcome, type Work } from './work.ts'

/** How many prepared statements are kept: more than there are texts, unless something makes texts without end. */
const prepareAtMost = 500

/** What SQLite alone can be told. */
export interface SqliteOptions extends DatabaseOptions {
  /** What a database in memory begins with: an image of another one in memory. */
  readonly image?: Uint8Array
}

/** A database that is open, and can be copied. */
export interface SqliteDatabase extends Database {
  /** Gives the whole database as bytes, as it was after the last commit. */
  image(): Uint8Array
}

/**
 * Opens a database file, making it when it is not there, or `:memory:`.
 *
 * @throws {DatabaseUnavailable} when the file cannot be opened, or is no database
 */
export function openSqlite(file: string, options: SqliteOptions = {}): SqliteDatabase {
  const { patience = 2000, queue = 10_000, committed, image } = options
  const connection = connect(file, patience)
  if (image !== undefined) connection.deserialize(image)
  const prepared = new Map<string, StatementSync>()
  let waiting: Work[] = []
  let flushing: Promise<void> | undefined
  let closed = false

  function run({ text, values }: Statement): readonly Row[] {
    let statement = prepared.get(text)
    if (statement === undefined) {
      statement = connection.prepare(text.replace(/\$(?=\d)/g, '?'))
      if (prepared.size === prepareAtMost) prepared.clear()
      prepared.set(text, statement)
    }
    return statement.all(...values.map(asInteger)) as Record<string, string | number | null>[]
  }

  function enqueue(work: Work): void {
    if (closed) return work.settle(new DatabaseUnavailable('closed'))
    if (waiting.length >= queue) return work.settle(new DatabaseUnavailable('overloaded'))
    waiting.push(work)
    flushing ??= new Promise<void>((resolve) => afterNextTurn(() => void flush().then(resolve)))
  }

  async function flush(): Promise<void> {
    const failure = await lock()
    const group = waiting
    waiting = []
    flushing = undefined
    const outcomes = failure ?? commit(group)
    group.forEach((work, index) => work.settle(outcomes instanceof Error ? outcomes : (outcomes[index] ?? [])))
    if (!(outcomes instanceof Error)) committed?.(group.length)
  }

  /** Takes the write lock, waiting while another process holds it; answers why it could not. */
  async function lock(): Promise<Error | undefined> {
    const since = milliseconds()
    for (let pause = 1; ; pause = Math.min(2 * pause, 16)) {
      try {
        run(begin)
        return undefined
      } catch (error) {
        if (!isBusy(error)) return new DatabaseUnavailable('failed', error)
        if (milliseconds() - since > patience) return new DatabaseUnavailable('busy', error)
      }
      await wait(pause)
    }
  }

  function commit(group: readonly Work[]): readonly Outcome[] | Error {
    try {
      const outcomes = group.map(attempt)
      run(end)
      return outcomes
    } catch (error) {
      // A full disk and the like: nothing of the group happened, and everybody is told so.
      if (connection.isTransaction) run(undo)
      return new DatabaseUnavailable('failed', error)
    }
  }

  /** Does one piece of the group. What it throws fails the group; what SQLite refuses fails this piece alone. */
  function attempt({ statements }: Work): Outcome {
    const [only] = statements
    // A statement that is refused undoes itself, so that one alone needs no savepoint.
    if (statements.length === 1 && only !== undefined && !isDecisive(only)) return one(only)
    run(savepoint)
    const results: (readonly Row[])[] = []
    for (const statement of statements) {
      const result = one(isDecisive(statement) ? statement.decisive : statement)
      if (result instanceof Error || (isDecisive(statement) && result[0].length === 0)) {
        run(undoPiece)
        run(release)
        return result instanceof Error ? result : 'lost'
      }
      results.push(result[0])
    }
    run(release)
    return results
  }

  function one(statement: Statement): readonly [readonly Row[]] | StatementRefused {
    try {
      return [run(statement)]
    } catch (error) {
      if (!isRefusal(error) || !connection.isTransaction) throw error
      return refused(statement, error)
    }
  }

  async function read(statement: Statement): Promise<readonly Row[]> {
    if (closed) throw new DatabaseUnavailable('closed')
    checkReads(statement)
    try {
      return run(statement)
    } catch (error) {
      throw isRefusal(error) ? refused(statement, error) : new DatabaseUnavailable('failed', error)
    }
  }

  return {
    kind: 'sqlite',
    read,
    write: async (statement) => ask(enqueue, statement),
    transaction: async (statements) => askAll(enqueue, statements),
    ping: async () => void (await read(sql`select 1`)),
    time: () => Promise.resolve(machineTime()),
    image: () => connection.serialize(),
    async close() {
      closed = true
      await flushing
      if (connection.isOpen) connection.close()
    },
  }
}

/**
 * After an answer, whoever is woken first asks again alone: one turn would commit for that one, and for all the others in
 * the next. A second turn lets them come together (docs/speed.md).
 */
function afterNextTurn(act: () => void): void {
  setImmediate(() => setImmediate(act))
}

const begin = sql`begin immediate`
const end = sql`commit`
const undo = sql`rollback`
const savepoint = sql`savepoint piece`
const undoPiece = sql`rollback to piece`
const release = sql`release piece`

/** How long a statement may block this process while another one holds a lock; a group then waits without blocking. */
const busyTimeout: Milliseconds = 20

/** Opens a file: of several processes that do so at once, each waits for the others. */
function connect(file: string, patience: Milliseconds): DatabaseSync {
  try {
    // Nobody else on the machine may read what SQLite would make readable; its other files take the same mode.
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
    const connection = new DatabaseSync(file, { timeout: patience, enableForeignKeyConstraints: true })
    // FULL: what is acknowledged survives a power cut. Elsewhere than on macOS `fullfsync` changes nothing.
    // Before there is a table: pages that are free can be given back later, where the file was made so.
    connection.exec(`
      pragma auto_vacuum = incremental;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma fullfsync = on;
      pragma checkpoint_fullfsync = on;
      pragma cache_size = -32768;
      pragma busy_timeout = ${busyTimeout}`)
    return connection
  } catch (error) {
    throw new DatabaseUnavailable('failed', error)
  }
}

/** SQLite would take a number for a fraction, and divide it as one. */
const asInteger = (value: Value): Exclude<Value, number> => (typeof value === 'number' ? BigInt(value) : value)

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const [error, busy, tooBig, constraint, mismatch, misuse, range] = [1, 5, 18, 19, 20, 21, 25]

function primaryCode(cause: unknown): number | undefined {
  return cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number'
    ? cause.errcode & 0xff
    : undefined
}

const isBusy = (cause: unknown): boolean => primaryCode(cause) === busy

/** Tells whether the statement is at fault, not the database. */
const isRefusal = (cause: unknown): boolean =>
  [error, tooBig, constraint, mismatch, misuse, range, undefined].includes(primaryCode(cause))

const refused = (statement: Statement, cause: unknown): StatementRefused =>
  new StatementRefused(primaryCode(cause) === constraint ? 'constraint' : 'mistake', statement, cause)
