/** What machines ask about the server itself: whether it lives, whether to send it work, and how it does. */
import { json, type Handler } from '../http/message.ts'
import type { Seconds } from '../kernel/time.ts'

/** Where the process is in its life. */
export type Stage = 'starting' | 'ready' | 'draining'

/** What the probes ask. */
export interface ProbeParts {
  readonly stage: () => Stage
  /** One round trip to the database; throws when there is none. */
  readonly ping: () => Promise<void>
  /** By how much this machine's clock and the time that is kept disagree, 0 where they agree. */
  readonly skew?: (() => Seconds) | undefined
  readonly metrics: { readonly print: () => Promise<{ readonly content_type: string; readonly body: string }> }
}

/** Makes the handlers of `/healthz`, `/readyz` and `/metrics`. */
export function probes({ stage, ping, metrics, skew = () => 0 }: ProbeParts) {
  const health: Handler = () => Promise.resolve(json(200, { status: 'alive' }))

  // 503 while draining comes first: a load balancer must look away before the listener closes (RL-12).
  const readiness: Handler = async () => {
    const now = stage()
    if (now !== 'ready') return json(503, { status: now }, { 'retry-after': '2' })
    try {
      await ping()
      // Reported, and no reason to look away: all nodes go by the time that is kept, whatever their own clocks say (RL-11).
      const machine_ahead = skew()
      return json(200, { status: 'ready', ...(machine_ahead !== 0 && { clocks: 'disagree', machine_ahead }) })
    } catch {
      return json(503, { status: 'database_unavailable' }, { 'retry-after': '2' })
    }
  }

  const numbers: Handler = async () => {
    const { content_type, body } = await metrics.print()
    return { status: 200, headers: { 'content-type': content_type }, body }
  }

  return { health, readiness, metrics: numbers }
}
