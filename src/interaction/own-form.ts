/** Forms of the signed-in person's own pages. All of them carry one token, good in one browser. */
import type { Parameters } from '../kernel/parameters.ts'
import { csrfToken, isCsrfToken } from '../http/csrf.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { browserOf, knownBrowser } from '../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../protocol/parts.ts'

const place = 'own pages'

/** Makes the token, with the header fields that give a browser a new cookie where it has lost it. */
export function ownToken(
  request: HttpRequest,
  parts: Pick<ProtocolParts, 'secrets'>,
): { readonly csrf_token: string; readonly headers: HttpResponse['headers'] } {
  const { browser, headers } = knownBrowser(request, parts)
  return { csrf_token: csrfToken(browser.value, place, parts), headers }
}

/** Tells whether a form was made for the browser that sent it. */
export function hasOwnToken(form: Parameters, request: HttpRequest, parts: Pick<ProtocolParts, 'secrets'>): boolean {
  const browser = browserOf(request, parts)
  return browser !== undefined && isCsrfToken(form.get('csrf_token'), browser.value, place, parts)
}
