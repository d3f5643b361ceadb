/**
 * Whether a sign-in is fresh enough for what a person changes about their own account. A browser found open, or a cookie
 * stolen, changes nothing (SECURITY: AC-18, AC-23).
 */
import type { Seconds } from '../kernel/time.ts'
import { hasReached } from '../domain/authentication-context.ts'
import { hasFactor } from '../domain/factors.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import type { Answerer } from '../protocol/authorize/answer.ts'
import { beginInteraction } from '../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { acrValues } from '../vocabulary/authentication.ts'

/** How long after a sign-in the account can be changed. */
export const freshFor: Seconds = 300

/** Tells whether the person signed in within the last minutes, with all that the account has to prove it with. */
export async function isFresh(
  { session, account }: Answerer,
  { clock, factors }: Pick<ProtocolParts, 'clock' | 'factors'>,
): Promise<boolean> {
  if (clock() - session.auth_time > freshFor) return false
  const held = await factors.held(account.account_id)
  return !hasFactor(held) || hasReached(session.acr, acrValues.multi_factor)
}

/** Lets the person sign in once more, with all that the account has to prove it with, and come back to a page of ours. */
export async function signInAgain(
  path: string,
  request: HttpRequest,
  { account }: Pick<Answerer, 'account'>,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const held = await parts.factors.held(account.account_id)
  const acr = hasFactor(held) ? { acr: acrValues.multi_factor } : {}
  return beginInteraction(request, { kind: 'own_page', path, sign_in_again: true, ...acr }, parts)
}
