/**
 * A real server: the process that an operator starts, on a free port of this machine, with the configuration of a test.
 * It ends with the process that started it, however that one ends.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { openSender, type Send } from './sender.ts'
import { root } from './source.ts'
import { Visitor } from './visitor.ts'

/** What a server is started with. */
export interface ServerOptions {
  /** What the configuration file holds besides issuer, address, database and secret. */
  readonly configuration?: Readonly<Record<string, unknown>>
  /** `sqlite`: a file of its own; else the URL of a PostgreSQL database. Default `sqlite`. */
  readonly database?: string
  /** Where it is known, when that is not where it listens: behind a proxy. */
  readonly issuer?: string
  /** The path of the issuer, where it is known by where it listens: `/tenant`. */
  readonly path?: string
  /** How many processes serve; 1 by default. */
  readonly workers?: number
}

/** A line of the log, by field. */
export type LoggedEvent = Readonly<Record<string, unknown>>

/** What a command printed, and how it ended. */
export interface CommandOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A server that serves. */
export interface TestServer {
  readonly issuer: string
  /** The port it listens on, on 127.0.0.1. */
  readonly port: number
  /** The database as the configuration names it. */
  readonly database: string
  /** The configuration file, for a command that a test begins and ends itself. */
  readonly file: string
  /** Sends a request to it. */
  readonly send: Send
  /** The log so far, oldest first. */
  readonly log: readonly LoggedEvent[]
  /** Every line so far of both standard output and standard error. */
  readonly output: readonly string[]
  /** A browser that was never here. */
  visitor(): Visitor
  /** Runs `licet` over the same configuration; `input` is its standard input. */
  command(words: readonly string[], input?: string): Promise<CommandOutcome>
  /** Sends the process a signal. */
  signal(name: NodeJS.Signals): void
  /** Awaits the line of the log that fits, ten seconds at most. */
  logged(fits: (event: LoggedEvent) => boolean): Promise<LoggedEvent>
  /**
   * Ends it as an operator would, and removes its files. Rejects when it did not end well, when a request made it fail
   * inside, and when its log holds what looks like a secret (SECURITY: PX-10).
   */
  stop(): Promise<void>
}

/** How long a server may take to begin, and to end, milliseconds: this is a slow machine with much to do. */
const patience = 60_000

/**
 * Starts a server and awaits that it is ready. Who starts it stops it.
 *
 * @throws {Error} with all it said when it does not begin
 */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await begun(options, await freePort())
    } catch (error) {
      // Between the question for a port and its use somebody else may have taken it.
      if (attempt === 5 || !String(error).includes('is in use')) throw error
    }
  }
}

async function begun(options: ServerOptions, port: number): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'licet-server-'))
  const file = join(directory, 'licet.json')
  const { path = '', database = 'sqlite' } = options
  const { issuer = `http://localhost:${port}${path}` } = options
  const own = {
    issuer,
    listen: `127.0.0.1:${port}`,
    database: database === 'sqlite' ? `sqlite:${join(directory, 'licet.db')}` : database,
    secret: Buffer.alloc(32, 7).toString('base64url'),
    drain: '0s',
    throttle: { exempt: ['127.0.0.0/8'] },
    // The database decides races, and not room in an overload queue on a busy machine.
    overload: { places: 10_000 },
  }
  await writeFile(file, JSON.stringify({ ...own, ...options.configuration }))
  const process = startProcess(file, options.workers)
  try {
    await process.says(`licet is ready: ${issuer} `)
  } catch (error) {
    await rm(directory, { recursive: true })
    throw error
  }

  const sender = openSender(`http://127.0.0.1:${port}`)
  // A request that names no host names the issuer's, as a browser's would.
  const { host } = new URL(issuer)
  const send: Send = (request) => sender.send({ ...request, headers: { host, ...request.headers } })
  return {
    issuer,
    port,
    database: own.database,
    file,
    send,
    log: process.log,
    output: process.output,
    visitor: () => visitorOf(issuer, send),
    command: (words, input) => runCommand([...words, '--config', file], input),
    signal: process.signal,
    logged: process.logged,
    async stop() {
      await sender.close()
      await process.stop()
      await rm(directory, { recursive: true })
    },
  }
}

/** A browser whose requests go out by a sender. */
export function visitorOf(issuer: string, send: Send): Visitor {
  return new Visitor(new URL(issuer).origin, ({ method, url, headers, body }) =>
    send({ method, path: url.pathname + url.search, headers, ...(method === 'POST' && { body }) }),
  )
}

interface ServerProcess extends Pick<TestServer, 'log' | 'output' | 'signal' | 'logged' | 'stop'> {
  says(beginning: string): Promise<void>
}

// The server replaces the shell that this begins as. A second process waits for the end of the pipe, which comes when the
// holder of the other end is gone.
const untilParentEnds = 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-'

function startProcess(file: string, workers = 1): ServerProcess {
  const command = [join(root, 'bin/licet'), 'serve', '--config', file, '--workers', String(workers)]
  const child = spawn('sh', ['-c', untilParentEnds, 'sh', ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: string[] = []
  const log: LoggedEvent[] = []
  const ended = once(child, 'close').then(([code, signal]) => String(code ?? signal))
  const keep = (line: string): void => {
    output.push(line)
    // A process that is killed may leave the last line half written.
    if (line.startsWith('{') && line.endsWith('}')) log.push(JSON.parse(line) as LoggedEvent)
  }
  for (const stream of [child.stdout, child.stderr] satisfies Readable[]) createInterface(stream).on('line', keep)

  const until = async (holds: () => boolean, longest: number): Promise<void> => {
    for (const late = performance.now() + longest; !holds(); await wait(5)) {
      if (child.exitCode === null && child.signalCode === null && performance.now() < late) continue
      child.kill('SIGKILL')
      throw new Error(`The server did not say what was awaited:\n${output.slice(-50).join('\n')}`)
    }
  }
  return {
    log,
    output,
    says: (beginning) => until(() => output.some((line) => line.startsWith(beginning)), patience),
    signal: (name) => void child.kill(name),
    async logged(fits) {
      await until(() => log.some(fits), 10_000)
      return log.find(fits) ?? {}
    },
    async stop() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), patience)
      const code = await ended
      clearTimeout(force)
      if (code !== '0') throw new Error(`The server ended with ${code}:\n${output.slice(-50).join('\n')}`)
      const regretted = output.filter((line) => secretShape.test(line) || ownFailure.test(line))
      if (regretted.length > 0)
        throw new Error(`The server should not have said:\n${regretted.slice(0, 20).join('\n')}`)
    },
  }
}

/** Our own secrets by their kind, tokens by their form, password hashes, and private keys. */
const secretShape = /\bl[a-z]_[\w-]{40}|\beyJ[\w-]+\.[\w-]|\$argon2id?\$|BEGIN [A-Z ]*PRIVATE KEY/

/** An error of the server's own; that a database is away, and what fails for want of it, is not one. */
const ownFailure = /^\{"level":50,(?!.*(?:"event":"database_unavailable"|"type":"DatabaseUnavailable"))/

async function runCommand(words: readonly string[], input = ''): Promise<CommandOutcome> {
  const child = spawn(join(root, 'bin/licet'), words, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray())
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? 1, stdout: ((await stdout) ?? []).join(''), stderr: ((await stderr) ?? []).join('') }
}
