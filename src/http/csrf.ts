/** Makes sure that a form was sent from our own page, in the browser it was made for: either of two checks can refuse it. */
import { sameSecret } from '../kernel/hash.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { HttpRequest } from './message.ts'

const formFromElsewhere = refusal('invalid_request', 'form_from_elsewhere', 'This form was sent from another site', 403)

/**
 * Makes the token that a form carries: good in one browser, for one page.
 *
 * @param browser the value of the browser's cookie, which no other site can read or set
 * @param place the page, or the interaction, that the form belongs to
 */
export function csrfToken(browser: string, place: string, { secrets }: { readonly secrets: Secrets }): string {
  // No cookie of ours has a space in it, so that no two pairs make one text.
  return secrets.hash('csrf_token', `${browser} ${place}`)
}

/** Tells whether a form carries the token that its browser and its page have. */
export function isCsrfToken(
  token: string | undefined,
  browser: string,
  place: string,
  parts: { readonly secrets: Secrets },
): boolean {
  return token !== undefined && sameSecret(token, csrfToken(browser, place, parts))
}

/**
 * Refuses a form that another site sent, by what the browser says of its origin. A program that says nothing is let
 * through: it has no cookies of a person, and the token decides.
 *
 * `Origin: null` alone is refused, since any sandboxed frame can send it. Our own pages send it as well, because they
 * have the referrer policy `no-referrer` (Fetch §3.2); but then the browser adds `Sec-Fetch-Site: same-origin`, which no page can forge.
 *
 * @throws {OAuthError} `invalid_request`, 403, reason `form_from_elsewhere`
 */
export function checkSameOrigin(request: HttpRequest, issuer: string): void {
  const origin = request.headers['origin']
  const site = request.headers['sec-fetch-site']
  const isOurs =
    origin === undefined || origin === new URL(issuer).origin || (origin === 'null' && site === 'same-origin')
  if (isOurs && (site === undefined || site === 'none' || site === 'same-origin')) return
  throw formFromElsewhere({ origin: origin?.slice(0, 200), sec_fetch_site: site?.slice(0, 40) })
}
