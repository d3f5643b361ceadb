/**
 * Changing one's own password. A person who has just signed in with all that the account has chooses the new one; one
 * who signed in longer ago and has nothing but the password types the old one as well; everybody else signs in again
 * first. The tries at the old one are counted as tries to sign in.
 */
import { namesOf } from '../../domain/account.ts'
import { hasFactor } from '../../domain/factors.ts'
import { busyRetry } from '../../domain/password-rules.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { provePassword } from '../../identity/sign-in.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { newsOf } from '../account-news.ts'
import { takePassword, type ChosenPasswordParts } from '../chosen-password.ts'
import { isFresh, signInAgain } from '../fresh.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import { signedIn } from '../signed-in.ts'
import { signingInBrowser, type SignInStepParts } from '../sign-in/complete.ts'
import { ownPasswordPage, type OwnPasswordNotice, type OwnPasswordView } from './page.ts'

/** What the page is made with. */
export type OwnPasswordParts = SignInStepParts & ChosenPasswordParts

type State = OwnPasswordView['state']

/** Makes the handler of the page, for GET and POST. */
export function ownPasswordHandler(parts: OwnPasswordParts): Handler {
  return ownPageHandler('own_password', ownPaths.password, parts, async (request, who) => {
    const state = await stateFor(who, parts)
    if (request.method !== 'POST') return show({ status: 200, state, end_others: true }, request, who, parts)
    const form = readForm(request)
    const end_others = form.has('end_others')
    const told = (status: number, notice: OwnPasswordNotice) =>
      show({ status, state, end_others, notice }, request, who, parts)
    if (!hasOwnToken(form, request, who.account, parts)) return told(403, { kind: 'form_expired' })
    if (state === 'locked') return signInAgain(ownPaths.password, request, who, parts)
    const fault = state === 'asks_current' ? await faultOfCurrent(form, request, who, parts) : undefined
    if (fault !== undefined) return told(fault.status, fault.notice)
    const new_password = form.get('new_password') ?? ''
    const chosen = await takePassword(new_password, namesOf(who.account), parts)
    if ('notice' in chosen) return told(chosen.status, chosen.notice)
    const others = end_others ? 'ended' : 'kept'
    const outcome = await change(chosen.password_hash, others, request, { who, parts })
    const isDone = outcome === 'set' || (await isSetAlready(new_password, request, who, parts))
    const notice = isDone ? ({ kind: others === 'ended' ? 'changed_alone' : 'changed' } as const) : undefined
    if (notice === undefined) return signInAgain(ownPaths.password, request, who, parts)
    return show({ status: 200, state: 'done', end_others, notice }, request, who, parts)
  })
}

async function stateFor(who: Answerer, parts: OwnPasswordParts): Promise<State> {
  if (await isFresh(who, parts)) return 'open'
  const held = await parts.factors.held(who.account.account_id)
  return hasFactor(held) || who.account.password_hash === undefined ? 'locked' : 'asks_current'
}

/** Checks the current password, by the one way that there is for that. */
async function faultOfCurrent(
  form: Parameters,
  request: HttpRequest,
  { account }: Answerer,
  parts: OwnPasswordParts,
): Promise<{ readonly status: number; readonly notice: OwnPasswordNotice } | undefined> {
  const typed = { login: account.username, password: form.get('current_password') ?? '' }
  const outcome = await provePassword({ ...typed, ...signingInBrowser(request) }, parts)
  if (outcome === 'busy') return { status: 503, notice: { kind: 'busy', retry_after: busyRetry } }
  if (typeof outcome === 'object' && 'retry_after' in outcome) {
    return { status: 429, notice: { kind: 'throttled', ...outcome } }
  }
  const isTheirs = outcome !== 'wrong' && outcome.proved.account_id === account.account_id
  return isTheirs ? undefined : { status: 400, notice: { kind: 'wrong' } }
}

/** Sets the password; `lost` where the account is gone, or no longer as it was when its person was let do this. */
async function change(
  password_hash: string,
  others: 'ended' | 'kept',
  request: HttpRequest,
  { who: { account, session }, parts }: { readonly who: Answerer; readonly parts: OwnPasswordParts },
): ReturnType<OwnPasswordParts['accounts']['setPassword']> {
  const { account_id } = account
  const letter = 'password_changed_here'
  const deed = { event: 'password_set', account_id, detail: { others }, letter, proved: account } as const
  const news = newsOf(deed, request, parts)
  const keep_session = session.session_id
  const at = parts.clock()
  const change = { account_id, password_hash, at, keep_session, others }
  const outcome = await parts.accounts.setPassword({ ...change, ...news })
  if (outcome === 'set')
    parts.log.info('password_set', { account_id, address: request.address, request_id: request.request_id })
  return outcome
}

/** Tells whether this very person has just set that very password, as by a double click. */
async function isSetAlready(
  password: string,
  request: HttpRequest,
  { account: { account_id } }: Answerer,
  parts: OwnPasswordParts,
): Promise<boolean> {
  const account = (await signedIn(request, parts))?.account
  if (account?.account_id !== account_id || account.password_hash === undefined) return false
  return (await parts.passwords.verify({ hash: account.password_hash }, password, 'known_device')) === 'right'
}

function show(
  { status, ...told }: Pick<OwnPasswordView, 'state' | 'end_others' | 'notice'> & { readonly status: number },
  request: HttpRequest,
  who: Answerer,
  parts: OwnPasswordParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  const { minimum } = parts.passwordRules
  const view = { ...ownPageView(request, who, csrf_token, parts), minimum, ...told }
  return page(status, ownPasswordPage(view), { headers: { ...headers, ...retryAfter(told.notice) } })
}
