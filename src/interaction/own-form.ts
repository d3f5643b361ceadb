/**
 * Forms of the person's own pages. Each carries a token that is good in one browser and for one person: when somebody
 * else has signed in there meanwhile, in another tab, a page that is still open does nothing to their account.
 */
import type { Account } from '../domain/account.ts'
import type { Parameters } from '../kernel/parameters.ts'
import { csrfToken, isCsrfToken } from '../http/csrf.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { browserOf, knownBrowser } from '../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../protocol/parts.ts'

/** Whose account the form is about; undefined where there is none yet, or the link in a letter says which. */
type Owner = Pick<Account, 'account_id'> | undefined

const placeOf = (owner: Owner): string => `own pages of ${owner?.account_id ?? 'nobody'}`

/** Makes the token, with the header fields that give a browser a new cookie where it has lost it. */
export function ownToken(
  request: HttpRequest,
  owner: Owner,
  parts: Pick<ProtocolParts, 'secrets'>,
): { readonly csrf_token: string; readonly headers: HttpResponse['headers'] } {
  const { browser, headers } = knownBrowser(request, parts)
  return { csrf_token: csrfToken(browser.value, placeOf(owner), parts), headers }
}

/** Tells whether a form was made for the browser that sent it, and about the account that it would change. */
export function hasOwnToken(
  form: Parameters,
  request: HttpRequest,
  owner: Owner,
  parts: Pick<ProtocolParts, 'secrets'>,
): boolean {
  const browser = browserOf(request, parts)
  return browser !== undefined && isCsrfToken(form.get('csrf_token'), browser.value, placeOf(owner), parts)
}
