/** What the server does by itself, again and again: sweeping out expired rows, ending what nobody uses, and the like. */
import { setTimeout as wait } from 'node:timers/promises'
import type { EventLog } from '../domain/event-log.ts'
import type { ExpiredRows } from '../domain/expired-rows.ts'
import type { Clock, Milliseconds } from '../kernel/time.ts'
import { deleteDueAccounts, type DueDeletionParts } from '../management/due-deletions.ts'
import { endDueGrants, type DueGrantParts } from '../management/due-grants.ts'

/** Something that runs until it is stopped. */
export interface Loop {
  /** Ends it, after the round it is in. */
  stop(): Promise<void>
}

/**
 * Does something again and again, with a pause in between. A round that fails is logged, and so is the first one that
 * works again; those in between are not, or an outage would fill the disk.
 *
 * @param pause asked before each wait, since a new configuration may change it
 */
export function repeat(
  name: string,
  pause: () => Milliseconds,
  round: () => Promise<void>,
  { log }: { readonly log: EventLog },
): Loop {
  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    let failing = false
    while (!stopped.signal.aborted) {
      try {
        await round()
        if (failing) log.info('loop_recovered', { name })
        failing = false
      } catch (error) {
        if (!failing) log.error('loop_failed', { name }, error)
        failing = true
      }
      await wait(pause(), undefined, { ref: false, signal: stopped.signal }).catch(() => undefined)
    }
  }
  const done = run()
  return {
    stop() {
      stopped.abort()
      return done
    },
  }
}

/** Most rows of a table that one statement removes (R2), and the breath after each. */
const batch = 1000
const breath: Milliseconds = 50

/** Ends grants and deletes accounts that are due, a batch at a time, until none is left or it is told to stop. */
export async function endDue(parts: DueGrantParts & DueDeletionParts, isStopping: () => boolean): Promise<void> {
  while (!isStopping() && (await endDueGrants(parts)) > 0) await wait(breath, undefined, { ref: false })
  while (!isStopping() && (await deleteDueAccounts(parts)) > 0) await wait(breath, undefined, { ref: false })
}

/** Removes what has expired, a batch at a time, until nothing is left or it is told to stop. */
export async function sweep(parts: {
  readonly expiredRows: ExpiredRows
  readonly clock: Clock
  readonly swept: (rows: number) => void
  readonly isStopping: () => boolean
}): Promise<void> {
  while (!parts.isStopping()) {
    const rows = await parts.expiredRows.sweep(parts.clock(), batch)
    parts.swept(rows)
    if (rows === 0) return
    await wait(breath, undefined, { ref: false })
  }
}
