/** A node of the server under test: a real process that may be killed and started again on what it kept. */
import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { endServer, startServer } from '../bench/processes.ts'
import { freePort } from '../testing/free-port.ts'
import { openSender, type Send } from '../testing/sender.ts'
import { root } from '../testing/source.ts'

const execute = promisify(execFile)

/** What a node is started with. */
export interface NodeOptions {
  /** An empty or own folder: its configuration, its output, its SQLite file. */
  readonly directory: string
  readonly configuration: Readonly<Record<string, unknown>>
  /** `sqlite` or the URL of a PostgreSQL database. Default `sqlite`. */
  readonly database?: string
  /** Where it is known, when that is not where it listens. */
  readonly issuer?: string
  readonly environment?: Readonly<Record<string, string>>
  /** The words of its output that say it has begun. Default: that it is ready. */
  readonly begun?: string
  /** A program, with its arguments, that runs the server: a shell that sets limits. */
  readonly under?: readonly string[]
  /** How many processes serve; 1 by default. */
  readonly workers?: number
}

/** A node. */
export interface FaultNode {
  readonly issuer: string
  readonly port: number
  readonly send: Send
  readonly pid: () => number
  /** Kills it as `kill -9` does, and awaits that it is gone. */
  kill(): Promise<void>
  /** Starts it again on what it kept. Answers how long until it was ready, milliseconds. */
  restart(): Promise<number>
  /** Tells it to end, and answers its exit code. */
  end(): Promise<number | null>
  signal(name: NodeJS.Signals): void
  /** Asks a probe until it answers that status; answers how long that took, milliseconds. Throws after `patience`. */
  until(path: string, status: number, patience?: number): Promise<number>
  /** Runs `licet` over its configuration, and answers what that printed. Throws where it fails. */
  command(...words: readonly string[]): Promise<string>
  /** Everything that it printed since it was last started. */
  output(): Promise<string>
  /** Ends it and lets go of it. */
  close(): Promise<void>
}

/** Starts a node and awaits that it is ready. */
export async function startNode(options: NodeOptions): Promise<FaultNode> {
  const { directory, configuration, database = 'sqlite', environment = {}, under = [], workers } = options
  const port = await freePort()
  const { issuer = `http://localhost:${port}`, begun = 'licet is ready:' } = options
  const file = join(directory, `licet-${port}.json`)
  const output = join(directory, `output-${port}`)
  const own = {
    issuer,
    listen: `127.0.0.1:${port}`,
    database: database === 'sqlite' ? `sqlite:${join(directory, 'licet.db')}` : database,
    secret: Buffer.alloc(32, 7).toString('base64url'),
    drain: '0s',
  }
  await writeFile(file, JSON.stringify({ ...own, ...configuration }))
  const serve = ['serve', '--config', file, ...(workers === undefined ? [] : ['--workers', String(workers)])]
  const [command, ...parameters] = [...under, join(root, 'bin/licet'), ...serve]
  const launch = (): Promise<ChildProcess> =>
    startServer({
      command: command ?? '',
      parameters,
      output,
      options: { env: { ...process.env, ...environment } },
      ready: begun,
    })
  let child = await launch()
  const sender = openSender(`http://127.0.0.1:${port}`)
  const { host } = new URL(issuer)
  const send: Send = (request) => sender.send({ ...request, headers: { host, ...request.headers } })
  const until: FaultNode['until'] = async (path, status, patience = 30_000) => {
    const since = performance.now()
    for (;;) {
      const answer = await send({ path }).catch(() => undefined)
      const took = performance.now() - since
      if (answer?.status === status) return took
      if (took > patience) throw new Error(`${path} says ${answer?.status ?? 'nothing'} and not ${status}`)
      await wait(5)
    }
  }
  return {
    issuer,
    port,
    send,
    pid: () => child.pid ?? 0,
    kill: () => endServer(child, 'SIGKILL'),
    async restart() {
      const since = performance.now()
      child = await launch()
      await until('/readyz', 200)
      return performance.now() - since
    },
    async end() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = (await ended) as [number | null]
      return code
    },
    signal: (name) => void child.kill(name),
    until,
    async command(...words) {
      const { stdout } = await execute(join(root, 'bin/licet'), [...words, '--config', file])
      return stdout
    },
    output: () => readFile(output, 'utf8'),
    async close() {
      await sender.close()
      await endServer(child)
    },
  }
}
