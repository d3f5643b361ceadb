import type { OAuthError } from '../../kernel/refusal.ts'
import { page } from '../../http/page.ts'
import { withHeaders, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { WayOn } from '../../ui/way-on.ts'
import { errorPage as drawn } from './page.ts'

const words = {
  again: 'Try again',
  headings: {
    400: 'This link does not work',
    403: 'This did not come from here',
    404: 'There is nothing here',
    405: 'This cannot be done here',
    413: 'That was too long',
    414: 'This link is too long',
    429: 'That was too often',
    500: 'Something went wrong on our side',
    503: 'Too much is going on just now',
  } as Readonly<Record<number, string>>,
  refused: 'This did not work',
  /** By reason, where what a developer is told says nothing to the person. */
  sentences: {
    client_id_missing: 'The application that sent you here did not say which one it is. You did nothing wrong.',
    client_unknown: 'The application that sent you here is not known to this server. You did nothing wrong.',
    client_disabled: 'The application that sent you here has been switched off by the operator of this server.',
    redirect_uri_unregistered:
      'The application sent you here with an address that is not registered for it. You did nothing wrong; nothing was shared.',
    form_from_elsewhere: 'Another site tried to answer in your name. Nothing was done.',
  } as Readonly<Record<string, string>>,
  /** By status, for all other reasons. */
  general: {
    404: 'The address may be mistyped, or what it led to is gone.',
    429: 'Please wait a moment, then try again.',
    500: 'It has been noted. Trying again in a moment often helps.',
    503: 'Please try again in a moment.',
  } as Readonly<Record<number, string>>,
  ofTheRequest: 'What was sent here could not be understood. Nothing was shared.',
}

/**
 * Shows a refusal or a failure to the person: what happened, the code, and the reference under which the log knows it.
 *
 * The detail stays in the log (SECURITY policy 13). Where the same address may work in a moment, the way on leads there.
 *
 * @param home the issuer
 */
export function errorPage(error: OAuthError, request: HttpRequest, home: string): HttpResponse {
  const { status, reason } = error
  const view = {
    home,
    heading: words.headings[status] ?? words.refused,
    sentence: words.sentences[reason] ?? words.general[status] ?? words.ofTheRequest,
    code: error.error,
    reference: request.request_id,
    way_on: wayOnFrom(status, request),
  }
  const { retry_after, allow } = error.detail
  return withHeaders(page(status, drawn(view)), {
    ...(retry_after !== undefined && { 'retry-after': String(retry_after) }),
    ...(allow !== undefined && { allow: String(allow) }),
  })
}

/** The same address again, where the fault was ours or passing; undefined elsewhere. */
function wayOnFrom(status: number, { method, path, query }: HttpRequest): WayOn | undefined {
  if (status !== 429 && status < 500 && !(method === 'POST' && status === 403)) return undefined
  return { href: query === '' || method === 'POST' ? path : `${path}?${query}`, label: words.again }
}
