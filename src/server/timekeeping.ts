/** Keeps this process's time by the database's clock, and says so when clocks disagree. */
import { uptime } from 'node:os'
import type { EventLog } from '../domain/event-log.ts'
import { idsGoBy } from '../kernel/ids.ts'
import { machineTime, type Milliseconds } from '../kernel/time.ts'
import { openTimekeeper, type Timekeeper } from '../kernel/timekeeper.ts'
import type { Database } from '../storage/database.ts'

/** Opens this machine's timekeeper; look at another clock often, or what the machine slept is not counted. */
export const keepTime = (): Timekeeper => openTimekeeper({ machine: machineTime, steady: awakeAndAsleep() })

/** What has passed. Node counts while the machine is awake, Linux tells what it slept as well: a lid, a paused guest. */
function awakeAndAsleep(): () => Milliseconds {
  if (process.platform !== 'linux') return () => performance.now()
  const begun = uptime() * 1000 - performance.now()
  let slept = 0
  let looked = Number.NEGATIVE_INFINITY
  return () => {
    const awake = performance.now()
    if (awake - looked > lookForSleep) {
      looked = awake
      const missing = uptime() * 1000 - awake - begun
      if (missing - slept > shortestSleep) slept = missing
    }
    return awake + slept
  }
}

/** Asking costs some microseconds, so it is not done at each request; and both count in hundredths of seconds. */
const lookForSleep: Milliseconds = 1000
const shortestSleep: Milliseconds = 1000

/**
 * Looks at the database's clock once, and logs when it and the machine's come apart or agree again. From the first look
 * on, ids begin with the time that is kept.
 */
export function watchClocks(
  { follow, milliseconds, skew }: Timekeeper,
  { database, log }: { readonly database: Database; readonly log: EventLog },
): () => Promise<void> {
  const by = database.kind === 'sqlite' ? 'machine' : 'database'
  let disagree = false
  let hasLooked = false
  return async () => {
    follow({ at: await database.time(), by })
    if (!hasLooked) idsGoBy(milliseconds)
    hasLooked = true
    const ahead = skew()
    if (ahead !== 0 && !disagree) log.warn('clocks_disagree', { machine_ahead: ahead })
    if (ahead === 0 && disagree) log.info('clocks_agree', {})
    disagree = ahead !== 0
  }
}
