/**
 * A server's life: it listens, opens what it stands on, serves, reads its configuration again, drains and ends.
 *
 * It listens first, so that a port in use stops it before anything is changed. While PostgreSQL cannot be reached it
 * lives on, says 503, and joins when the database is there (RL-06).
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Configuration } from '../config/settings.ts'
import type { EventLog } from '../domain/event-log.ts'
import { outboxKinds } from '../domain/outbox.ts'
import { openOverloadGate } from '../http/overload.ts'
import { milliseconds, type Clock, type Milliseconds } from '../kernel/time.ts'
import { DatabaseUnavailable } from '../storage/database.ts'
import { openBrands } from './brands.ts'
import { compose, type Composition, type Ground } from './compose.ts'
import { deliver } from './deliveries.ts'
import { edge, type Edge } from './edge.ts'
import { watchEventLoop } from './event-loop.ts'
import { createMissingAccounts, isReadByOthers } from './first-start.ts'
import { openGround, openMeasurements, type Footing } from './ground.ts'
import type { ListeningAddress } from './hosts.ts'
import { listen, sendAnswers, type Listening, type TlsFiles } from './listen.ts'
import type { LoadedConfiguration } from './loaded-configuration.ts'
import { endDue, repeat, sweep, type Loop } from './loops.ts'
import { probes, type Stage } from './probes.ts'
import { needRestart } from './restart.ts'
import { hardToRead } from './readability.ts'
import type { Siblings } from './siblings.ts'
import { keepTime, watchClocks } from './timekeeping.ts'

/** How long requests in flight have to finish once the process is told to end. */
const longestDrain: Milliseconds = 10_000
/** How often a database that is away is looked for again. */
const lookAgain: Milliseconds = 1000
/** How often signing keys are read again: what a removed one signed is refused within a second, by each node (RL-15). */
const lookForKeys: Milliseconds = 700
/** How often a standby is asked how far it is behind, well within a second. */
const lookAtStandby: Milliseconds = 300
/** How often the database is asked what time it is. */
const lookAtClock: Milliseconds = 1000
/** How often due messages are looked for. */
const lookForMessages: Milliseconds = 1000
/** How often the use of grants is written, well within `unwrittenFor`, and how often grants that are due are ended. */
const writeUses: Milliseconds = 20_000
const lookForDueGrants: Milliseconds = 30_000

/** What a server is started with. */
export interface StartOptions {
  readonly configuration: Configuration
  /** Reads the configuration again, for SIGHUP. */
  readonly load: () => LoadedConfiguration | Promise<LoadedConfiguration>
  readonly log: EventLog
  readonly clock?: Clock
  /** The other workers, where this process is one of several. */
  readonly siblings?: Siblings
}

/** A server that has begun. */
export interface RunningServer {
  /** Where it listens: the port it got, where any was asked for. */
  readonly address: ListeningAddress
  /** Resolves when it serves (`ready`), or was told to end before it could (`draining`); rejects when it never will. */
  readonly ready: Promise<Stage>
  /** Reads the configuration again; after a mistake the old one stays. */
  reload(): Promise<void>
  /** Takes no more work, finishes what it has, and ends: at most ten seconds. */
  drain(): Promise<void>
  /** The parts as they are composed now; undefined before it is ready. For the demo and for tests. */
  readonly composition: () => Composition | undefined
}

/**
 * Starts a server.
 *
 * @throws {Error} when it cannot listen: `EADDRINUSE`, `EACCES`, a certificate that cannot be read
 */
export async function start(options: StartOptions): Promise<RunningServer> {
  const time = keepTime()
  const { log, load, clock = time.clock, siblings } = options
  let { configuration } = options
  let stage: Stage = 'starting'
  let ground: Ground | undefined
  let composition: Composition | undefined
  let loops: readonly Loop[] = []
  let reloading: Promise<void> = Promise.resolve()

  const overload = openOverloadGate({
    places: configuration['overload.places'],
    told: (event, turned_away) => log.warn(event, { turned_away }),
    beforeWork: sendAnswers,
  })
  const { skew } = time
  const own = openMeasurements(() => ground?.stores, { clock, overload, skew })
  const metrics = siblings?.together(own) ?? own
  const footing: Footing = {
    clock,
    log: metrics.counting(log),
    metrics,
    overload,
    skew,
    stage: () => stage,
    processes: siblings?.count ?? 1,
  }
  const endWatch = watchEventLoop(overload.noteLateness)
  const starting = startingEdge(configuration, footing)
  const listeners = await listenEverywhere(configuration, () => composition?.edge ?? starting)
  const [listening] = listeners

  async function open(): Promise<Stage> {
    ground = await openPatiently(configuration, footing, () => stage === 'draining')
    if (ground === undefined) return stage
    const lookAtClocks = watchClocks(time, ground)
    await lookAtClocks()
    await createAccounts(configuration, ground)
    const first = compose(configuration, ground)
    composition = first
    loops = [
      ...startLoops(
        ground,
        () => configuration,
        () => composition ?? first,
      ),
      repeat('clock', () => lookAtClock, lookAtClocks, ground),
    ]
    warnOfSecretFile(configuration, log)
    warnOfColours(configuration, log)
    if (stage === 'starting') stage = 'ready'
    return stage
  }
  const ready = open()
  ready.catch(() => undefined) // whoever awaits it is told; a drain meanwhile is no failure of ours

  async function readAgain(): Promise<void> {
    const loaded = await load()
    if (loaded.outcome === 'bad') return log.warn('configuration_refused', { mistakes: loaded.mistakes })
    const setting = needRestart(configuration, loaded.configuration)
    if (setting.length > 0) return log.warn('configuration_needs_restart', { setting })
    if (ground !== undefined) {
      await createAccounts(loaded.configuration, ground)
      composition = compose(loaded.configuration, ground)
    }
    configuration = loaded.configuration
    const tls = tlsFiles(configuration)
    if (tls !== undefined) for (const one of listeners) one.reloadCertificate(tls)
    warnOfColours(configuration, log)
    log.info('configuration_reloaded', {})
  }

  return {
    address: listening.address,
    ready,
    composition: () => composition,

    reload() {
      // One after the other: an earlier reading never ends up replacing a later one.
      const next = reloading.then(readAgain)
      reloading = next.catch(() => undefined)
      return next
    },

    async drain() {
      const until = milliseconds() + longestDrain
      stage = 'draining'
      log.info('draining', {})
      await wait(configuration.drain * 1000)
      await Promise.all(listeners.map((one) => closed(one, until)))
      // A server that is told to end while it begins has loops only once it has begun.
      await ready.catch(() => undefined)
      await Promise.all(loops.map((loop) => loop.stop()))
      endWatch()
      // What cannot be written any more is a count that no rights depend on.
      await ground?.stores.grantUses.write().catch(() => undefined)
      await ground?.database.close()
      log.info('stopped', {})
    },
  }
}

/** Listens where everybody comes and, where that is another place, where clients are asked for a certificate. */
async function listenEverywhere(
  configuration: Configuration,
  current: () => Edge,
): Promise<readonly [Listening, ...Listening[]]> {
  const { 'mtls.listen': other, 'mtls.ask': ask } = configuration
  const same = { tls: tlsFiles(configuration), edge: current }
  const first = await listen({
    ...configuration.listen,
    ...same,
    client_certificates: ask ? 'asked_for' : 'not_asked_for',
  })
  if (other === undefined) return [first]
  try {
    return [first, await listen({ ...other, ...same, client_certificates: 'asked_for' })]
  } catch (error) {
    await first.close()
    throw error
  }
}

/** Answers probes while there is no database yet, and 503 to everybody else. */
function startingEdge(configuration: Configuration, { log, metrics, overload, stage }: Footing): Edge {
  const { issuer, trusted_proxies, language } = configuration
  return edge({
    issuer,
    settings: { language, brands: openBrands(configuration).brands },
    trusted_proxies,
    certificateOf: () => undefined,
    alias: undefined,
    log,
    handlers: probes({ stage, ping: () => Promise.reject(new DatabaseUnavailable('closed')), metrics }),
    atOnce: {},
    isKnownOrigin: () => Promise.resolve(false),
    observe: metrics.answered,
    overload,
    isDraining: () => stage() === 'draining',
  })
}

/** Opens the ground, again and again while a PostgreSQL server is away. A file of ours that does not open is final. */
async function openPatiently(
  configuration: Configuration,
  footing: Footing,
  isStopping: () => boolean,
): Promise<Ground | undefined> {
  for (let failures = 0; !isStopping(); failures += 1) {
    try {
      return await openGround(configuration, footing)
    } catch (error) {
      const away = error instanceof DatabaseUnavailable && error.reason !== 'unsafe'
      const passing = away && configuration.database.kind === 'postgres'
      if (!passing) throw error
      // Once a minute is enough for whoever reads the log.
      if (failures % 60 === 0) footing.log.error('database_unavailable', {}, error)
      await wait(lookAgain)
    }
  }
  return undefined
}

async function createAccounts(configuration: Configuration, ground: Ground): Promise<void> {
  const { stores, clock, passwords } = ground
  const hashPassword = async (password: string): Promise<string> => {
    const hash = await passwords.hash(password)
    if (hash === 'busy' || hash === 'too_long') throw new Error(`A configured password could not be hashed: ${hash}`)
    return hash
  }
  await createMissingAccounts(configuration.accounts, { ...stores, clock, hashPassword })
}

function startLoops(
  ground: Ground,
  configuration: () => Configuration,
  composition: () => Composition,
): readonly Loop[] {
  const { stores, standby, clock, log, signer, stage, metrics, skew = () => 0 } = ground
  const sweeping = {
    expiredRows: stores.expiredRows,
    clock,
    swept: metrics.swept,
    // What is removed does not come back: nothing is while clocks disagree on what has expired.
    isStopping: () => stage() === 'draining' || skew() !== 0,
  }
  const delivering = { outbox: stores.outbox, clock, log, isStopping: () => stage() === 'draining' }
  return [
    ...outboxKinds.map((kind) =>
      repeat(
        kind,
        () => lookForMessages,
        () => deliver(kind, composition().senders[kind], delivering),
        { log },
      ),
    ),
    repeat(
      'sweep',
      () => configuration()['sweeper.every'] * 1000,
      () => sweep(sweeping),
      { log },
    ),
    repeat(
      'grant uses',
      () => writeUses,
      async () => void (await stores.grantUses.write()),
      { log },
    ),
    repeat(
      'due grants',
      () => lookForDueGrants,
      () => endDue(composition().parts, sweeping.isStopping),
      { log },
    ),
    ...(standby === undefined ? [] : [repeat('standby', () => lookAtStandby, standby.follow, { log })]),
    repeat(
      'signing keys',
      () => lookForKeys,
      () => signer.reload(),
      { log },
    ),
  ]
}

/** Closes the listener, and breaks off at the deadline whatever is still open then. */
async function closed(listening: Listening, until: Milliseconds): Promise<void> {
  const late = new AbortController()
  const closing = listening.close().finally(() => late.abort())
  await wait(Math.max(0, until - milliseconds()), undefined, { signal: late.signal }).catch(() => undefined)
  if (!late.signal.aborted) listening.breakOff()
  await closing
}

function tlsFiles(configuration: Configuration): TlsFiles | undefined {
  const { 'tls.certificate': certificate, 'tls.key': key } = configuration
  return certificate === undefined || key === undefined ? undefined : { certificate, key }
}

function warnOfSecretFile({ secret: { file } }: Configuration, log: EventLog): void {
  if (file !== undefined && isReadByOthers(file)) log.warn('secret_file_readable_by_others', { file })
}

function warnOfColours(configuration: Configuration, log: EventLog): void {
  for (const { key, words } of hardToRead(configuration)) log.warn('colour_hard_to_read', { setting: key, why: words })
}
