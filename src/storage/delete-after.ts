/**
 * When a row may be swept. Moments are rounded up, so that a row which is used again and again mostly keeps the same
 * one: its index stays untouched, and PostgreSQL can update the row in place (HOT).
 */
import { replayMemory } from '../domain/authorization.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'

const fiveMinutes: Seconds = 300
const hour: Seconds = 3600
const day: Seconds = 86_400

/** How long an ended authorization is kept, so that whoever asks why it ended can be told. */
export const endedMemory: Seconds = day

/** How long what has ended is remembered, as far as an operator decides that. */
export interface Memory {
  /** When a grant may go that ended at that moment: it is in its person's history until then. */
  readonly ofEnded: (at: EpochSeconds) => EpochSeconds
}

/** Remembers ended grants for so long. */
export function memoryOf(history: Seconds): Memory {
  return { ofEnded: (at) => rounded(at + history, at) }
}

/** How long decisions and audit events are kept: two years. */
export const recordMemory: Seconds = 2 * 365 * day

/** How long a client that registered itself is kept after the last grant for it ended: 30 days. */
export const registrationMemory: Seconds = 30 * day

/** The moment up to five minutes after `end`; up to an hour after it, where that is a day or more away. */
export function rounded(end: EpochSeconds, at: EpochSeconds): EpochSeconds {
  const step = end - at < day ? fiveMinutes : hour
  return Math.ceil(end / step) * step
}

/** When the row of a secret may go that ends by itself at `end`: a replay is recognised for a while after it. */
export function afterReplay(end: EpochSeconds, at: EpochSeconds): EpochSeconds {
  return rounded(end + replayMemory, at)
}
