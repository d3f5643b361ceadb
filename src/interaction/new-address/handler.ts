/**
 * Where the letters about an address lead: the one to the new address confirms it, for a person who is signed in to
 * the account that asked; the one to the old address puts that back, for whoever reads its mail, since the one who
 * changed it may have all the rest. Opening either link does nothing (AC-16, AC-18).
 *
 * Confirming takes a session of the account, or a stranger could have somebody else prove an address for them: clients
 * that know people by their addresses would then take the stranger for its holder (AC-20).
 */
import { ownAddress, type Account } from '../../domain/account.ts'
import {
  findMailToken,
  isGood,
  newMailToken,
  type MailPurpose,
  type MailToken,
  type MailTokens,
} from '../../domain/mail-token.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { beginInteraction } from '../../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { newsOf } from '../account-news.ts'
import { linkOver, mailLinkUnknown } from '../by-mail/link-over.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { signedIn } from '../signed-in.ts'
import { addressDonePage, newAddressPage, type NewAddressNotice, type NewAddressView } from './page.ts'

/** What the pages are made with. */
export interface NewAddressParts extends ProtocolParts {
  readonly mailTokens: MailTokens
}

/** A link that is good, whom it is about, and the address that it makes theirs. */
interface Linked {
  readonly goal: NewAddressView['goal']
  readonly token: MailToken
  readonly account: Account
  readonly address: string
}

/** Makes the handler of the page that confirms an address; the path parameter `id` is what the letter's link carries. */
export function newAddressHandler(parts: NewAddressParts): Handler {
  return pageHandler('new_address', parts, async (request) => {
    const linked = await linkedBy(request, 'address_change', parts)
    if (linked === undefined) return linkOver(request, ownPaths.address, parts)
    const who = await signedIn(request, parts)
    if (who?.account.account_id !== linked.account.account_id) {
      const path = `${ownPaths.newAddress}/${request.params['id'] ?? ''}`
      const again = who === undefined ? {} : { sign_in_again: true as const }
      return beginInteraction(request, { kind: 'own_page', path, ...again }, parts)
    }
    return answer(request, linked, parts, () => confirm(linked, request, parts))
  })
}

/** Makes the handler of the page that puts the earlier address back; otherwise as `newAddressHandler`. */
export function undoAddressHandler(parts: NewAddressParts): Handler {
  return pageHandler('undo_address', parts, async (request) => {
    const linked = await linkedBy(request, 'address_undo', parts)
    if (linked === undefined) return linkOver(request, undefined, parts)
    return answer(request, linked, parts, () => putBack(linked, request, parts))
  })
}

/**
 * Finds what the link in a letter stands for; undefined where it is no longer good.
 *
 * @throws {OAuthError} `invalid_request` (`mail_link_unknown`) for a link that we did not make for this
 */
async function linkedBy(
  request: HttpRequest,
  purpose: MailPurpose,
  parts: NewAddressParts,
): Promise<Linked | undefined> {
  const token = await findMailToken(request.params['id'] ?? '', [purpose], parts)
  if (token?.account_id === undefined || token.address === undefined) throw mailLinkUnknown()
  const account = await parts.accounts.find(token.account_id)
  if (account === undefined || account.disabled || !isGood(token, parts.clock())) return undefined
  return { goal: purpose === 'address_undo' ? 'undo' : 'link', token, account, address: token.address }
}

async function answer(
  request: HttpRequest,
  linked: Linked,
  parts: NewAddressParts,
  change: () => Promise<'changed' | 'login_taken' | 'lost'>,
): Promise<HttpResponse> {
  if (request.method !== 'POST') return show({ status: 200 }, request, linked, parts)
  const told = (status: number, notice: NewAddressNotice) => show({ status, notice }, request, linked, parts)
  if (!hasOwnToken(readForm(request), request, linked.account, parts)) return told(403, 'form_expired')
  const outcome = await change()
  if (outcome === 'login_taken') return told(409, 'taken')
  // The link was used in another tab, or the address was changed in this very second.
  if (outcome === 'lost') return told(409, 'stale')
  const { goal, address, account } = linked
  parts.log.info(goal === 'undo' ? 'address_put_back' : 'address_changed', {
    account_id: account.account_id,
    request_id: request.request_id,
  })
  const onward = parts.issuer + (goal === 'undo' ? ownPaths.forgottenPassword : ownPaths.security)
  const words = wordsFor(request, parts)
  return page(200, addressDonePage({ home: parts.issuer, words, goal, address, onward }))
}

function confirm({ token, account, address }: Linked, request: HttpRequest, parts: NewAddressParts) {
  const { account_id } = account
  const at = parts.clock()
  const before = ownAddress(account)
  const isAnother = before !== undefined && before.toLowerCase() !== address.toLowerCase()
  const bound = { purpose: 'address_undo', account_id, language: token.language } as const
  return parts.accounts.changeAddress({
    account_id,
    token_id: token.token_id,
    claims: { email: address, email_verified: true },
    at,
    // What the holder of the earlier address can do, and the letter that tells them.
    ...(isAnother && { undo: newMailToken({ ...bound, address: before }, at) }),
    ...newsOf({ event: 'address_changed', account_id, proved: account }, request, parts),
  })
}

function putBack({ token, account: { account_id }, address }: Linked, request: HttpRequest, parts: NewAddressParts) {
  return parts.accounts.undoAddress({
    account_id,
    token_id: token.token_id,
    since: token.created_at,
    claims: { email: address, email_verified: true },
    at: parts.clock(),
    ...newsOf({ event: 'address_put_back', account_id, detail: { by: 'letter' } }, request, parts),
  })
}

function show(
  { status, notice }: { readonly status: number; readonly notice?: NewAddressNotice },
  request: HttpRequest,
  { goal, account, address }: Linked,
  parts: NewAddressParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, account, parts)
  const words = wordsFor(request, parts)
  const view = { home: parts.issuer, words, goal, address, username: account.username, csrf_token, notice }
  return page(status, newAddressPage(view), { headers })
}
