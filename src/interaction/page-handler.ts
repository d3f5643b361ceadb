import { OAuthError } from '../kernel/refusal.ts'
import { checkSameOrigin } from '../http/csrf.ts'
import type { Handler } from '../http/message.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { errorPage, logRefusal } from './error/handler.ts'

/**
 * Makes the handler of a page: what another site posts never reaches it, and what it refuses is logged once, with its
 * reason, and shown.
 *
 * @param name the page as the log calls it
 */
export function pageHandler(
  name: string,
  parts: Pick<ProtocolParts, 'issuer' | 'log' | 'settings'>,
  answer: Handler,
): Handler {
  return openPageHandler(name, parts, (request) => {
    if (request.method === 'POST') checkSameOrigin(request, parts.issuer)
    return answer(request)
  })
}

/** Makes the handler of a page that other sites may post to: as `pageHandler`, but `answer` says which forms it takes. */
export function openPageHandler(
  name: string,
  parts: Pick<ProtocolParts, 'issuer' | 'log' | 'settings'>,
  answer: Handler,
): Handler {
  return async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      logRefusal(name, error, request, parts.log)
      return errorPage(error, request, parts)
    }
  }
}
