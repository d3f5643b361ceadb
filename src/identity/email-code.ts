/** Signing in by a code that a letter brought. */
import { ownAddress, type Account, type Accounts } from '../domain/account.ts'
import type { Attempts } from '../domain/attempts.ts'
import { isEmailCode } from '../domain/email-code.ts'
import { isGood, mailTokenLifetimes, type MailToken, type MailTokens } from '../domain/mail-token.ts'
import type { Seconds } from '../kernel/time.ts'
import type { BeginningParts } from './session.ts'
import type { Throttle } from './throttle.ts'

/** What checking such a code works with. */
export interface EmailCodeParts extends BeginningParts {
  readonly accounts: Accounts
  readonly mailTokens: MailTokens
  readonly attempts: Attempts
  readonly throttle: Throttle
}

/** A code as it was typed, and from where. */
export interface TypedEmailCode {
  readonly code: string
  readonly address: string
  readonly request_id: string
}

/** What came of a typed code; `proved` is whose it was. */
export type EmailCodeOutcome = { readonly proved: Account } | 'wrong' | { readonly retry_after: Seconds }

/** The most tries at one code. */
const mostTries = 5

/**
 * Checks a code and spends it: of racing callers one is let in. Tries are counted before the code is looked at, for the
 * letter and its network. They are not counted for its account: letters to an address that somebody has would share a
 * counter, and those to nobody's would not, which tells them apart (AC-02). How many letters there are is bounded.
 */
export async function proveEmailCode(
  { code, address, request_id }: TypedEmailCode,
  token: MailToken,
  parts: EmailCodeParts,
): Promise<EmailCodeOutcome> {
  const at = parts.clock()
  const { token_id, account_id } = token
  // No login is spelled in capitals, so this is nobody's counter of passwords.
  const attempt = { account: `EMAIL CODE ${token_id}`, address }
  const logRefusal = (reason: string) => parts.log.warn('sign_in_refused', { reason, account_id, address, request_id })
  const throttled = await parts.throttle.attempt(attempt)
  if ('retry_after' in throttled) {
    logRefusal('too_many_attempts')
    return throttled
  }
  const tries = await parts.attempts.count(`email code ${token_id}`, mailTokenLifetimes.sign_in_code, at)
  const isRight = tries <= mostTries && isGood(token, at) && isEmailCode(code, token, parts)
  const account = account_id === undefined ? undefined : await parts.accounts.find(account_id)
  // Disabled, or with another address than the letter went to: there is no such account (AC-08).
  const isTheirs = account?.disabled === false && ownAddress(account) === token.address
  if (!isRight || account === undefined || !isTheirs || (await parts.mailTokens.spend({ token_id, at })) !== 'spent') {
    logRefusal('email_code_wrong')
    return 'wrong'
  }
  await parts.throttle.succeeded(attempt)
  return { proved: account }
}
