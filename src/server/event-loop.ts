import type { Milliseconds } from '../kernel/time.ts'

/** How often the lateness is measured. */
const every: Milliseconds = 20

/**
 * Watches how late the event loop is: what a timer comes late by, everything that has just arrived will wait as well.
 * It does not keep the process from ending.
 *
 * @param note told each time, with the time by a clock that only goes forward
 * @returns ends the watch
 */
export function watchEventLoop(note: (late: Milliseconds, at: Milliseconds) => void): () => void {
  let before = performance.now()
  const timer = setInterval(() => {
    const at = performance.now()
    note(Math.max(0, at - before - every), at)
    before = at
  }, every).unref()
  return () => clearInterval(timer)
}
