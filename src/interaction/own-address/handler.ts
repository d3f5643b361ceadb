/**
 * One's own e-mail address: another one, or a proof of the one on file. Nothing changes here: a letter goes to the
 * address, and `new-address/` is where its link leads. The answer is the same for an address that somebody else has
 * (AC-02); the letter tells its reader the truth.
 */
import { ownAddress, type Account } from '../../domain/account.ts'
import { readAddress } from '../../domain/mail-address.ts'
import { mailTokenLifetimes, newMailToken, type MailTokens } from '../../domain/mail-token.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { checkMail } from '../by-mail/check-mail.ts'
import { countLetter, type LetterLimitParts } from '../by-mail/letter-limit.ts'
import { isFresh, signInAgain } from '../fresh.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import { ownAddressPage, type OwnAddressNotice } from './page.ts'

/** What the page is made with. */
export interface OwnAddressParts extends ProtocolParts, LetterLimitParts {
  readonly mailTokens: MailTokens
}

/** Makes the handler of the page, for GET and POST; it is there where letters are sent. */
export function ownAddressHandler(parts: OwnAddressParts): Handler {
  return ownPageHandler('own_address', ownPaths.address, parts, async (request, who) => {
    checkMail(parts)
    const state = (await isFresh(who, parts)) ? 'open' : 'locked'
    if (request.method !== 'POST') return show({ status: 200, state }, request, who, parts)
    const form = readForm(request)
    const typed = form.get('email')
    const told = (status: number, notice: OwnAddressNotice) =>
      show({ status, state, typed, notice }, request, who, parts)
    if (!hasOwnToken(form, request, who.account, parts)) return told(403, { kind: 'form_expired' })
    if (state === 'locked') return signInAgain(ownPaths.address, request, who, parts)
    const address = readAddress(typed)
    if (address === undefined) return told(400, { kind: 'malformed' })
    if (address === ownAddress(who.account)) return told(200, { kind: 'already' })
    const counted = await countLetter({ address, purpose: 'address_change' }, request, parts)
    if (typeof counted === 'object') return told(429, { kind: 'throttled', ...counted })
    if (counted === 'send') await queue(address, who.account, request, parts)
    const notice = { kind: 'sent', address, lasts: mailTokenLifetimes.address_change } as const
    return show({ status: 200, state, notice }, request, who, parts)
  })
}

async function queue(
  address: string,
  { account_id }: Account,
  request: HttpRequest,
  parts: OwnAddressParts,
): Promise<void> {
  const language = wordsFor(request, parts).tag
  const { token, letter } = newMailToken({ purpose: 'address_change', account_id, address, language }, parts.clock())
  await parts.mailTokens.create(token, letter)
}

function show(
  {
    status,
    ...told
  }: {
    readonly status: number
    readonly state: 'open' | 'locked'
    readonly typed?: string | undefined
    readonly notice?: OwnAddressNotice
  },
  request: HttpRequest,
  who: Answerer,
  parts: OwnAddressParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  const { email } = who.account.claims
  const view = {
    ...ownPageView(request, who, csrf_token, parts),
    address: typeof email === 'string' ? email : undefined,
    proof: ownAddress(who.account) === undefined ? 'unconfirmed' : 'confirmed',
    ...told,
  } as const
  return page(status, ownAddressPage(view), { headers: { ...headers, ...retryAfter(told.notice) } })
}
