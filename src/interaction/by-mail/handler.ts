/**
 * What begins with a letter: a new password for one that was forgotten, and an account of one's own.
 *
 * Whatever address is typed, the same is answered and the same is done: one row, one message, one commit; whose address
 * it is comes up only when the letter leaves (AC-02). At most five letters an hour of a kind go to one address,
 * whoever asks (AC-17). What the letter leads to is in `new-password/` and `new-account/`.
 */
import { ownAddress, type Account } from '../../domain/account.ts'
import { readAddress } from '../../domain/mail-address.ts'
import { mailTokenLifetimes, newMailToken, type MailPurpose, type MailTokens } from '../../domain/mail-token.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { wordsFor } from '../language.ts'
import { isAdmitted } from '../new-account/letter.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { retryAfter } from '../retry-after.ts'
import { cameFrom, wayBack } from '../way-back.ts'
import { checkMail } from './check-mail.ts'
import { countLetter, type LetterLimitParts } from './letter-limit.ts'
import { ownerOf } from './owner.ts'
import { addressPage, type AddressNotice, type AddressView } from './page.ts'

const registrationOff = refusal('invalid_request', 'registration_off', 'Nobody can make an account here', 404)

/** What asking for a letter takes. */
export interface ByMailParts extends ProtocolParts, LetterLimitParts {
  readonly mailTokens: MailTokens
}

interface Goal {
  readonly goal: AddressView['goal']
  readonly purpose: MailPurpose
  /** Refuses where nobody may ask for this letter. */
  readonly check: (parts: ByMailParts) => void
  /** Tells whether a letter of this kind goes to an address at all; it says the same to everybody. */
  readonly admits: (address: string, parts: ByMailParts) => boolean
  /** Whether the letter goes to an address that no account has. */
  readonly to_strangers: 'written_to' | 'not_written_to'
}

/** Makes the handler of the page for a forgotten password. */
export function forgottenPasswordHandler(parts: ByMailParts): Handler {
  return byMailHandler(
    {
      goal: 'forgotten',
      purpose: 'password_reset',
      check: checkMail,
      admits: () => true,
      to_strangers: 'not_written_to',
    },
    parts,
  )
}

/** Makes the handler of the page on which somebody begins to make an account; not there where that is off (AC-32). */
export function registrationHandler(parts: ByMailParts): Handler {
  return byMailHandler(
    {
      goal: 'registration',
      purpose: 'registration',
      check: checkRegistration,
      admits: (address, { settings }) => isAdmitted(address, settings.account_registration),
      to_strangers: 'written_to',
    },
    parts,
  )
}

function byMailHandler(goal: Goal, parts: ByMailParts): Handler {
  return pageHandler(goal.purpose, parts, async (request) => {
    goal.check(parts)
    if (request.method !== 'POST') return show({ status: 200 }, goal, request, parts)
    const form = readForm(request)
    const email = form.get('email')
    const told = (status: number, notice: AddressNotice) => show({ status, email, notice }, goal, request, parts)
    if (!hasOwnToken(form, request, undefined, parts)) return told(403, { kind: 'form_expired' })
    const address = readAddress(email)
    if (address === undefined) return told(400, { kind: 'malformed' })
    if (!goal.admits(address, parts)) return told(403, { kind: 'not_admitted' })
    const counted = await countLetter({ address, purpose: goal.purpose }, request, parts)
    if (typeof counted === 'object') return told(429, { kind: 'throttled', ...counted })
    if (counted === 'send') await queue(address, goal, request, parts)
    return show({ status: 200, sent: mailTokenLifetimes[goal.purpose] }, goal, request, parts)
  })
}

/** Keeps the token and its letter: the same statements for everybody. */
async function queue(address: string, goal: Goal, request: HttpRequest, parts: ByMailParts): Promise<void> {
  const at = parts.clock()
  const account = await ownerOf(address, parts)
  const interaction_id = cameFrom(request)
  const bound = {
    purpose: goal.purpose,
    ...(account && { account_id: account.account_id }),
    // As the account spells it: what was typed never chooses where a letter to somebody else goes.
    ...writtenTo(address, account, goal),
    ...(interaction_id !== undefined && { interaction_id }),
    language: wordsFor(request, parts).tag,
  }
  const { token, letter } = newMailToken(bound, at)
  await parts.mailTokens.create(token, letter)
}

function writtenTo(typed: string, account: Account | undefined, goal: Goal): { readonly address?: string } {
  const own = account && ownAddress(account)
  if (own !== undefined) return { address: own }
  return goal.to_strangers === 'written_to' ? { address: typed } : {}
}

function show(
  { status, ...told }: Pick<AddressView, 'email' | 'notice' | 'sent'> & { readonly status: number },
  { goal }: Goal,
  request: HttpRequest,
  parts: ByMailParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, undefined, parts)
  const view = {
    home: parts.issuer,
    words: wordsFor(request, parts),
    goal,
    csrf_token,
    back: wayBack(cameFrom(request), parts),
    ...told,
  }
  return page(status, addressPage(view), { headers: { ...headers, ...retryAfter(told.notice) } })
}

function checkRegistration({ settings }: ByMailParts): void {
  if (settings.account_registration === 'off') throw registrationOff()
}
