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
  /** Carries out statements in one transaction and one round trip. One run at a time. Never rejects. */
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

/** Makes a session of a client that is connected; `named` when its prepared statements may outlast a transaction. */
export function openSession(client: Client, { named }: { readonly named: boolean }): Session {
  const prepared = new Map<string, Prepared>()
  let names = 0
  /** What was sent to be prepared in this run and is not confirmed: after an error nobody knows. */
  let unconfirmed: string[] = []
  let listening = false

  function listen(connection: Connection): void {
    // One or the other ends the description of each statement that was prepared.
    connection.on('rowDescription', () => unconfirmed.shift())
    connection.on('noData', () => unconfirmed.shift())
    listening = true
  }

  function prepare(connection: Connection, { text }: Statement): Prepared {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const keep = named && prepared.size < prepareAtMost
    // A name is used once only: whether a failed run prepared it is not known.
    const made: Prepared = { name: keep ? `s${++names}` : '', columns: [] }
    if (keep) prepared.set(text, made)
    unconfirmed.push(text)
    connection.parse({ name: made.name, text, types: [] }, true)
    connection.describe({ type: 'S', name: made.name }, true)
    return made
  }

  function submit(connection: Connection, statements: readonly Statement[]): readonly Prepared[] {
    if (!listening) listen(connection)
    connection.stream.cork()
    const sent = statements.map((statement) => {
      const made = prepare(connection, statement)
      connection.bind({ statement: made.name, values: statement.values.map(wireValue) }, true)
      connection.execute(null, true)
      return made
    })
    connection.sync()
    connection.stream.uncork()
    return sent
  }

  return {
    run: (statements) =>
      new Promise((resolve) => {
        client.query(
          new Run(
            (connection) => submit(connection, statements),
            (ran) => {
              for (const text of unconfirmed) prepared.delete(text)
              unconfirmed = []
              resolve(ran)
            },
          ),
        )
      }),
    forget: () => prepared.clear(),
  }
}

/** Values travel as text, and the statement tells PostgreSQL their types. */
const wireValue = (value: string | number | bigint | null): string | null => (value === null ? null : String(value))

/** What `pg` tells of one run. It calls these methods by name, in the order of the server's messages. */
class Run implements Submittable {
  readonly #send: (connection: Connection) => readonly Prepared[]
  readonly #done: (ran: Ran) => void
  readonly #results: (readonly Row[])[] = []
  #prepared: readonly Prepared[] = []
  #rows: Row[] = []

  constructor(send: (connection: Connection) => readonly Prepared[], done: (ran: Ran) => void) {
    this.#send = send
    this.#done = done
  }

  submit(connection: Connection): void {
    this.#prepared = this.#send(connection)
  }

  /** Comes once for each statement that was prepared in this run, before its first row. */
  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    const prepared = this.#prepared[this.#results.length]
    if (prepared === undefined) return
    prepared.columns = fields.map(({ name, dataTypeID }) => ({ name, read: readers[dataTypeID] ?? String }))
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, string | number | null> = {}
    const columns = this.#prepared[this.#results.length]?.columns ?? []
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
