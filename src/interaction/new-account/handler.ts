/**
 * Making one's own account by the link of a letter: one that somebody asked for themselves, where that is open, or an
 * invitation of the operator's. The letter proves the address, so there is never an account whose address is not its
 * person's; and it makes one account, once (AC-33).
 */
import type { Account } from '../../domain/account.ts'
import { findMailToken, type MailToken } from '../../domain/mail-token.ts'
import { newAccount } from '../../domain/new-account.ts'
import { userNameFault } from '../../domain/user-name.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { eventBy } from '../account-news.ts'
import { linkOver, mailLinkUnknown } from '../by-mail/link-over.ts'
import { takePassword } from '../chosen-password.ts'
import { wordsFor } from '../language.ts'
import type { NewPasswordParts } from '../new-password/handler.ts'
import { donePage } from '../new-password/page.ts'
import { newInteraction } from '../../protocol/authorize/browser.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import type { SignInStepParts } from '../sign-in/complete.ts'
import { beginUpstream, failedUpstream } from '../upstream/begin.ts'
import { visitOf } from '../visit.ts'
import { signInAfterLetter, wayBack } from '../way-back.ts'
import { isStillOpen, type Invited } from './letter.ts'
import { newAccountPage, type NewAccountNotice, type NewAccountView } from './page.ts'

/** What making an account takes. */
export type NewAccountParts = NewPasswordParts & SignInStepParts

/** Makes the handler; the path parameter `id` is what the letter's link carries. */
export function newAccountHandler(parts: NewAccountParts): Handler {
  return pageHandler('new_account', parts, async (request) => {
    const token = await findMailToken(request.params['id'] ?? '', ['registration', 'invitation'], parts)
    if (token?.address === undefined) throw mailLinkUnknown()
    const invited = { token, email: token.address }
    if (!isStillOpen(invited, parts)) return over(token, request, parts)
    return request.method === 'POST' ? take(request, invited, parts) : show({ status: 200 }, request, invited, parts)
  })
}

async function take(request: HttpRequest, invited: Invited, parts: NewAccountParts): Promise<HttpResponse> {
  const form = readForm(request)
  const username = form.get('username') ?? ''
  const password = form.get('new_password') ?? ''
  const told = (status: number, notice: NewAccountNotice) => show({ status, username, notice }, request, invited, parts)
  if (!hasOwnToken(form, request, undefined, parts)) return told(403, { kind: 'form_expired' })
  const provider = form.get('provider')
  if (provider !== undefined) return continueElsewhere(provider, request, invited, parts)
  const nameFault = userNameFault(username)
  if (nameFault !== undefined) return told(400, { kind: nameFault })
  if ((await parts.accounts.findByLogin(username)) !== undefined) return told(409, { kind: 'taken' })
  const chosen = await takePassword(password, [username, invited.email], parts)
  if ('notice' in chosen) return told(chosen.status, chosen.notice)
  const claims = { email: invited.email, email_verified: true }
  const account = newAccount({ username, claims, ...chosen }, parts.clock())
  const outcome = await make(account, request, invited, parts)
  if (outcome === 'already_spent') return over(invited.token, request, parts)
  // The name was free a moment ago; where the address is what somebody has by now, their letter says so.
  if (outcome === 'login_taken') return told(409, { kind: 'taken' })
  const view = { home: parts.issuer, words: wordsFor(request, parts), done: 'account' } as const
  const onward = await signInAfterLetter(invited.token.interaction_id, request, parts)
  return page(200, donePage({ ...view, onward }))
}

/**
 * Lets the person prove at another provider who they are, instead of choosing a password: the letter goes along, and is
 * spent once they have chosen a name (`upstream/connect.ts`).
 */
async function continueElsewhere(
  provider: string,
  request: HttpRequest,
  { token: { token_id, interaction_id } }: Invited,
  parts: NewAccountParts,
): Promise<HttpResponse> {
  const path = wayBack(interaction_id, { issuer: '' })
  const begun = await newInteraction(request, { kind: 'own_page', path, letter: token_id }, parts)
  const away = await beginUpstream(visitOf({ request, ...begun }, parts), provider, parts)
  return { ...away, headers: { ...away.headers, ...begun.headers } }
}

async function make(
  account: Account,
  request: HttpRequest,
  { token: { token_id, purpose } }: Invited,
  parts: NewAccountParts,
): ReturnType<NewAccountParts['accounts']['createBy']> {
  const { account_id, username, created_at: at } = account
  const what = { event: 'account_created', detail: { username, by: purpose } }
  const outcome = await parts.accounts.createBy({ token_id, at }, account, eventBy(account_id, what, request, at))
  const { address, request_id } = request
  if (outcome === 'created') parts.log.info('account_created', { account_id, address, request_id })
  return outcome
}

function over({ purpose }: MailToken, request: HttpRequest, parts: NewAccountParts): HttpResponse {
  const canAsk = purpose === 'registration' && parts.settings.account_registration !== 'off'
  return linkOver(request, canAsk ? ownPaths.newAccount : undefined, parts)
}

function show(
  { status, ...told }: Pick<NewAccountView, 'username' | 'notice'> & { readonly status: number },
  request: HttpRequest,
  { email }: Invited,
  parts: NewAccountParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, undefined, parts)
  const words = wordsFor(request, parts)
  const upstreams = parts.upstreams.providers.map(({ id, name }) => ({ id, name }))
  const failed = failedUpstream({ request })
  const view = {
    home: parts.issuer,
    words,
    csrf_token,
    email,
    minimum: parts.passwordRules.minimum,
    upstreams,
    ...(failed !== undefined && { notice: { kind: 'elsewhere', failed } as const }),
    ...told,
  }
  // A form of this page may end at another provider.
  return page(status, newAccountPage(view), {
    headers: { ...headers, ...retryAfter(told.notice) },
    formAction: upstreams.length === 0 ? 'self' : 'anywhere',
  })
}
