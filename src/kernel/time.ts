/** A length of time in whole seconds. */
export type Seconds = number

/** A moment in whole seconds since 1970-01-01T00:00:00Z: what a `NumericDate` of RFC 7519 §2 holds. */
export type EpochSeconds = number

/** A length of time in milliseconds. */
export type Milliseconds = number

/** Tells the moment it is. Every part that needs the time is handed one, so that a test can hold it. */
export type Clock = () => EpochSeconds

/** Tells the time of this machine. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

/** Tells the milliseconds since 1970 as this machine has them: they jump when somebody sets its clock. */
export const machineTime = (): Milliseconds => Date.now()

/**
 * Tells milliseconds that only go forward, one a millisecond, whatever is done to the machine's clock meanwhile; they
 * begin at what that clock said when the process started. Only for ordering and measuring, never for deciding what has expired.
 */
export const milliseconds = (): Milliseconds => Math.floor(performance.timeOrigin + performance.now())

/** Spells a moment as RFC 3339 in UTC, to the second. */
export function spellMoment(at: EpochSeconds): string {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z')
}

/** Counts the days from one date to another, each as RFC 3339 §5.6 spells a `full-date`: 2026-09-12. */
export function daysBetween(earlier: string, later: string): number {
  return (Date.parse(later) - Date.parse(earlier)) / 86_400_000
}
