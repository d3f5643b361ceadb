/**
 * Signing in by a code from a letter, where the operator turned that on. The letter is for this interaction, which is
 * this browser's: a code that somebody reads elsewhere opens nothing there. A second factor is asked for all the same.
 */
import { ownAddress } from '../../domain/account.ts'
import { mailTokenLifetimes, newMailToken, type MailToken } from '../../domain/mail-token.ts'
import { readAddress } from '../../domain/mail-address.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { proveEmailCode } from '../../identity/email-code.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import { amrValues } from '../../vocabulary/authentication.ts'
import { countLetter } from '../by-mail/letter-limit.ts'
import { ownerOf } from '../by-mail/owner.ts'
import { retryAfter } from '../retry-after.ts'
import { proved, type SignInStepParts, type SignInVisit } from '../sign-in/complete.ts'
import { signedIn } from '../signed-in.ts'
import { addressOf, onward, wordsOf } from '../visit.ts'
import { emailCodePage, type EmailCodeNotice, type EmailCodeView } from './page.ts'

const emailCodesOff = refusal('invalid_request', 'email_codes_off', 'Nobody signs in by e-mail here', 404)

/** The query that asks for the page on which a letter is asked for; the sign-in page leads there. */
export const byEmail = 'by=email'

/**
 * Tells which step of this way of signing in a visit asks for; undefined: none.
 *
 * @returns `address`: where the letter is to go; else the letter whose code is to be typed
 */
export async function emailCodeStep(
  { request, interaction }: SignInVisit,
  parts: SignInStepParts,
): Promise<EmailCodeView['asks'] | undefined> {
  if (parts.settings.email_codes === 'off') return undefined
  if (request.query === byEmail) return 'address'
  const token = await letterOf(Parameters.read(request.query).get('letter'), interaction.interaction_id, parts)
  return token && { token_id: token.token_id }
}

/** Shows the page of one of these steps. */
export function askForEmailCode(
  visit: SignInVisit,
  { status = 200, ...told }: Pick<EmailCodeView, 'asks' | 'notice' | 'email'> & { readonly status?: number },
  parts: SignInStepParts,
): HttpResponse {
  const view = {
    home: parts.issuer,
    words: wordsOf(visit, parts),
    csrf_token: visit.csrf_token,
    lasts: mailTokenLifetimes.sign_in_code,
    back: addressOf(visit, parts),
    ...told,
  }
  return page(status, emailCodePage(view), {
    formAction: visit.authorizationRequest === undefined ? 'self' : 'anywhere',
    headers: retryAfter(told.notice),
  })
}

/** Sends a code to an address: what is done and answered is the same whoever has it (AC-02). */
export async function takeEmailAddress(
  visit: SignInVisit,
  typed: string | undefined,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  checkOn(parts)
  const again = (status: number, notice: EmailCodeNotice) =>
    askForEmailCode(visit, { asks: 'address', email: typed, status, notice }, parts)
  const address = readAddress(typed)
  if (address === undefined) return again(400, { kind: 'malformed' })
  const counted = await countLetter({ address, purpose: 'sign_in_code' }, visit.request, parts)
  if (typeof counted === 'object') return again(429, { kind: 'throttled', ...counted })
  const token_id = await queue(counted === 'send' ? address : undefined, visit, parts)
  return seeOther(`${addressOf(visit, parts)}?letter=${token_id}`)
}

/** Stores the letter's row; where no account has the address, a row that is nobody's. */
async function queue(address: string | undefined, visit: SignInVisit, parts: SignInStepParts): Promise<string> {
  const at = parts.clock()
  const account = address === undefined ? undefined : await ownerOf(address, parts)
  const own = account && ownAddress(account)
  const bound = {
    purpose: 'sign_in_code',
    // As the account spells it: what was typed never chooses where a letter to somebody else goes.
    ...(account !== undefined && own !== undefined && { account_id: account.account_id, address: own }),
    interaction_id: visit.interaction.interaction_id,
    language: wordsOf(visit, parts).tag,
  } as const
  const { token, letter } = newMailToken(bound, at)
  await parts.mailTokens.create(token, letter)
  return token.token_id
}

/** Takes a code, and signs in whom it was sent to, or asks them for what else they have. */
export async function takeEmailCode(
  visit: SignInVisit,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  checkOn(parts)
  const { request, interaction } = visit
  const token = await letterOf(form.get('token_id'), interaction.interaction_id, parts)
  if (token === undefined) return onward(visit, parts)
  const { address, request_id } = request
  const outcome = await proveEmailCode({ code: form.get('email_code') ?? '', address, request_id }, token, parts)
  const again = (status: number, notice: EmailCodeNotice) =>
    askForEmailCode(visit, { asks: { token_id: token.token_id }, status, notice }, parts)
  // It has signed its owner in here already, as by a double click: then nothing is wrong.
  if (outcome === 'wrong' && (await isSignedInHere(token, visit, parts))) return onward(visit, parts)
  if (outcome === 'wrong') return again(400, { kind: 'wrong_code' })
  if ('retry_after' in outcome) return again(429, { kind: 'throttled', ...outcome })
  return proved(visit, { account: outcome.proved, amr: [amrValues.one_time_code] }, parts)
}

async function isSignedInHere(
  { account_id }: MailToken,
  { request, interaction }: SignInVisit,
  parts: SignInStepParts,
): Promise<boolean> {
  const who = await signedIn(request, parts)
  // Never as somebody else than the code is of (BR-22).
  return who !== undefined && who.account.account_id === account_id && who.session.session_id === interaction.session_id
}

/** Finds a letter that was asked for in this very interaction: of another browser's there is none. */
async function letterOf(
  token_id: string | undefined,
  interaction_id: string,
  { mailTokens }: SignInStepParts,
): Promise<MailToken | undefined> {
  const token = token_id === undefined ? undefined : await mailTokens.find(token_id)
  return token?.purpose === 'sign_in_code' && token.interaction_id === interaction_id ? token : undefined
}

function checkOn({ settings }: SignInStepParts): void {
  if (settings.email_codes === 'off') throw emailCodesOff()
}
