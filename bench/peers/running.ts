/** Any peer as it runs: its process and its database, started, weighed, killed and ended in one way for all. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '../../testing/free-port.ts'
import { startPostgres } from '../../testing/postgres.ts'
import { cpuOfTree, endServer, memoryOfTree, pin, startServer, type Program } from '../processes.ts'
import { discover, discoveryOf, type Peer, type RunningPeer, type Setting } from './peer.ts'

/** Where a peer is to serve, and what it keeps its data in. */
export interface Where {
  readonly origin: string
  readonly port: number
  /** `sqlite:` and a file, `postgres://…`, or `memory`. */
  readonly database: string
}

/** How a peer is run. */
export interface Running {
  readonly setting: Setting
  readonly over: Peer['over']
  /** What its issuer has after the origin; nothing by default. */
  readonly path?: string
  /** The words in its output that say it serves. */
  readonly ready: string
  /** Words in its output that say that each commit is synced. */
  readonly synced?: string
  readonly fill: RunningPeer['fill']
  /** Prepares what the program reads, and says how it is launched. */
  readonly program: (where: Where) => Promise<Pick<Program, 'command' | 'parameters' | 'options'>>
}

/** Starts a peer over a database of its own. */
export async function run(running: Running): Promise<RunningPeer> {
  const { setting, over } = running
  const port = await freePort()
  const file = join(setting.directory, 'data.db')
  const postgres = over === 'postgres' ? await startPostgres() : undefined
  try {
    const database = postgres?.url ?? (over === 'sqlite' ? `sqlite:${file}` : 'memory')
    const origin = `http://127.0.0.1:${port}`
    const served = await serve(running, { origin, port, database }, await postgres?.pid())
    return {
      ...served,
      ...(over === 'sqlite' && { stored: () => Promise.resolve(bytesOfFile(file)) }),
      ...(postgres && { stored: () => bytesOfPostgres(postgres.url) }),
      async stop() {
        await served.stop().catch(console.error)
        await postgres?.stop()
      },
    }
  } catch (error) {
    await postgres?.stop()
    throw error
  }
}

async function serve(
  { setting: { directory }, path = '', ready, synced, fill, program }: Running,
  where: Where,
  beside = 0,
): Promise<RunningPeer> {
  const issuer = where.origin + path
  const output = join(directory, 'output')
  const launched = await program(where)
  const launch = () => startServer({ ...launched, output, ready })
  let child = await launch()
  const roots = () => [child.pid ?? 0]
  return {
    endpoints: await discover(issuer),
    cpu: () => cpuOfTree(...roots(), beside),
    memory: () => memoryOfTree(...roots()),
    pin: (core) => pin(core, ...roots(), beside),
    fill,
    async crash() {
      await endServer(child, 'SIGKILL')
      child = await launch()
    },
    async restart() {
      await endServer(child)
      const begun = performance.now()
      const launching = launch()
      await Promise.race([firstAnswer(issuer), launching])
      const took = performance.now() - begun
      child = await launching
      return took
    },
    ...(synced !== undefined && { checkSync: () => checkSync(output, synced) }),
    stop: () => endServer(child),
  }
}

/** Asks for the metadata until it is there. */
async function firstAnswer(issuer: string): Promise<void> {
  for (;;) {
    const answer = await fetch(discoveryOf(issuer)).catch(() => undefined)
    if ((await answer?.text()) !== undefined && answer?.status === 200) return
    await wait(5)
  }
}

/** What the connection of the server said of itself as it began. */
async function checkSync(output: string, synced: string): Promise<void> {
  const said = await readFile(output, 'utf8')
  if (!said.includes(synced)) throw new Error(`it does not sync:\n${said}`)
}

/** Pages in use: those that were given back are the file's, but hold nothing. */
function bytesOfFile(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  const pragma = (name: string) => Number(database.prepare(`pragma ${name}`).get()?.[name])
  const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  database.close()
  return bytes
}

async function bytesOfPostgres(url: string): Promise<number> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query<{ size: string }>('select pg_database_size(current_database()) as size')
  await client.end()
  return Number(rows[0]?.size)
}
