/** Setting a factor up, for an account that has just been proved with all that it has (SECURITY: AC-23). */
import type { Parameters } from '../../kernel/parameters.ts'
import type { Account } from '../../domain/account.ts'
import type { News } from '../../domain/news.ts'
import { mostPasskeys } from '../../domain/passkeys.ts'
import type { HttpRequest } from '../../http/message.ts'
import { readNewPasskey, type ChallengePlace } from '../../identity/passkey.ts'
import { newRecoveryCodes, recoveryCodeHash } from '../../identity/recovery-codes.ts'
import { openedEnrolment, sealTotpSecret, stepOf } from '../../identity/totp.ts'
import { newsOf, type Deed } from '../account-news.ts'
import type { SignInStepParts } from '../sign-in/complete.ts'

/** Whose factor it is, and what asks for it. */
export interface Enrolling {
  readonly account: Account
  readonly request: HttpRequest
}

/** What came of setting up an app; `codes` are shown once, `sealed` is tried once more. `held`: there is one already. */
export type TotpEnrolled =
  | { readonly outcome: 'enrolled'; readonly codes: readonly string[] }
  | { readonly outcome: 'wrong_code'; readonly sealed: string }
  | { readonly outcome: 'held' }

/** Sets up the app whose first code the form brings, with new recovery codes. */
export async function enrolTotp(
  form: Parameters,
  { account, request }: Enrolling,
  parts: SignInStepParts,
): Promise<TotpEnrolled> {
  const { account_id } = account
  const at = parts.clock()
  const sealed = form.get('enrolment') ?? ''
  const secret = openedEnrolment(sealed, account_id, at, parts)
  const last_step = secret && stepOf(form.get('one_time_code') ?? '', secret, at)
  if (secret === undefined || typeof last_step !== 'number') return { outcome: 'wrong_code', sealed }
  const { codes, hashes } = recoveryCodesFor(account_id, parts)
  const sealed_secret = sealTotpSecret(secret, account_id, parts)
  const factor = { account_id, sealed_secret, last_step, created_at: at }
  const outcome = await factorChange(
    {
      event: 'factor_added',
      account_id,
      detail: { factor: 'totp' },
      letter: 'totp_added',
      proved: account,
      done: 'enrolled',
    },
    (news) => parts.oneTimeCodes.enrolTotp(factor, hashes, news),
    request,
    parts,
  )
  return outcome === 'enrolled' ? { outcome, codes } : { outcome: 'held' }
}

/** Keeps the passkey that the form brings, where it was made for this place. */
export async function enrolPasskey(
  form: Parameters,
  { account, request, where }: Enrolling & { readonly where: ChallengePlace },
  parts: SignInStepParts,
): Promise<'enrolled' | 'refused'> {
  const { account_id } = account
  const held = await parts.factors.held(account_id)
  if (held.passkeys >= mostPasskeys) return 'refused'
  const written = form.get('credential') ?? ''
  const passkey = await readNewPasskey({ written, name: passkeyName(form), account_id }, where, parts)
  if (passkey === undefined) return 'refused'
  const which = { factor: 'passkey', credential_id: passkey.credential_id }
  const outcome = await factorChange(
    { event: 'factor_added', account_id, detail: which, letter: 'passkey_added', proved: account, done: 'created' },
    (news) => parts.passkeys.create(passkey, news),
    request,
    parts,
  )
  return outcome === 'created' ? 'enrolled' : 'refused'
}

/** Makes new recovery codes, and what is kept of them. */
export function recoveryCodesFor(
  account_id: string,
  parts: SignInStepParts,
): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
  const codes = newRecoveryCodes()
  return { codes, hashes: codes.map((code) => recoveryCodeHash(code, account_id, parts)) }
}

/** How long the name of a passkey may be, in UTF-16 units. */
const longestName = 60

/** Reads what the person calls their passkey. */
export function passkeyName(form: Parameters): string {
  return (form.get('passkey_name') ?? '').slice(0, longestName)
}

/**
 * Changes a factor, with what goes on record and what the person is told of it, and logs it once it is done.
 *
 * @param deed `done`: the word by which `change` says that it is
 */
export async function factorChange<Outcome extends string>(
  { done, ...deed }: Deed & { readonly done: Outcome },
  change: (news: News) => Promise<Outcome>,
  request: HttpRequest,
  parts: SignInStepParts,
): Promise<Outcome> {
  const outcome = await change(newsOf(deed, request, parts))
  if (outcome === done) parts.log.info(deed.event, { account_id: deed.account_id, request_id: request.request_id })
  return outcome
}
