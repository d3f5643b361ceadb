/** What machines ask about the server itself: whether it lives, whether to send it work, and how it does. */
import { json, type Handler } from '../http/message.ts'

/** Where the process is in its life. */
export type Stage = 'starting' | 'ready' | 'draining'

/** What the probes ask. */
export interface ProbeParts {
  readonly stage: () => Stage
  /** One round trip to the database; throws when there is none. */
  readonly ping: () => Promise<void>
  readonly metrics: { readonly print: () => Promise<{ readonly content_type: string; readonly body: string }> }
}

/** Makes the handlers of `/healthz`, `/readyz` and `/metrics`. */
export function probes({ stage, ping, metrics }: ProbeParts) {
  const health: Handler = () => Promise.resolve(json(200, { status: 'alive' }))

  // 503 while draining comes first: a load balancer must look away before the listener closes (RL-12).
  const readiness: Handler = async () => {
    const now = stage()
    if (now !== 'ready') return json(503, { status: now }, { 'retry-after': '2' })
    try {
      await ping()
      return json(200, { status: 'ready' })
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
