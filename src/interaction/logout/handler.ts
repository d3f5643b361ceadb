/** Signing out of this browser. */
import { newId } from '../../kernel/ids.ts'
import type { Session } from '../../domain/session.ts'
import { clearCookie } from '../../http/cookies.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { SessionParts } from '../../identity/session.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { signedIn } from '../signed-in.ts'
import { signedOutPage } from '../signed-out/page.ts'
import { personView } from '../who.ts'
import { logoutPage } from './page.ts'

/** Makes the handler of signing out: GET asks, POST does it, and whoever is signed out already is told so. */
export function logoutHandler(parts: ProtocolParts & SessionParts): Handler {
  return pageHandler('logout', parts, async (request) => {
    const who = await signedIn(request, parts)
    if (who === undefined) return signedOut(request, parts)
    if (request.method !== 'POST') return ask(200, request, who, parts)
    if (!hasOwnToken(readForm(request), request, parts)) return ask(403, request, who, parts)
    await end(who.session, request, parts)
    return signedOut(request, parts)
  })
}

function ask(status: number, request: HttpRequest, { account }: Answerer, parts: ProtocolParts): HttpResponse {
  const { csrf_token, headers } = ownToken(request, parts)
  const words = wordsFor(request, undefined, parts)
  const view = { home: parts.issuer, words, csrf_token, fields: {}, person: personView(account) }
  return page(status, logoutPage(view), { headers })
}

function signedOut(request: HttpRequest, parts: Pick<ProtocolParts, 'issuer' | 'settings'>): HttpResponse {
  const { issuer } = parts
  const words = wordsFor(request, undefined, parts)
  const headers = { 'set-cookie': [clearCookie('session')] }
  return page(200, signedOutPage({ home: issuer, words, sign_in: issuer + ownPaths.account }), { headers })
}

/** Ends the session, and with it everything that is bound to it. */
async function end(session: Session, { address, request_id }: HttpRequest, parts: ProtocolParts): Promise<void> {
  const { session_id, account_id } = session
  const at = parts.clock()
  const who = { actor: `account:${account_id}`, account_id, address, request_id }
  // Asked for in one turn of the event loop, so that neither is committed without the other.
  await Promise.all([
    parts.sessions.end(session_id, at),
    parts.auditEvents.append({ event_id: newId(), at, event: 'signed_out', ...who, detail: { session_id } }),
  ])
  parts.log.info('signed_out', { account_id, session_id, request_id })
}
