/**
 * The log: one line of JSON an event, in pino's shape, without secrets.
 *
 * Two nets, one behind the other: a field gets in only if its name is on a list (`log-fields.ts`); and in every text,
 * whatever its field, anything that looks like a secret is masked: our own by prefix, tokens by their form, passwords
 * in URLs. So a secret in the message of some library's error is caught as well.
 */
import { inspect } from 'node:util'
import pino from 'pino'
import type { EventLog } from '../domain/event-log.ts'
import type { Detail } from '../kernel/refusal.ts'
import { lineWriter, type LineWriter } from './line-writer.ts'
import { logFields } from './log-fields.ts'

/** The log, with what the process needs of it at its end. */
export interface Log extends EventLog {
  /** Writes out what is still in memory, within a second. Await it before the process exits. */
  flush(): Promise<void>
}

/** How the log is set up. */
export interface LogOptions {
  /** What is written: from this level on. Default `info`. */
  readonly level?: 'info' | 'warn' | 'error' | 'silent'
  /** Where to. Default: standard output, without waiting for it. */
  readonly destination?: LineWriter
}

/** Longest text in a line, in UTF-16 code units; what is longer is cut. A stack may be four times as long. */
const longest = 2048
/** Most items of a list. */
const most = 50
/** Most causes of causes. */
const deepest = 5

/** Opens the log. One for the whole process. */
export function openLog(options: LogOptions = {}): Log {
  const { level = 'info', destination = lineWriter(1, spellLoss) } = options
  // No pid and no host name: the collector of the lines knows where they come from.
  const lines = pino({ level, base: null }, destination)
  return {
    info: (event, detail) => lines.info({ event, ...listed(detail) }),
    warn: (event, detail) => lines.warn({ event, ...listed(detail) }),
    error: (event, detail, cause) => lines.error({ event, ...listed(detail), cause: causes(cause) }),
    flush: () => destination.flush(),
  }
}

/**
 * Masks whatever looks like a secret in a text: values with our prefixes, JWTs and JWEs, password hashes, private keys
 * in PEM, credentials of an `authorization` field, user name and password of a URL, our cookies. Cuts what is too long.
 */
export function masked(text: string, limit: number = longest): string {
  // A secret that the cut would fall into is masked first; more than that is not looked at, so a megabyte costs nothing.
  let safe = text.slice(0, 4 * limit)
  if (anySecretShape.test(safe)) {
    for (const [pattern, replacement] of secretShapes) safe = safe.replace(pattern, replacement)
  }
  return safe.length > limit ? `${safe.slice(0, limit)}…` : safe
}

const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/(?<![A-Za-z0-9])(l[a-z])_[A-Za-z0-9_-]{20,}/g, '$1_***'],
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}/g, '[jwt]'],
  [/\$(argon2|2[aby]|scrypt|pbkdf2)[A-Za-z0-9$=,.+/-]*/g, '[$1 hash]'],
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, '[private key]'],
  [/\b(basic|bearer|dpop) +[A-Za-z0-9+/=._~-]{8,}/gi, '$1 ***'],
  [/:\/\/[^\s/?#@]{0,256}@/g, '://***@'],
  [/(__Host-[A-Za-z0-9-]+)=[^;\s]+/g, '$1=***'],
  [
    /\b((?:client_secret|client_assertion|code|code_verifier|password|refresh_token|access_token|id_token|token|assertion)=)[^&\s"']+/g,
    '$1***',
  ],
]

/** Finds whatever any of them would, and more: most texts hold nothing, and are searched only once. */
const anySecretShape = new RegExp(secretShapes.map(([{ source }]) => source).join('|'), 'i')

function listed(detail: Detail): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(detail)) {
    if (value === undefined) continue
    kept[name] = logFields.has(name) ? maskedValue(value) : '[unlisted]'
  }
  return kept
}

function maskedValue(value: NonNullable<Detail[string]>): unknown {
  if (typeof value === 'string') return masked(value)
  return Array.isArray(value) ? value.slice(0, most).map((item: string) => masked(item)) : value
}

/** An error, and what caused it, as texts. */
function causes(cause: unknown, depth = 0): unknown {
  if (!(cause instanceof Error)) return cause === undefined ? undefined : masked(inspect(cause, { depth: 2 }))
  const code = 'code' in cause && typeof cause.code === 'string' ? masked(cause.code) : undefined
  return {
    type: masked(cause.name),
    message: masked(cause.message),
    ...(code !== undefined && { code }),
    stack: masked(cause.stack ?? '', 4 * longest),
    ...(cause.cause !== undefined && depth < deepest && { cause: causes(cause.cause, depth + 1) }),
  }
}

/** Makes the line that tells of lost ones. */
export function spellLoss(lost: number): string {
  return `${JSON.stringify({ level: 40, time: Date.now(), event: 'log_lines_lost', lost })}\n`
}
