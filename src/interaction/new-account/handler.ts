/**
 * Making one's own account by the link of a letter: one that somebody asked for themselves, where that is open, or an
 * invitation of the operator's. The letter proves the address, so no account is ever there whose address is not its
 * person's; what it makes is one account, once (AC-33).
 */
import type { Account } from '../../domain/account.ts'
import { domainOf } from '../../domain/mail-address.ts'
import { findMailToken, isGood, type MailToken } from '../../domain/mail-token.ts'
import { userNameFault } from '../../domain/user-name.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { newId, newOpaqueId } from '../../kernel/ids.ts'
import { linkOver, mailLinkUnknown } from '../by-mail/link-over.ts'
import { takePassword } from '../chosen-password.ts'
import { wordsFor } from '../language.ts'
import type { NewPasswordParts } from '../new-password/handler.ts'
import { donePage } from '../new-password/page.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { wayBack } from '../way-back.ts'
import { newAccountPage, type NewAccountNotice, type NewAccountView } from './page.ts'

/** A letter by which an account may be made, and for whom. */
interface Invited {
  readonly token: MailToken
  readonly email: string
}

/** Makes the handler; the path parameter `id` is what the letter's link carries. */
export function newAccountHandler(parts: NewPasswordParts): Handler {
  return pageHandler('new_account', parts, async (request) => {
    const token = await findMailToken(request.params['id'] ?? '', ['registration', 'invitation'], parts)
    if (token?.address === undefined) throw mailLinkUnknown()
    const invited = { token, email: token.address }
    if (!isGood(token, parts.clock()) || !isStillOpen(invited, parts)) return over(token, request, parts)
    return request.method === 'POST' ? take(request, invited, parts) : show({ status: 200 }, request, invited, parts)
  })
}

async function take(request: HttpRequest, invited: Invited, parts: NewPasswordParts): Promise<HttpResponse> {
  const form = readForm(request)
  const username = form.get('username') ?? ''
  const password = form.get('new_password') ?? ''
  const told = (status: number, notice: NewAccountNotice) => show({ status, username, notice }, request, invited, parts)
  if (!hasOwnToken(form, request, parts)) return told(403, { kind: 'form_expired' })
  const nameFault = userNameFault(username)
  if (nameFault !== undefined) return told(400, { kind: nameFault })
  if ((await parts.accounts.findByLogin(username)) !== undefined) return told(409, { kind: 'taken' })
  const chosen = await takePassword(password, [username, invited.email], parts)
  if ('notice' in chosen) return told(chosen.status, chosen.notice)
  const outcome = await make(newAccount(username, chosen.password_hash, invited, parts), request, invited, parts)
  if (outcome === 'already_spent') return over(invited.token, request, parts)
  // The name was free a moment ago; where the address is what somebody has by now, their letter says so.
  if (outcome === 'login_taken') return told(409, { kind: 'taken' })
  const view = { home: parts.issuer, words: wordsFor(request, undefined, parts), done: 'account' } as const
  return page(200, donePage({ ...view, onward: wayBack(invited.token.interaction_id, parts) }))
}

function newAccount(username: string, password_hash: string, { email }: Invited, parts: NewPasswordParts): Account {
  const at = parts.clock()
  return {
    account_id: newId(),
    sub: newOpaqueId(),
    username,
    password_hash,
    claims: { email, email_verified: true },
    disabled: false,
    created_at: at,
    updated_at: at,
  }
}

async function make(
  account: Account,
  { address, request_id }: HttpRequest,
  { token: { token_id, purpose } }: Invited,
  parts: NewPasswordParts,
): ReturnType<NewPasswordParts['accounts']['createBy']> {
  const { account_id, username, created_at: at } = account
  const outcome = await parts.accounts.createBy({ token_id, at }, account, {
    event_id: newId(),
    at,
    event: 'account_created',
    actor: `account:${account_id}`,
    account_id,
    address,
    request_id,
    detail: { username, by: purpose },
  })
  if (outcome === 'created') parts.log.info('account_created', { account_id, address, request_id })
  return outcome
}

/** An invitation holds; who asked themselves may be asked for no more, since the setting can change (AC-32). */
function isStillOpen({ token, email }: Invited, { settings: { account_registration } }: NewPasswordParts): boolean {
  if (token.purpose === 'invitation' || account_registration === 'any') return true
  return account_registration !== 'off' && account_registration.includes(domainOf(email))
}

function over({ purpose }: MailToken, request: HttpRequest, parts: NewPasswordParts): HttpResponse {
  const canAsk = purpose === 'registration' && parts.settings.account_registration !== 'off'
  return linkOver(request, canAsk ? ownPaths.newAccount : undefined, parts)
}

function show(
  { status, ...told }: Pick<NewAccountView, 'username' | 'notice'> & { readonly status: number },
  request: HttpRequest,
  { email }: Invited,
  parts: NewPasswordParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, parts)
  const words = wordsFor(request, undefined, parts)
  const view = { home: parts.issuer, words, csrf_token, email, minimum: parts.passwordRules.minimum, ...told }
  return page(status, newAccountPage(view), { headers })
}
