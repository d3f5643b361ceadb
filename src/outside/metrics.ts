import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { EventLog } from '../domain/event-log.ts'
import type { Detail } from '../kernel/refusal.ts'
import type { Milliseconds, Seconds } from '../kernel/time.ts'

/** What is measured, in Prometheus' text form at `/metrics`. Every name begins with `licet_`. */
export interface Metrics {
  /** Counts an answer. */
  answered(route: string, status: number, took: Milliseconds): void
  /** Counts one commit of the database, with so many writes in it. */
  committed(size: number): void
  /** Says how full the door of the password hashes is. */
  passwords(load: { readonly running: number; readonly waiting: number }, event: 'changed' | 'refused'): void
  /** Makes a log that counts what it is told, before it tells the log given: events, refusals by reason, tokens by grant type. */
  counting(log: EventLog): EventLog
  /** Counts rows that the sweeper removed. */
  swept(rows: number): void
  /** What was measured, as another process can be told. */
  numbers(): Promise<Numbers>
  /** The text, and its media type. */
  print(): Promise<Printed>
}

/** What one process measured: JSON. */
export type Numbers = readonly object[]

/** The text of metrics, and its media type. */
export interface Printed {
  readonly content_type: string
  readonly body: string
}

/** What the metrics ask for when they are printed. */
export interface MetricsOptions {
  /** How long the row that has waited longest to be deleted has waited. */
  readonly oldestExpired: () => Promise<Seconds>
  /** How full the server is, and how many it has turned away for that since it began, by rank. */
  readonly overload: () => {
    readonly overloaded: boolean
    readonly inFlight: number
    readonly turnedAway: Readonly<Record<string, number>>
  }
  /** By how much this machine's clock is ahead of the time that is kept, where that is much. */
  readonly skew: () => Seconds
}

/** Most values of one label; whatever comes later is `other`, so that no stranger makes the numbers grow (DS-05). */
const mostValues = 200
/** Reasons are ours, and there are more of them: a scanner that meets many may not hide the ones that matter. */
const mostReasons = 1000

/**
 * What is worth an alert, as docs/operating.md says. These numbers are there from the first second: of one that begins
 * with 1, Prometheus tells no increase, and of some of these the first is the one that matters.
 */
const alarming = {
  events: [
    'password_spraying_noticed',
    'sign_in_disowned',
    'configuration_refused',
    'configuration_needs_restart',
    'clocks_disagree',
  ],
  reasons: ['code_replayed', 'refresh_token_reused'],
} as const

/** Opens the metrics of this process. */
export function openMetrics({ oldestExpired, overload, skew }: MetricsOptions): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register, prefix: 'licet_' })
  const answers = new Counter({
    name: 'licet_http_answers_total',
    help: 'Answers, by route and status',
    labelNames: ['route', 'status'],
    registers,
  })
  const duration = new Histogram({
    name: 'licet_http_answer_seconds',
    help: 'Time from the head of a request to its answer',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  measureOverload(overload, registers)
  new Gauge({
    name: 'licet_clock_skew_seconds',
    help: 'How far the clock of this machine is ahead of the time that is kept, 0 below a minute',
    aggregator: 'first',
    registers,
    collect() {
      this.set(skew())
    },
  })
  const commits = new Counter({ name: 'licet_database_commits_total', help: 'Commits', registers })
  const writes = new Counter({
    name: 'licet_database_writes_total',
    help: 'Writes, in groups of one commit',
    registers,
  })
  const hashing = new Gauge({ name: 'licet_password_hashes_running', help: 'Password hashes at work', registers })
  const waiting = new Gauge({ name: 'licet_password_hashes_waiting', help: 'Password hashes that wait', registers })
  const refused = new Counter({
    name: 'licet_password_hashes_refused_total',
    help: 'Turned away for lack of room',
    registers,
  })
  const events = new Counter({ name: 'licet_events_total', help: 'Events', labelNames: ['event'], registers })
  const refusals = new Counter({
    name: 'licet_refusals_total',
    help: 'Refusals, by reason (docs/errors.md)',
    labelNames: ['reason'],
    registers,
  })
  const issued = new Counter({
    name: 'licet_tokens_issued_total',
    help: 'Access tokens issued, by grant type',
    labelNames: ['grant_type'],
    registers,
  })
  const legacy = new Counter({
    name: 'licet_legacy_requests_total',
    help: 'Answers that OAuth 2.1 has dropped, by response type or grant type',
    labelNames: ['kind'],
    registers,
  })
  const sweeper = new Counter({
    name: 'licet_swept_rows_total',
    help: 'Expired rows removed by this process',
    registers,
  })
  const oldest = new Gauge({
    name: 'licet_oldest_expired_row_seconds',
    help: 'How long the row that has waited longest to be removed has waited',
    aggregator: 'max',
    registers,
    async collect() {
      // While the database is away nobody knows; the last value would be a lie.
      this.set(await oldestExpired().catch(() => Number.NaN))
    },
  })
  oldest.set(0)

  for (const event of alarming.events) events.inc({ event }, 0)
  for (const reason of alarming.reasons) refusals.inc({ reason }, 0)
  const [eventNamed, grantTypeNamed, kindNamed] = [bounded(mostValues), bounded(mostValues), bounded(mostValues)]
  const reasonNamed = bounded(mostReasons)
  function count(event: string, { reason, grant_type, kind }: Detail): void {
    events.inc({ event: eventNamed(event) })
    if (typeof reason === 'string') refusals.inc({ reason: reasonNamed(reason) })
    if (event === 'token_issued') issued.inc({ grant_type: grantTypeNamed(String(grant_type)) })
    if (event === 'legacy_used') legacy.inc({ kind: kindNamed(String(kind)) })
  }

  return {
    counting: (log) => ({
      info: (event, detail) => (count(event, detail), log.info(event, detail)),
      warn: (event, detail) => (count(event, detail), log.warn(event, detail)),
      error: (event, detail, cause) => (count(event, detail), log.error(event, detail, cause)),
    }),
    answered(route, status, took) {
      answers.inc({ route, status })
      duration.observe({ route }, took / 1000)
    },
    committed(size) {
      commits.inc()
      writes.inc(size)
    },
    passwords(load, event) {
      if (event === 'refused') refused.inc()
      hashing.set(load.running)
      waiting.set(load.waiting)
    },
    swept: (rows) => sweeper.inc(rows),
    numbers: () => register.getMetricsAsJSON(),
    print: () => spelled(register),
  }
}

/** Registers what is read only when it is printed, so that turning somebody away costs no more than adding one. */
function measureOverload(overload: MetricsOptions['overload'], registers: Registry[]): void {
  new Gauge({
    name: 'licet_requests_in_flight',
    help: 'Requests that are being worked on',
    registers,
    collect() {
      this.set(overload().inFlight)
    },
  })
  new Gauge({
    name: 'licet_overloaded',
    help: '1 while more requests come than can be answered',
    aggregator: 'max',
    registers,
    collect() {
      this.set(overload().overloaded ? 1 : 0)
    },
  })
  new Counter({
    name: 'licet_overload_refused_total',
    help: 'Requests turned away under overload, by rank',
    labelNames: ['rank'],
    registers,
    collect() {
      this.reset()
      for (const [rank, count] of Object.entries(overload().turnedAway)) this.inc({ rank }, count)
    },
  })
}

/**
 * Prints what several processes measured, as if one had: counts are added up. The counts of a process that has died are
 * gone, as after a restart.
 */
export function printTogether(all: readonly Numbers[]): Promise<Printed> {
  return spelled(AggregatorRegistry.aggregate([...all]))
}

async function spelled(register: Registry): Promise<Printed> {
  return { content_type: register.contentType, body: await register.metrics() }
}

/** Lets the first values of a label through as they are, and calls all others `other`. */
function bounded(most: number): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= most || value.length > 100) return 'other'
    known.add(value)
    return value
  }
}
