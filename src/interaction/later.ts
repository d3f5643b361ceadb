import type { Handler } from '../http/message.ts'

/**
 * Loads what answers with the first request for it, in a few milliseconds: nobody asks for these pages as a server starts.
 * What declares a refusal is not loaded later, since what strangers are told of one depends on all (`kernel/refusal.ts`).
 *
 * @param load what fails once, as where no file can be opened in a flood of connections, is asked again by the next request
 */
export function later(load: () => Promise<Handler>): Handler {
  let loading: Promise<Handler> | undefined
  const loaded = (): Promise<Handler> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    }))
  return async (request) => (await loaded())(request)
}
