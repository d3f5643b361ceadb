/** Awaiting what comes about by itself. */
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Asks again and again until it holds; `patience` is in milliseconds.
 *
 * @throws {Error} that it did not come about in that time
 */
export async function until(holds: () => Promise<boolean>, what: string, patience = 180_000): Promise<void> {
  for (const late = performance.now() + patience; !(await holds()); await wait(50)) {
    if (performance.now() > late) throw new Error(`in ${patience / 1000} s it did not come about that ${what}`)
  }
}
