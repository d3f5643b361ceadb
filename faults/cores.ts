/**
 * Who runs where. Whoever drives a load has a core for itself, the last one, and the server that is measured has the
 * others: else a server is measured that waits for whoever asks it. Where there is one core, or no `taskset`, all share.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { performance } from 'node:perf_hooks'

const last = cpus().length - 1

const parts = last > 0 && canPin() ? { server: last === 1 ? '0' : `0-${last - 1}`, driver: String(last) } : undefined

/** The program, with its arguments, that runs a server on the cores that are not the driver's. */
export const besideDriver: readonly string[] = parts === undefined ? [] : ['taskset', '-c', parts.server]

/** Has this process, which drives a load, run on its own core. */
export function takeOwnCore(): void {
  if (parts !== undefined) execFileSync('taskset', ['-c', '-p', parts.driver, String(process.pid)])
}

/** How busy this process's event loop was over a time, and for how long it stood in line for a core; shares of that time. */
export interface Busy {
  readonly busy: number
  readonly waited: number
}

/** Begins to watch this process's event loop; answers how busy it was since. */
export function watchOwnLoop(): () => Busy {
  const begun = { at: performance.now(), loop: performance.eventLoopUtilization(), waited: waitedForCore() }
  return () => ({
    busy: performance.eventLoopUtilization(begun.loop).utilization,
    waited: (waitedForCore() - begun.waited) / (performance.now() - begun.at),
  })
}

/** How long the main thread of a process stood in line for a core so far, milliseconds; NaN where the system does not tell. */
export const waitedForCore = (pid: number | 'self' = 'self'): number => scheduled(pid)[1]

/**
 * How long the main thread of a process has run so far, milliseconds; NaN where the system does not tell. What it ran while
 * somebody waited for it is what they would have waited where nobody else wants the core, disks and other threads apart.
 */
export const ranSoFar = (pid: number): number => scheduled(pid)[0]

function scheduled(pid: number | 'self'): readonly [ran: number, waited: number] {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return [Number(ran) / 1e6, Number(waited) / 1e6]
  } catch {
    return [Number.NaN, Number.NaN]
  }
}

function canPin(): boolean {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
