import type { EventLog } from '../src/domain/event-log.ts'
import type { Detail } from '../src/kernel/refusal.ts'

/** One line of the log, as a test reads it. */
export interface LogLine {
  readonly event: string
  readonly detail: Detail
  readonly cause?: unknown
}

/** Makes a log that keeps its lines, oldest first. */
export function collectingLog(): EventLog & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const keep = (event: string, detail: Detail): void => void lines.push({ event, detail })
  return { lines, info: keep, warn: keep, error: (event, detail, cause) => void lines.push({ event, detail, cause }) }
}
