import type { EpochSeconds, Seconds } from '../kernel/time.ts'

/**
 * Port: counts attempts, for all nodes together. What is counted, and where the limit lies, is up to the caller; a key may
 * have any length and content, and is kept as a hash.
 */
export interface Attempts {
  /**
   * Counts one attempt and returns how many there were, including this one. It is one statement: of callers who race, on
   * any nodes, each is told a different number, so that of a hundred at once with a limit of ten exactly ten are within it.
   *
   * @param window how long counting goes on from the first attempt of a key; the next attempt after it is the first again.
   *   Later attempts do not move that end.
   */
  count(key: string, window: Seconds, at: EpochSeconds): Promise<number>
  /** Takes one attempt back, as if it had not been counted: it was a rightful one. Never below zero, and never makes a key. */
  giveBack(key: string): Promise<void>
  /** Forgets every attempt of a key. */
  forget(key: string): Promise<void>
}
