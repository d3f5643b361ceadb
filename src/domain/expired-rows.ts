import type { EpochSeconds, Seconds } from '../kernel/time.ts'

/** Port: rows that nobody needs any more. They are removed a few at a time. */
export interface ExpiredRows {
  /**
   * Deletes rows whose time is over: at most `batch` from each table, each table in a transaction of its own. The caller
   * repeats it while something is deleted, and pauses in between.
   *
   * @param batch 1 to 1000
   * @returns how many went; 0 when nothing is left to delete, and while another node is at it
   */
  sweep(at: EpochSeconds, batch: number): Promise<number>
  /** How long the row that has waited longest to be deleted has waited; 0 when none does. For the metric. */
  oldestExpired(at: EpochSeconds): Promise<Seconds>
}
