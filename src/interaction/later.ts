import type { Handler } from '../http/message.ts'
import { loadedOnce } from '../kernel/loaded-once.ts'

/**
 * Loads what answers with the first request for it, in a few milliseconds: nobody asks for these pages as a server starts.
 * What declares a refusal is not loaded later, since what strangers are told of one depends on all (`kernel/refusal.ts`).
 */
export function later(load: () => Promise<Handler>): Handler {
  const loaded = loadedOnce(load)
  return async (request) => (await loaded())(request)
}
