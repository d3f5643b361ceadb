/**
 * PostgreSQL: what is asked in one turn of the event loop goes out in one round trip, reads apart from writes, and all
 * writes of it in one durable transaction (docs/decisions). Nothing relies on a session: each round trip is whole.
 */
import { Client } from 'pg'
import type { Milliseconds } from '../kernel/time.ts'
import { DatabaseUnavailable, DatabaseUnsafe, type Database, type DatabaseOptions, type Statement } from './database.ts'
import { openDistance } from './distance.ts'
import { openLanes, type Lane } from './lanes.ts'
import { carryReads, carryWrites, type Group } from './postgres-group.ts'
import { connectionOf, openSession, type Session } from './postgres-session.ts'
import { integer } from './row.ts'
import { sql } from './sql.ts'
import { ask, askAll, checkReads } from './work.ts'

/** What PostgreSQL alone can be told. */
export interface PostgresOptions extends DatabaseOptions {
  /** How many connections this process keeps at most, reads and writes together; 2 to 50, 6 by default. */
  readonly connections?: number
  /**
   * `session` by default. `transaction` behind a pooler that gives each transaction another session (PgBouncer): then
   * nothing is prepared, and each transaction sets what it needs.
   */
  readonly pooling?: 'session' | 'transaction'
  /** `primary` by default, which a standby is refused as; `standby` for reads alone. */
  readonly role?: 'primary' | 'standby'
}

/**
 * Opens a database, connecting as it is needed. One that is down now is opened all the same, and answers when it is up.
 *
 * @param url `postgres://user:password@host:5432/name`, with the parameters that `pg` knows
 * @throws {DatabaseUnsafe} when the server is up and set up so that it may lose what it acknowledged
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  const { patience = 2000, queue = 10_000, connections = 6, pooling = 'session', role = 'primary', committed } = options
  const writers = Math.max(1, Math.floor(connections / 2))
  const opening = pooling === 'transaction' ? settingsOfTransaction(patience) : undefined
  const { note, away } = openDistance()
  const lanes = (count: number, carry: (group: Group) => Promise<void>, took?: typeof note) =>
    openLanes({
      count,
      patience,
      queue,
      // A pooler that gives each transaction another session gives it to one at a time.
      underWay: pooling === 'session' ? underWay : 1,
      away,
      took,
      async connect() {
        const { session, ...lane } = await connectLane(url, { patience, pooling, role })
        return { ...lane, carry: async (works) => carry({ session, works, opening, committed }) }
      },
    })
  const writing = lanes(writers, carryWrites)
  // Of writes nobody knows how much of their time is the way, and how much the disk.
  const reading = lanes(
    Math.max(1, connections - writers),
    async (group) => carryReads({ ...group, opening: undefined }),
    note,
  )

  const database: Database = {
    kind: 'postgres',
    async read(statement) {
      checkReads(statement)
      return ask(reading.enqueue, statement)
    },
    write: async (statement) => ask(writing.enqueue, statement),
    transaction: async (statements) => askAll(writing.enqueue, statements),
    ping: async () => void (await database.read(sql`select 1 as one`)),
    async time() {
      const [row = {}] = await database.read(sql`
        select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as milliseconds`)
      return integer(row, 'milliseconds')
    },
    close: async () => void (await Promise.all([reading.close(), writing.close()])),
  }
  await database.ping().catch(async (error: unknown) => {
    if (!(error instanceof DatabaseUnsafe)) return
    await database.close()
    throw error
  })
  return database
}

/** How many groups are under way on a connection at most where the way is long: three connections then send twelve in its time. */
const underWay = 4

/** How long making a connection may take, whatever the patience of those who wait: it is made for later ones too. */
const connectWithin: Milliseconds = 5000

/** How long a connection that is ended may take to say goodbye. */
const goodbyeWithin: Milliseconds = 500

async function connectLane(
  url: string,
  { patience, pooling, role }: Required<Pick<PostgresOptions, 'patience' | 'pooling' | 'role'>>,
): Promise<Omit<Lane, 'carry'> & { readonly session: Session }> {
  const client = new Client({
    connectionString: url,
    application_name: 'licet',
    connectionTimeoutMillis: connectWithin,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(pooling === 'session' && { options: settingsOfSession(patience) }),
  })
  let stands = true
  client.on('error', () => (stands = false))
  client.on('end', () => (stands = false))
  // Ending a client politely waits for an answer that may never come, so what is in doubt is cut at the socket.
  const cut = (): void => void connectionOf(client).stream.destroy()
  const timer = setTimeout(cut, connectWithin)
  try {
    await client.connect()
    const session = openSession(client, { named: pooling === 'session' })
    if (role === 'primary') await check(session, pooling)
    const end = async (): Promise<void> => {
      const waited = setTimeout(cut, goodbyeWithin)
      await client.end()
      clearTimeout(waited)
    }
    return { session, stands: () => stands, cut, end }
  } catch (error) {
    cut()
    throw error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable('failed', error)
  } finally {
    clearTimeout(timer)
  }
}

/** Refuses a server that could lose or spoil what it is given, and a standby, which takes no writes. */
async function check(session: Session, pooling: PostgresOptions['pooling']): Promise<void> {
  const { results, failure } = await session.run([settings])
  if (failure !== undefined) throw failure
  const found = results[0]?.[0] ?? {}
  if (found['fsync'] !== 'on') {
    throw new DatabaseUnsafe('PostgreSQL runs with fsync = off: after a power cut it forgets what it acknowledged')
  }
  if (found['encoding'] !== 'UTF8') {
    throw new DatabaseUnsafe(`the database keeps text as ${found['encoding']}: make one with encoding UTF8`)
  }
  const synchronous = found['synchronous_commit']
  if (pooling === 'session' && synchronous !== 'on' && synchronous !== 'remote_apply') {
    throw new DatabaseUnsafe(
      `something sets synchronous_commit = ${synchronous} for us: look into the URL and the pooler`,
    )
  }
  if (found['standby'] !== 0) throw new DatabaseUnavailable('failed', new Error('PostgreSQL is a standby'))
}

const settings = sql`
  select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
    current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`

/** Waiting for a lock is short: two groups may wait for each other, and trying again is cheap. */
const lockTimeout = (patience: Milliseconds): Milliseconds => Math.ceil(patience / 20)

function settingsOfSession(patience: Milliseconds): string {
  return Object.entries({
    synchronous_commit: 'on',
    enable_seqscan: 'off',
    statement_timeout: patience,
    lock_timeout: lockTimeout(patience),
    idle_in_transaction_session_timeout: 5000,
  })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
}

function settingsOfTransaction(patience: Milliseconds): Statement {
  return sql`
    select set_config('synchronous_commit', 'on', true), set_config('statement_timeout', ${String(patience)}, true),
      set_config('lock_timeout', ${String(lockTimeout(patience))}, true)`
}
