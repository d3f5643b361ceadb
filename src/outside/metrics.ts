import type { EventLog } from '../domain/event-log.ts'
import type { Detail } from '../kernel/refusal.ts'
import type { Milliseconds, Seconds } from '../kernel/time.ts'
import {
  counted,
  counter,
  exposition,
  expositionType,
  gauge,
  histogram,
  together,
  type Described,
  type Measure,
  type Reading,
} from './measures.ts'
import { processMeasures } from './process-measures.ts'

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
export type Numbers = readonly Reading[]

/** The text of metrics, and its media type. */
export interface Printed {
  readonly content_type: string
  readonly body: string
}

/** What the metrics ask for when they are printed. */
export interface MetricsOptions {
  /** How long the row that has waited longest to be deleted has waited. */
  readonly oldestExpired: () => Promise<Seconds>
  /** How full the server is, and how many it turned away for that since it began, by rank. */
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

/** Opens the metrics of this process. */
export function openMetrics({ oldestExpired, overload, skew }: MetricsOptions): Metrics {
  const answers = counter(named('http_answers_total', 'Answers, by route and status'), 'route', 'status')
  const duration = histogram(
    named('http_answer_seconds', 'Time from the head of a request to its answer'),
    'route',
    [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  )
  const commits = counter(named('database_commits_total', 'Commits'))
  const writes = counter(named('database_writes_total', 'Writes, in groups of one commit'))
  const hashing = { running: 0, waiting: 0 }
  const refused = counter(named('password_hashes_refused_total', 'Turned away for lack of room'))
  const events = counter(named('events_total', 'Events'), 'event')
  const refusals = counter(named('refusals_total', 'Refusals, by reason (docs/errors.md)'), 'reason')
  const issued = counter(named('tokens_issued_total', 'Access tokens issued, by grant type'), 'grant_type')
  const legacy = counter(
    named('legacy_requests_total', 'Answers that OAuth 2.1 has dropped, by response type or grant type'),
    'kind',
  )
  const sweeper = counter(named('swept_rows_total', 'Expired rows removed by this process'))
  const all: readonly Measure[] = [
    ...processMeasures(),
    answers,
    duration,
    ...ofOverload(overload),
    gauge(
      {
        ...named(
          'clock_skew_seconds',
          'How far the clock of this machine is ahead of the time that is kept, 0 below a minute',
        ),
        together: 'first',
      },
      skew,
    ),
    commits,
    writes,
    gauge(named('password_hashes_running', 'Password hashes at work'), () => hashing.running),
    gauge(named('password_hashes_waiting', 'Password hashes that wait'), () => hashing.waiting),
    refused,
    events,
    refusals,
    issued,
    legacy,
    sweeper,
    gauge(
      {
        ...named('oldest_expired_row_seconds', 'How long the row that has waited longest to be removed has waited'),
        together: 'max',
      },
      // While the database is away nobody knows; the last value would be a lie.
      () => oldestExpired().catch(() => Number.NaN),
    ),
  ]
  const numbers = (): Promise<Numbers> => Promise.all(all.map((measure) => measure.read()))

  const [eventNamed, reasonNamed, grantTypeNamed, kindNamed] = [bounded(), bounded(), bounded(), bounded()]
  function count(event: string, { reason, grant_type, kind }: Detail): void {
    events.add(1, eventNamed(event))
    if (typeof reason === 'string') refusals.add(1, reasonNamed(reason))
    if (event === 'token_issued') issued.add(1, grantTypeNamed(String(grant_type)))
    if (event === 'legacy_used') legacy.add(1, kindNamed(String(kind)))
  }

  return {
    counting: (log) => ({
      info: (event, detail) => (count(event, detail), log.info(event, detail)),
      warn: (event, detail) => (count(event, detail), log.warn(event, detail)),
      error: (event, detail, cause) => (count(event, detail), log.error(event, detail, cause)),
    }),
    answered(route, status, took) {
      answers.add(1, route, status)
      duration.observe(took / 1000, route)
    },
    committed(size) {
      commits.add(1)
      writes.add(size)
    },
    passwords(load, event) {
      if (event === 'refused') refused.add(1)
      hashing.running = load.running
      hashing.waiting = load.waiting
    },
    swept: (rows) => sweeper.add(rows),
    numbers,
    print: async () => printed(await numbers()),
  }
}

/** Measures what is asked for as it is printed: so that turning somebody away costs no more than a number. */
function ofOverload(overload: MetricsOptions['overload']): readonly Measure[] {
  return [
    gauge(named('requests_in_flight', 'Requests that are being worked on'), () => overload().inFlight),
    gauge({ ...named('overloaded', '1 while more requests come than can be answered'), together: 'max' }, () =>
      overload().overloaded ? 1 : 0,
    ),
    counted(
      named('overload_refused_total', 'Requests turned away under overload, by rank'),
      () => overload().turnedAway,
      'rank',
    ),
  ]
}

/**
 * Prints what several processes measured, as if one had: counts are added up. What a process counted that has died is
 * gone, as a counter that starts anew.
 */
export function printTogether(all: readonly Numbers[]): Printed {
  return printed(together(all))
}

function printed(readings: Numbers): Printed {
  return { content_type: expositionType, body: exposition(readings) }
}

const named = (name: string, help: string): Described => ({ name: `licet_${name}`, help })

/** Lets the first values of a label through as they are, and calls all others `other`. */
function bounded(): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= mostValues || value.length > 100) return 'other'
    known.add(value)
    return value
  }
}
