/** What follows a sign-out: on to the application that asked for it, or the page that says so, with who did not confirm. */
import { findToTell, registeredItself } from '../../domain/client.ts'
import type { ToldClient } from '../../domain/session.ts'
import type { Language } from '../../kernel/language.ts'
import { clearCookie } from '../../http/cookies.ts'
import { seeOther, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { logoutFrame } from '../../protocol/logout/frame.ts'
import type { LogoutRequest } from '../../protocol/logout/request.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { signedOutState } from '../../protocol/session-management/browser-state.ts'
import type { ClientView } from '../../ui/client.ts'
import { goingOnSource } from '../../ui/going-on.ts'
import { wordsFor } from '../language.ts'
import { ownPaths } from '../paths.ts'
import { clientViewOf } from '../who.ts'
import { signedOutPage } from './page.ts'

/** A browser that is signed out. */
export interface SignedOut {
  readonly request: HttpRequest
  readonly asked: LogoutRequest
  /** The clients of the session that has just ended; undefined where nobody was signed in. */
  readonly told: readonly ToldClient[] | undefined
}

/**
 * Answers a browser that is signed out. Where every application confirmed, or none had to, it goes straight on to the
 * address that was asked for; otherwise the person is shown first who did not (R19).
 *
 * Where nobody was signed in and nobody here vouches for the application, it goes nowhere by itself: a link to us, made
 * by whoever registered an address, would lead there without a person seeing whose it is (RFC 9700 §4.11.2).
 */
export async function signedOut(
  { request, asked: { client, returns_to, ui_locales }, told }: SignedOut,
  parts: Pick<ProtocolParts, 'issuer' | 'clients' | 'settings'>,
): Promise<HttpResponse> {
  const words = wordsFor(request, parts, ui_locales)
  const headers = { 'set-cookie': [clearCookie('session'), ...signedOutState(parts)] }
  const { unconfirmed, frames } = await outcomeOf(told ?? [], words.tag, parts)
  const isAskedFor = told !== undefined || (client !== undefined && !registeredItself(client))
  const goes_on = returns_to !== undefined && unconfirmed.length === 0 && isAskedFor
  if (goes_on && frames.length === 0) return seeOther(returns_to, headers)
  const html = signedOutPage({
    home: parts.issuer,
    words,
    sign_in: parts.issuer + ownPaths.account,
    unconfirmed,
    frames,
    returns: returns_to === undefined ? undefined : { href: returns_to, goes_on },
  })
  return page(200, html, { headers, frames, ...(goes_on && { scriptSource: goingOnSource }) })
}

/** Whom we told and who did not confirm, and the frames of those that are told through the browser. */
async function outcomeOf(
  told: readonly ToldClient[],
  language: Language,
  parts: Pick<ProtocolParts, 'issuer' | 'clients'>,
): Promise<{ readonly unconfirmed: readonly ClientView[]; readonly frames: readonly string[] }> {
  const known = await Promise.all(told.map(async (one) => ({ ...one, client: await findToTell(one.client_id, parts) })))
  const there = known.flatMap(({ client, ...one }) => (client && !client.disabled ? [{ ...one, client }] : []))
  const silent = there.filter(
    ({ client, confirmed_at }) => client.metadata.backchannel_logout_uri !== undefined && confirmed_at === undefined,
  )
  const names = [...new Set(silent.map(({ client_id }) => client_id))]
  return {
    unconfirmed: await Promise.all(names.map((client_id) => clientViewOf(client_id, language, parts))),
    frames: there.flatMap(({ client, sid }) => logoutFrame(client, parts.issuer, sid) ?? []),
  }
}
