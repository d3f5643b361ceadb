/**
 * One connection to PostgreSQL that carries out several statements in one round trip.
 *
 * All messages of a run leave together and end in one `Sync`. Until that, PostgreSQL is in one transaction: it commits
 * at the `Sync`, or stops at the first error and takes everything back. So a run needs neither `begin` nor `commit`.
 */
import type { Client, Connection, FieldDef, Submittable } from 'pg'
import type { Row, Statement } from './database.ts'

/** What came of a run. */
export interface Ran {
  /** The rows of each statement that was carried out. */
  readonly results: readonly (readonly Row[])[]
  /** Why the run was taken back; the statement at fault is the first without results, if there is one. */
  readonly failure?: Error
}

/** A connection and what is prepared on it. */
export interface Session {
  /**
   * Carries out statements in one transaction and one round trip. Never rejects. They leave at once, and are carried out
   * and answered after what was sent before them.
   */
  run(statements: readonly Statement[]): Promise<Ran>
  /** Prepares everything anew: the server forgot, or the tables changed. */
  forget(): void
}

interface Prepared {
  readonly name: string
  columns: readonly Column[]
}

interface Column {
  readonly name: string
  readonly read: (value: string) => string | number
}

/** How many statements stay prepared on a connection: more than there are texts, unless texts are made without end. */
const prepareAtMost = 500

/** What `pg` sends and hears through; its types do not tell of it. */
export const connectionOf = (client: Client): Connection => (client as unknown as { connection: Connection }).connection

/** Makes a session of a client that is connected; `named` when its prepared statements may outlast a transaction. */
export function openSession(client: Client, { named }: { readonly named: boolean }): Session {
  const connection = connectionOf(client)
  const prepared = new Map<string, Prepared>()
  /** Runs that have left and are not answered. `pg` knows of the first alone: it hands answers to one at a time. */
  const underWay: Run[] = []
  let names = 0

  // One or the other ends the description of each statement that was prepared.
  for (const described of ['rowDescription', 'noData']) {
    connection.on(described, () => underWay[0]?.unconfirmed.shift())
  }

  function submit(statements: readonly Statement[], run: Run): void {
    connection.stream.cork()
    for (const statement of statements) {
      const made = prepare(statement, run)
      run.prepared.push(made)
      connection.bind({ statement: made.name, values: statement.values.map(wireValue) }, true)
      connection.execute(null, true)
    }
    connection.sync()
    connection.stream.uncork()
  }

  function prepare({ text }: Statement, run: Run): Prepared {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const keep = named && prepared.size < prepareAtMost
    // A name is used once only: whether a failed run prepared it is not known.
    const made: Prepared = { name: keep ? `s${++names}` : '', columns: [] }
    if (keep) prepared.set(text, made)
    run.unconfirmed.push(text)
    connection.parse({ name: made.name, text, types: [] }, true)
    connection.describe({ type: 'S', name: made.name }, true)
    return made
  }

  return {
    run: (statements) =>
      new Promise((resolve) => {
        const run = new Run((ran) => {
          for (const text of run.unconfirmed) prepared.delete(text)
          underWay.shift()
          const [next] = underWay
          if (next !== undefined) client.query(next)
          resolve(ran)
        })
        submit(statements, run)
        if (underWay.push(run) === 1) client.query(run)
      }),
    forget: () => prepared.clear(),
  }
}

/** Values travel as text, and the statement tells PostgreSQL their types. */
const wireValue = (value: string | number | bigint | null): string | null => (value === null ? null : String(value))

/** What `pg` tells of one run, which has left before. It calls these methods by name, in the order of the server's messages. */
class Run implements Submittable {
  /** What stands for each statement of it. */
  readonly prepared: Prepared[] = []
  /** The texts that were sent to be prepared with it and are not confirmed: after an error nobody knows. */
  readonly unconfirmed: string[] = []
  readonly #done: (ran: Ran) => void
  readonly #results: (readonly Row[])[] = []
  #rows: Row[] = []

  constructor(done: (ran: Ran) => void) {
    this.#done = done
  }

  submit(): void {}

  /** Comes once for each statement that was prepared in this run, before its first row. */
  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    const prepared = this.prepared[this.#results.length]
    if (prepared === undefined) return
    prepared.columns = fields.map(({ name, dataTypeID }) => ({ name, read: readers[dataTypeID] ?? String }))
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, string | number | null> = {}
    const columns = this.prepared[this.#results.length]?.columns ?? []
    for (const [index, { name, read }] of columns.entries()) {
      const value = fields[index]
      row[name] = value === null || value === undefined ? null : read(value)
    }
    this.#rows.push(row)
  }

  handleCommandComplete(): void {
    this.#results.push(this.#rows)
    this.#rows = []
  }

  /** Comes once: after an error the server is silent until the `Sync`, and `pg` does not tell of that. */
  handleError(failure: Error): void {
    this.#done({ results: this.#results, failure })
  }

  handleReadyForQuery(): void {
    this.#done({ results: this.#results })
  }
}

/** PostgreSQL's types that SQLite knows as integers, by object id. Everything else is text. */
const readers: Readonly<Record<number, (value: string) => number>> = {
  16: (value) => (value === 't' ? 1 : 0), // boolean
  20: Number, // bigint
  21: Number, // smallint
  23: Number, // integer
  1700: Number, // numeric: the sum of bigints
}
