/** The sign-in step, on behalf of an authorization request or of a page of our own. */
import type { Parameters } from '../../kernel/parameters.ts'
import { busyRetry } from '../../domain/password-rules.ts'
import { isWishMet } from '../../domain/authentication-context.ts'
import { findSignedIn } from '../../domain/session.ts'
import { readCookie } from '../../http/cookies.ts'
import type { HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { provePassword } from '../../identity/sign-in.ts'
import { passkeyScriptSource } from '../../ui/passkey.ts'
import { amrValues } from '../../vocabulary/authentication.ts'
import { byEmail } from '../email-code/handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import { failedUpstream } from '../upstream/begin.ts'
import { arrivalView, makeAccount, mayMakeAccount } from '../upstream/connect.ts'
import { addressOf, wordsOf, type Visit } from '../visit.ts'
import { anotherAccount, besideInteraction } from '../way-back.ts'
import { clientView } from '../who.ts'
import { proved, signingInBrowser, type SignInStepParts, type SignInVisit } from './complete.ts'
import { passkeyRequest } from './passkey.ts'
import { signInPage, type OwnGoal, type SignInAgain, type SignInNotice, type SignInView } from './page.ts'

/** Tells whether the person wants to sign in with another account than the one that is signed in. */
export function wantsAnotherAccount(request: HttpRequest): boolean {
  return request.query === anotherAccount
}

/** What is told to somebody who has tried already. */
interface Told {
  readonly status: number
  readonly notice: SignInNotice
  readonly username?: string | undefined
}

/** Shows the sign-in page, with the reason where somebody is signed in or was. */
export async function askForSignIn(visit: SignInVisit, parts: SignInStepParts, told?: Told): Promise<HttpResponse> {
  const { request, authorizationRequest } = visit
  const known = told === undefined ? await reasonToSignInAgain(visit, parts) : undefined
  const words = wordsOf(visit, parts)
  const view = {
    home: parts.issuer,
    words,
    csrf_token: visit.csrf_token,
    goal:
      authorizationRequest === undefined
        ? ownGoal(visit)
        : clientView(authorizationRequest.client, authorizationRequest.target.redirect_uri, words.tag, parts),
    username: told === undefined ? (authorizationRequest?.login_hint ?? known?.username) : told.username,
    notice: told?.notice ?? elsewhereNotice(visit) ?? (known && { kind: 'again' as const, because: known.because }),
    upstreams: parts.upstreams.providers.map(({ id, name }) => ({ id, name })),
    ...arrivalOf(visit, parts),
    passkey: passkeyRequest(visit, parts),
    ...besides(visit, parts),
    first_visit: readCookie(request, 'session') === undefined && readCookie(request, 'device') === undefined,
  }
  return page(told?.status ?? 200, signInPage(view), {
    // A client, or another provider: both are where a form of this page ends.
    formAction: authorizationRequest === undefined && view.upstreams.length === 0 ? 'self' : 'anywhere',
    scriptSource: passkeyScriptSource,
    headers: retryAfter(told?.notice),
  })
}

/** What waits on pages of ours, where it is not just the account. */
const ownGoals: Readonly<Record<string, OwnGoal>> = {
  [ownPaths.account]: 'applications',
  [ownPaths.device]: 'device',
}

function ownGoal({ interaction: { purpose } }: Visit): OwnGoal {
  if (purpose.kind !== 'own_page') return 'device'
  const [path = ''] = purpose.path.split('?')
  return ownGoals[path] ?? 'account'
}

function elsewhereNotice(visit: SignInVisit): SignInNotice | undefined {
  const failed = failedUpstream(visit)
  return failed && { kind: 'elsewhere', failed }
}

/** Who came from another provider, and belongs to no account here yet. */
function arrivalOf(visit: SignInVisit, parts: SignInStepParts): Pick<SignInView, 'arrival'> {
  const { arrival } = visit.interaction
  if (arrival === undefined) return {}
  const make = mayMakeAccount(visit, parts) ? `${addressOf(visit, parts)}?${makeAccount}` : undefined
  return { arrival: { ...arrivalView(arrival, parts), make_account: make } }
}

/** Where people without a password, or without an account, go on: pages that lead back here. */
function besides(
  visit: Visit,
  parts: SignInStepParts,
): Pick<SignInView, 'forgot_password' | 'register' | 'email_code'> {
  const { interaction_id } = visit.interaction
  if (!parts.audience.mail) return {}
  const register = besideInteraction(ownPaths.newAccount, interaction_id, parts)
  return {
    forgot_password: besideInteraction(ownPaths.forgottenPassword, interaction_id, parts),
    ...(parts.settings.account_registration !== 'off' && { register }),
    ...(parts.settings.email_codes === 'on' && { email_code: `${addressOf(visit, parts)}?${byEmail}` }),
  }
}

/** Shows the sign-in page after a form that was not made for this browser, or was made too long ago. */
export function askForSignInAnew(visit: SignInVisit, parts: SignInStepParts): Promise<HttpResponse> {
  return askForSignIn(visit, parts, { status: 403, notice: { kind: 'form_expired' } })
}

/**
 * Takes user name and password. Where they are right and enough, a session begins and the browser goes on to whatever
 * is missing next; otherwise the page is shown again, with the same words whatever was wrong.
 */
export async function takeSignIn(visit: SignInVisit, form: Parameters, parts: SignInStepParts): Promise<HttpResponse> {
  const username = form.get('username')
  const again = (status: number, notice: SignInNotice) => askForSignIn(visit, parts, { status, notice, username })
  const typed = { login: username ?? '', password: form.get('password') ?? '' }
  const outcome = await provePassword({ ...typed, ...signingInBrowser(visit.request) }, parts)
  if (outcome === 'wrong') return again(400, { kind: 'wrong_credentials' })
  if (outcome === 'busy') return again(503, { kind: 'busy', retry_after: busyRetry })
  if ('retry_after' in outcome) return again(429, { kind: 'throttled', ...outcome })
  return proved(visit, { account: outcome.proved, amr: [amrValues.password] }, parts)
}

/** Says why a person who was or is signed in sees the page; undefined for everybody else. */
async function reasonToSignInAgain(
  { request, authorizationRequest }: SignInVisit,
  parts: SignInStepParts,
): Promise<{ readonly because: SignInAgain; readonly username?: string } | undefined> {
  const at = parts.clock()
  const cookie = readCookie(request, 'session')
  const found = await findSignedIn(cookie, parts, at)
  if (found === undefined) return cookie === undefined ? undefined : { because: 'session_ended' }
  if (wantsAnotherAccount(request) || authorizationRequest?.prompt.has('select_account') === true) {
    return { because: 'another_account' }
  }
  const { session, account } = found
  if (account === undefined || account.disabled) return { because: 'session_ended' }
  const isTooLittle = authorizationRequest !== undefined && !isWishMet(authorizationRequest.acr, session.acr)
  const isAsked =
    isTooLittle || authorizationRequest?.prompt.has('login') === true || authorizationRequest?.max_age === 0
  if (isAsked) return { because: 'client_asks', username: account.username }
  const { max_age, subjects = [] } = authorizationRequest ?? {}
  const isTooLong = max_age === undefined ? subjects.length === 0 : at - session.auth_time > max_age
  // What is left is an `id_token_hint` or `claims` that mean somebody else (BR-22).
  return isTooLong ? { because: 'too_long_ago', username: account.username } : { because: 'another_account' }
}
