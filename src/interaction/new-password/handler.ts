/**
 * Choosing a new password by the link in a letter. Opening the link does nothing, since mail scanners open every link
 * (AC-16); the form sets the password, once. Nobody is signed in by it: the way on is the sign-in, which asks
 * this person for everything else (AC-15).
 */
import { namesOf, ownAddress, type Account } from '../../domain/account.ts'
import { findMailToken, isGood, type MailToken, type MailTokens } from '../../domain/mail-token.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { newsOf } from '../account-news.ts'
import { linkOver, mailLinkUnknown } from '../by-mail/link-over.ts'
import { takePassword, type ChosenPasswordParts } from '../chosen-password.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import type { PasswordNotice } from '../../ui/password-notice.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import { signInAfterLetter } from '../way-back.ts'
import { donePage, newPasswordPage } from './page.ts'

/** What choosing a password takes. */
export interface NewPasswordParts extends ProtocolParts, ChosenPasswordParts {
  readonly mailTokens: MailTokens
}

/** Makes the handler; the path parameter `id` is what the letter's link carries. */
export function newPasswordHandler(parts: NewPasswordParts): Handler {
  return pageHandler('new_password', parts, async (request) => {
    const token = await findMailToken(request.params['id'] ?? '', ['password_reset'], parts)
    if (token === undefined) throw mailLinkUnknown()
    const account = await accountOf(token, parts)
    if (account === undefined || !isGood(token, parts.clock()))
      return linkOver(request, ownPaths.forgottenPassword, parts)
    return request.method === 'POST'
      ? take(request, token, account, parts)
      : show({ status: 200 }, request, account, parts)
  })
}

/**
 * The account that the letter went to, as long as it is not disabled and the address is still its own. Of several letters
 * that wait, the first that is used ends the others: their links are in the history of some browser, and in mailboxes.
 */
async function accountOf(token: MailToken, { accounts }: NewPasswordParts): Promise<Account | undefined> {
  const account = token.account_id === undefined ? undefined : await accounts.find(token.account_id)
  if (account === undefined || account.disabled) return undefined
  const { authorizations_since: since = token.created_at } = account
  if (token.created_at < since) return undefined
  return ownAddress(account) === token.address ? account : undefined
}

async function take(
  request: HttpRequest,
  token: MailToken,
  account: Account,
  parts: NewPasswordParts,
): Promise<HttpResponse> {
  const form = readForm(request)
  const told = (status: number, notice: PasswordNotice) => show({ status, notice }, request, account, parts)
  if (!hasOwnToken(form, request, undefined, parts)) return told(403, { kind: 'form_expired' })
  const chosen = await takePassword(form.get('new_password') ?? '', namesOf(account), parts)
  if ('notice' in chosen) return told(chosen.status, chosen.notice)
  const outcome = await set(chosen.password_hash, request, { token, account }, parts)
  if (outcome === 'lost') return linkOver(request, ownPaths.forgottenPassword, parts)
  const { address, request_id } = request
  parts.log.info('password_set', { account_id: account.account_id, address, request_id })
  const onward = await signInAfterLetter(token.interaction_id, request, parts)
  return page(200, donePage({ home: parts.issuer, words: wordsFor(request, parts), done: 'password', onward }))
}

/** Sets the password; where the account has changed meanwhile, it is looked at anew whether the letter is good for it still. */
async function set(
  password_hash: string,
  request: HttpRequest,
  { token, account: found }: { readonly token: MailToken; readonly account: Account },
  parts: NewPasswordParts,
): ReturnType<NewPasswordParts['accounts']['setPassword']> {
  const { token_id } = token
  const { account_id } = found
  const deed = {
    event: 'password_set',
    account_id,
    detail: { by: 'letter' },
    letter: 'password_changed',
  } as const
  for (let proved: Account | undefined = found; proved !== undefined;) {
    const at = parts.clock()
    const news = newsOf({ ...deed, proved }, request, parts)
    if ((await parts.accounts.setPassword({ account_id, password_hash, at, token_id, ...news })) === 'set') return 'set'
    const left = await parts.mailTokens.find(token_id)
    proved = left && isGood(left, at) ? await accountOf(left, parts) : undefined
  }
  return 'lost'
}

function show(
  { status, notice }: { readonly status: number; readonly notice?: PasswordNotice },
  request: HttpRequest,
  account: Account,
  parts: NewPasswordParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, undefined, parts)
  const view = {
    home: parts.issuer,
    words: wordsFor(request, parts),
    csrf_token,
    username: account.username,
    minimum: parts.passwordRules.minimum,
    notice,
  }
  return page(status, newPasswordPage(view), { headers: { ...headers, ...retryAfter(notice) } })
}
