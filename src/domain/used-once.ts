import type { EpochSeconds } from '../kernel/time.ts'

/** Port: remembers what may be used only once and has no row of its own, such as the `jti` of a client assertion. */
export interface UsedOnce {
  /**
   * Spends a value; however many callers race, on however many nodes, exactly one is told `first`.
   *
   * @param purpose keeps apart what may not be confused, such as `client_assertion <client_id>`
   * @param forget_at when the memory may be dropped: after the value could no longer be accepted anyway
   */
  spend(purpose: string, value: string, forget_at: EpochSeconds): Promise<'first' | 'already_used'>
}
