import type { EpochSeconds, Seconds } from '../kernel/time.ts'

/**
 * Port: counts attempts, for all nodes together. What is counted and where a limit lies is the caller's to say; a key may
 * be of any length and hold anything, and is kept as a hash.
 */
export interface Attempts {
  /**
   * Counts one attempt and answers how many there were, this one with them. One statement: of callers who race, on any
   * nodes, each is told another number, so that of a hundred at once with a limit of ten exactly ten are within it.
   *
   * @param window how long counting goes on from the first attempt of a key; the next attempt after it is the first again.
   *   A key is always counted with one and the same end: later attempts do not move it.
   */
  count(key: string, window: Seconds, at: EpochSeconds): Promise<number>
  /** Takes one attempt back, as if it had not been counted: it was a rightful one. Nothing below zero, no key made. */
  giveBack(key: string): Promise<void>
  /** Forgets every attempt of a key. */
  forget(key: string): Promise<void>
}
