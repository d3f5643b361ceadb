import { Parameters } from '../../kernel/parameters.ts'
import { errorUri, type OAuthError } from '../../kernel/refusal.ts'
import { page } from '../../http/page.ts'
import { withHeaders, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { WayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'
import { wordsFor, type LanguageParts } from '../language.ts'
import { errorPage as drawn } from './page.ts'

/** The words of the page, looked up by whatever status and reason an error has. */
interface Lookup {
  readonly headings: Readonly<Record<number, string>>
  readonly refused: string
  readonly sentences: Readonly<Record<string, string>>
  readonly general: Readonly<Record<number, string>>
  readonly ofTheRequest: string
}

/**
 * Shows a refusal or a failure to the person: what happened, the code, and the reference under which the log knows it.
 *
 * The detail stays in the log (SECURITY policy 13). Where the same address may work in a moment, the way on leads there.
 *
 * In the language that `ui_locales` in its address asks for, else the browser's. What a machine is told stays English.
 */
export function errorPage(
  error: OAuthError,
  request: HttpRequest,
  parts: LanguageParts & { readonly issuer: string },
): HttpResponse {
  const { status, reason } = error
  const words = wordsFor(request, Parameters.read(request.query).get('ui_locales'), parts)
  const { headings, refused, sentences, general, ofTheRequest }: Lookup = words.error
  const view = {
    home: parts.issuer,
    words,
    heading: headings[status] ?? refused,
    sentence: (Object.hasOwn(sentences, reason) ? sentences[reason] : general[status]) ?? ofTheRequest,
    code: error.error,
    error_uri: errorUri(parts.issuer, error),
    reference: request.request_id,
    way_on: wayOnFrom(status, request, words),
  }
  const { retry_after, allow } = error.detail
  return withHeaders(page(status, drawn(view)), {
    ...(retry_after !== undefined && { 'retry-after': String(retry_after) }),
    ...(allow !== undefined && { allow: String(allow) }),
  })
}

/** The same address again, where the fault was ours or passing; undefined elsewhere. */
function wayOnFrom(status: number, { method, path, query }: HttpRequest, words: Words): WayOn | undefined {
  if (status !== 429 && status < 500 && !(method === 'POST' && status === 403)) return undefined
  return { href: query === '' || method === 'POST' ? path : `${path}?${query}`, label: words.error.again }
}
