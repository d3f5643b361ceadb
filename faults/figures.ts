/** Numbers out of a history, and how they are spelled in the table. */
import type { Kind, Operation } from './history.ts'

/** The value that so large a share of the values does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** The greatest of values, of which there may be more than a call can take; NaN of none. */
export const longest = (values: readonly number[]): number => quantile(values, 1)

/** How long operations took from when they were due, milliseconds. */
export function latencies(history: readonly Operation[]): readonly number[] {
  return history.map(({ due, ended }) => ended - due)
}

/** How long the server ran while operations took, milliseconds, where that was looked at. */
export function runs(history: readonly Operation[]): readonly number[] {
  return history.flatMap(({ ran }) => (ran === undefined ? [] : [ran]))
}

/** The operations of some kinds that were acknowledged. */
export function acknowledged(history: readonly Operation[], ...of: readonly Kind[]): readonly Operation[] {
  return history.filter(({ kind, outcome }) => outcome === 'acknowledged' && (of.length === 0 || of.includes(kind)))
}

/** Acknowledged operations a second, of those that were due in a stretch of time, milliseconds since 1970. */
export function goodput(history: readonly Operation[], from: number, to: number): number {
  return acknowledged(dueBetween(history, from, to)).length / ((to - from) / 1000)
}

/** The operations that were due in a stretch of time. */
export function dueBetween(history: readonly Operation[], from: number, to: number): readonly Operation[] {
  return history.filter(({ due }) => due >= from && due < to)
}

/** `5 / 23 ms, of which the server ran 4 / 9 ms`. */
export function spellLatencies(history: readonly Operation[]): string {
  return `${spellQuantiles(latencies(history))}, of which the server ran ${spellQuantiles(runs(history))}`
}

/** `12 %` of one whole; `–` where nothing was measured. */
export function spellShare(part: number): string {
  return Number.isFinite(part) ? `${Math.round(100 * part)} %` : '–'
}

/** `12 ms`, `1.2 s`; `–` where nothing was measured. */
export function spellTime(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '–'
  return milliseconds < 1000
    ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`
}

/** `5 ms, at most 23 ms`: the middle and the longest. */
export const spellLongest = (times: readonly number[]): string =>
  `${spellTime(quantile(times, 0.5))}, at most ${spellTime(longest(times))}`

/** `5 / 23 ms`: the middle and the 99th of a hundred. */
export function spellQuantiles(values: readonly number[]): string {
  return `${spellTime(quantile(values, 0.5))} / ${spellTime(quantile(values, 0.99))}`
}
