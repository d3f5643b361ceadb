/** Tells clients at once that a session ended, while the person waits (briefly) for the page that says so. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Milliseconds } from '../kernel/time.ts'
import { deliver, type DeliveryParts, type Send } from './deliveries.ts'

/** How long a page waits for the first attempts: a client that hangs does not hold the person up (LO-06). */
const announcing: Milliseconds = 600

/**
 * Makes the function that sends the waiting logout tokens. It resolves when each was tried once, or when the time is
 * up; what is under way then goes on, and what fails is tried again by the loop that empties the outbox.
 */
export function announcer(send: Send, parts: DeliveryParts, patience: Milliseconds = announcing): () => Promise<void> {
  return async () => {
    const enough = new AbortController()
    const telling = deliver('logout_token', send, parts)
      .catch((error: unknown) => parts.log.error('announcement_failed', {}, error))
      .finally(() => enough.abort())
    await Promise.race([telling, wait(patience, undefined, { signal: enough.signal }).catch(() => undefined)])
  }
}
