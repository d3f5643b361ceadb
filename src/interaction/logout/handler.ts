/**
 * Signing out of this browser: the end session endpoint of OpenID Connect RP-Initiated Logout, and the person's own
 * way.
 *
 * GET asks, POST does it. A person is not asked when the application shows an id_token of this browser's own session:
 * only an application that the person used in this session has one, so it asks on their behalf (§2). Every other
 * id_token proves nothing.
 */
import type { Language } from '../../kernel/language.ts'
import { Parameters } from '../../kernel/parameters.ts'
import type { Client } from '../../domain/client.ts'
import { findSession, sidFor, type Session, type ToldClient } from '../../domain/session.ts'
import { readCookie } from '../../http/cookies.ts'
import { checkSameOrigin } from '../../http/csrf.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { browserOf } from '../../protocol/authorize/browser.ts'
import { checkedLogoutRequest, type LogoutRequest } from '../../protocol/logout/request.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import type { ClientView } from '../../ui/client.ts'
import { destinationOf } from '../../ui/destination.ts'
import { eventBy } from '../account-news.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { openPageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { signedIn } from '../signed-in.ts'
import { signedOut } from '../signed-out/handler.ts'
import { clientViewOf, personView } from '../who.ts'
import { logoutPage } from './page.ts'

/** How clients are told at once. */
export interface Announcing {
  /** Sends what waits for clients; resolves when each was tried once, or after less than a second. */
  readonly announceSignOut: () => Promise<void>
}

type LogoutParts = ProtocolParts & Announcing

/** Makes the handler of signing out; whoever is signed out already is told so, or sent on. */
export function logoutHandler(parts: LogoutParts): Handler {
  return openPageHandler('logout', parts, async (request) => {
    const form = request.method === 'POST' ? readForm(request) : undefined
    // RP-Initiated Logout §2 lets an application post: without our cookie, which comes with a GET alone.
    if (form !== undefined && !form.has('csrf_token') && !form.has('step'))
      return seeOther(`${parts.issuer}${ownPaths.logout}?${form.toString()}`)
    if (form !== undefined) checkSameOrigin(request, parts.issuer)
    const asked = await checkedLogoutRequest(Parameters.read(request.query), parts)
    const who = await signedIn(request, parts)
    if (who === undefined) {
      await endUnseen(request, parts)
      return signedOut({ request, asked, told: undefined }, parts)
    }
    const isConfirmed = form !== undefined && hasOwnToken(form, request, who.account, parts)
    if (!isConfirmed && !(await isOwnSession(asked, who.session, parts))) {
      return ask(form === undefined ? 200 : 403, { request, asked, who }, parts)
    }
    return signedOut({ request, asked, told: await end(who.session, request, parts) }, parts)
  })
}

/** Tells whether the id_token names the session that this browser is signed in by. */
async function isOwnSession({ sid, client }: LogoutRequest, session: Session, parts: LogoutParts): Promise<boolean> {
  if (sid === undefined || client === undefined) return false
  if (sid === sidFor(session.session_id, client.client_id, parts)) return true
  // Whoever signed in again meanwhile has a session with another name; the client knows it by the one it was told.
  const clients = await parts.sessions.listClients(session.session_id)
  return clients.some((one) => one.client_id === client.client_id && one.sid === sid)
}

async function ask(
  status: number,
  { request, asked, who }: { request: HttpRequest; asked: LogoutRequest; who: Answerer },
  parts: LogoutParts,
): Promise<HttpResponse> {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  const words = wordsFor(request, parts, asked.ui_locales)
  const client = asked.client && (await whoAsks(asked.client, asked.returns_to, words.tag, parts))
  const view = { home: parts.issuer, words, csrf_token, person: personView(who.account), client }
  return page(status, logoutPage(view), {
    headers,
    formAction: asked.returns_to === undefined ? 'self' : 'anywhere',
  })
}

/** Shows the asker by where the browser goes afterwards: an application's other addresses may be other people's. */
async function whoAsks(
  { client_id }: Client,
  returns_to: string | undefined,
  language: Language,
  parts: LogoutParts,
): Promise<ClientView> {
  const view = await clientViewOf(client_id, language, parts)
  return returns_to === undefined ? view : { ...view, destination: destinationOf(returns_to) }
}

/** Ends the session of an account that is disabled: it signs nobody in, but would once the account is enabled again. */
async function endUnseen(request: HttpRequest, parts: LogoutParts): Promise<void> {
  const session = await findSession(readCookie(request, 'session'), parts, parts.clock())
  if (session !== undefined) await end(session, request, parts)
}

/** Ends the session, and everything that is bound to it; returns whom we told. */
async function end(session: Session, request: HttpRequest, parts: LogoutParts): Promise<readonly ToldClient[]> {
  const { session_id, account_id } = session
  const browser = browserOf(request, parts)
  const at = parts.clock()
  const event = eventBy(account_id, { event: 'signed_out', detail: { session_id } }, request, at)
  // Asked for in one turn of the event loop, so that nobody is signed out who leaves half a sign-in to the next person.
  await Promise.all([
    parts.sessions.end(session_id, at, { event }),
    browser && parts.interactions.forgetProofs(browser.hash),
  ])
  parts.log.info('signed_out', { account_id, session_id, request_id: request.request_id })
  if ((await parts.sessions.listClients(session_id)).length === 0) return []
  await parts.announceSignOut()
  return parts.sessions.listClients(session_id)
}
