/**
 * Choosing a new password by the link of a letter. Opening the link does nothing, since mail scanners open every link
 * (AC-16); the form sets the password, once. Nobody is signed in by it: the way on is the sign-in, which asks for
 * whatever else it asks this person for (AC-15).
 */
import type { Account } from '../../domain/account.ts'
import { findMailToken, isGood, type MailToken, type MailTokens } from '../../domain/mail-token.ts'
import { accountNotice } from '../../domain/notice.ts'
import { passwordFault, type PasswordRules } from '../../domain/password-rules.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Passwords } from '../../identity/password.ts'
import { newId } from '../../kernel/ids.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { linkOver, mailLinkUnknown } from '../by-mail/link-over.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import type { PasswordNotice } from '../../ui/password-notice.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { wayBack } from '../way-back.ts'
import { donePage, newPasswordPage } from './page.ts'

/** What choosing a password takes. */
export interface NewPasswordParts extends ProtocolParts {
  readonly mailTokens: MailTokens
  readonly passwords: Passwords
  readonly passwordRules: PasswordRules
}

/** When to try again while there is no room to hash a password. */
export const busyRetry: Seconds = 5

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

/** The account that the letter went to, while it can be signed in to and the address is still its own. */
async function accountOf(token: MailToken, { accounts }: NewPasswordParts): Promise<Account | undefined> {
  const account = token.account_id === undefined ? undefined : await accounts.find(token.account_id)
  if (account === undefined || account.disabled) return undefined
  const { email, email_verified } = account.claims
  return email === token.address && email_verified === true ? account : undefined
}

async function take(
  request: HttpRequest,
  token: MailToken,
  account: Account,
  parts: NewPasswordParts,
): Promise<HttpResponse> {
  const form = readForm(request)
  const told = (status: number, notice: PasswordNotice) => show({ status, notice }, request, account, parts)
  if (!hasOwnToken(form, request, parts)) return told(403, { kind: 'form_expired' })
  const password = form.get('new_password') ?? ''
  const fault = await passwordFault(password, namesOf(account), parts.passwordRules)
  if (fault !== undefined) return told(400, { kind: fault })
  const password_hash = await parts.passwords.hash(password)
  if (password_hash === 'too_long') return told(400, { kind: 'too_long' })
  if (password_hash === 'busy') return told(503, { kind: 'busy', retry_after: busyRetry })
  const { account_id } = account
  const { token_id, interaction_id, language } = token
  const at = parts.clock()
  const { address, request_id } = request
  const outcome = await parts.accounts.setPassword({
    account_id,
    password_hash,
    at,
    token_id,
    event: {
      event_id: newId(),
      at,
      event: 'password_set',
      actor: `account:${account_id}`,
      account_id,
      address,
      request_id,
      detail: { by: 'letter' },
    },
    notices: accountNotice({ type: 'password_changed', account_id, language }, parts.audience, at),
  })
  if (outcome === 'lost') return linkOver(request, ownPaths.forgottenPassword, parts)
  parts.log.info('password_set', { account_id, address, request_id })
  const onward = wayBack(interaction_id, parts)
  return page(
    200,
    donePage({ home: parts.issuer, words: wordsFor(request, undefined, parts), done: 'password', onward }),
  )
}

function show(
  { status, notice }: { readonly status: number; readonly notice?: PasswordNotice },
  request: HttpRequest,
  account: Account,
  parts: NewPasswordParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, parts)
  const view = {
    home: parts.issuer,
    words: wordsFor(request, undefined, parts),
    csrf_token,
    username: account.username,
    minimum: parts.passwordRules.minimum,
    notice,
  }
  return page(status, newPasswordPage(view), { headers })
}

/** What an account is called: nobody's password. */
function namesOf({ username, claims }: Account): readonly string[] {
  return [username, claims['email'], claims['name']].filter((name) => typeof name === 'string')
}
