/** The process that serves: what it says as it begins, which signals it minds, and with which exit code it ends. */
import type { Environment } from '../config/environment.ts'
import { spellListenAddress } from '../config/addresses.ts'
import { openLog, type Log } from '../outside/log.ts'
import { loadConfiguration } from './loaded-configuration.ts'
import { findTlsMistakes } from './own-certificate.ts'
import { stepBackPool } from './pool-threads.ts'
import { isWorker, openSiblings, type Siblings } from './siblings.ts'
import type { RunningServer, StartOptions } from './start.ts'

/** What serving takes. */
export interface ServeOptions {
  /** The configuration file. */
  readonly file: string
  readonly environment: Environment
  /** How many processes serve: 1 to 64. Of several, each is started by the one that was told so. */
  readonly workers: number
  /** Writes a line to standard output. */
  readonly say: (line: string) => void
  /** Writes a line to standard error. */
  readonly complain: (line: string) => void
}

/** Serves until the process is told to end. Resolves with the exit code: 0 ended well, 1 failed, 2 wrong configuration. */
export async function serve({ file, environment, workers, say, complain }: ServeOptions): Promise<number> {
  const load = () => loadConfiguration(file, environment, findTlsMistakes)
  const loaded = await load()
  if (loaded.outcome === 'bad') {
    for (const mistake of loaded.mistakes) complain(mistake)
    return 2
  }
  const { configuration } = loaded
  const { database } = configuration
  if (workers > 1 && database.kind === 'sqlite' && database.path === ':memory:') {
    complain('licet: a database in memory is one process’s own: for --workers it is a file, or PostgreSQL')
    return 2
  }
  if (workers > 1 && !isWorker()) {
    const { superviseWorkers } = await import('./workers.ts')
    return superviseWorkers(workers, { configuration, complain })
  }
  // The process that keeps workers never loads what serves.
  const { start } = await import('./start.ts')
  const siblings = isWorker() ? openSiblings(workers) : undefined
  const log = openLog({ level: configuration['log.level'] })
  endLoudly(log)
  try {
    const [server] = await Promise.all([
      start({ configuration, load, log, ...(siblings && { siblings }) }),
      stepBackPool(),
    ])
    const ended = untilTold(server, log, siblings)
    // A server that is told to end before it could begin ends all the same, and never says that it is ready.
    const began = await Promise.race([server.ready, ended])
    const sayReady = siblings?.sayReady ?? say
    if (began === 'ready') sayReady(`licet is ready: ${configuration.issuer} on ${spellListenAddress(server.address)}`)
    return await ended
  } catch (error) {
    complain(explained(error, { configuration, load, log }))
    return 1
  } finally {
    await log.flush()
  }
}

/**
 * Resolves after a SIGTERM or SIGINT, when everything in flight is answered. A second one ends the process at once, but
 * for a worker: a terminal signals it and the process that keeps it, which tells it the same again.
 */
function untilTold(server: RunningServer, log: Log, siblings: Siblings | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let told = false
  const end = (): void => {
    if (told && siblings === undefined) process.exit(1)
    if (told) return
    told = true
    server.drain().then(() => resolve(0), reject)
  }
  const reload = (): void => {
    server.reload().catch((error: unknown) => log.error('configuration_not_reloaded', {}, error))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.on('SIGHUP', reload)
  siblings?.obey({ drain: end, reload })
  return promise
}

/** What nobody caught leaves the process in an unknown state: it is written down, and the process ends (RL-24). */
function endLoudly(log: Log): void {
  const end = (event: string) => (error: unknown) => {
    log.error(event, {}, error)
    void log.flush().finally(() => process.exit(1))
  }
  process.on('uncaughtException', end('uncaught_exception'))
  process.on('unhandledRejection', end('unhandled_rejection'))
}

/** Says in a sentence why a server could not start, where we have one; otherwise gives the error itself. */
function explained(error: unknown, { configuration }: StartOptions): string {
  const { listen, database } = configuration
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const address = spellListenAddress(listen)
  if (code === 'EADDRINUSE') {
    return `licet: ${address} is in use by another program; end that one, or write another address under listen`
  }
  if (code === 'EACCES' && error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return `licet: this user may not listen on ${address}; ports below 1024 take a privilege`
  }
  if (code === 'EADDRNOTAVAIL') return `licet: this machine has no address ${listen.host}; write another under listen`
  if (error instanceof Error && error.name === 'DatabaseUnavailable') {
    const where = database.kind === 'sqlite' ? database.path : 'the PostgreSQL server'
    return `licet: the database cannot be opened: ${where}: ${error.message}`
  }
  return `licet: ${error instanceof Error ? error.message : String(error)}`
}
