/** The signed-in person's page about signing in: where they are signed in, and the end of it. */
import { newId } from '../../kernel/ids.ts'
import { isLive, type Session } from '../../domain/session.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { SessionParts } from '../../identity/session.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { beginInteraction } from '../../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownLinks, ownPaths } from '../paths.ts'
import { signedIn } from '../signed-in.ts'
import { personView } from '../who.ts'
import { deviceOf } from './device.ts'
import { securityPage, type SecurityNotice, type SessionView } from './page.ts'

/** How many sessions are shown at most; all that are not this browser's can be ended at once. */
const longestList = 50

/** How an answer is numbered. */
const statuses: Readonly<Record<SecurityNotice, number>> = {
  session_ended: 200,
  others_ended: 200,
  session_unknown: 404,
  form_expired: 403,
}

/** Makes the handler of the page, for GET and POST. Nobody signed in = sign in first, then come back. */
export function securityHandler(parts: ProtocolParts & SessionParts): Handler {
  return pageHandler('security', parts, async (request) => {
    const who = await signedIn(request, parts)
    if (who === undefined) return beginInteraction(request, { kind: 'own_page', path: ownPaths.security }, parts)
    if (request.method !== 'POST') return show(request, who, parts)
    return take(request, who, parts)
  })
}

async function show(
  request: HttpRequest,
  { session, account }: Answerer,
  parts: ProtocolParts,
  notice?: SecurityNotice,
): Promise<HttpResponse> {
  const { csrf_token, headers } = ownToken(request, parts)
  const view = {
    home: parts.issuer,
    words: wordsFor(request, undefined, parts),
    csrf_token,
    person: personView(account),
    sessions: await sessionsOf(session, parts),
    notice,
    sign_out: parts.issuer + ownPaths.logout,
    links: ownLinks(parts),
    now: parts.clock(),
  }
  return page(notice === undefined ? 200 : statuses[notice], securityPage(view), { headers })
}

/** Takes what can be asked for here: to end one session, or all but this one. */
async function take(request: HttpRequest, who: Answerer, parts: ProtocolParts & SessionParts): Promise<HttpResponse> {
  const form = readForm(request)
  const session_id = form.get('end_session')
  if (!hasOwnToken(form, request, parts)) return show(request, who, parts, 'form_expired')
  if (session_id === who.session.session_id) return seeOther(parts.issuer + ownPaths.logout)
  if (session_id !== undefined) return show(request, who, parts, await endOne(session_id, request, who, parts))
  if (!form.has('end_others')) return show(request, who, parts, 'form_expired')
  await endOthers(request, who, parts)
  return show(request, who, parts, 'others_ended')
}

async function endOne(
  session_id: string,
  request: HttpRequest,
  { account }: Answerer,
  parts: ProtocolParts,
): Promise<SecurityNotice> {
  const { account_id } = account
  // Looked for among this person's own alone: what is somebody else's is not there (SECURITY: AC-29).
  const own = await liveSessions(account_id, parts)
  if (!own.some((session) => session.session_id === session_id)) return 'session_unknown'
  // Asked for in one turn of the event loop, so that neither is committed without the other.
  const [outcome] = await Promise.all([
    parts.sessions.end(session_id, parts.clock()),
    record('session_ended', { account_id, session_id }, request, parts),
  ])
  return outcome === 'ended' ? 'session_ended' : 'session_unknown'
}

async function endOthers(request: HttpRequest, { session }: Answerer, parts: ProtocolParts): Promise<void> {
  const { account_id, session_id } = session
  await Promise.all([
    parts.sessions.endOthers(account_id, session_id, parts.clock()),
    record('other_sessions_ended', { account_id, session_id }, request, parts),
  ])
}

function record(
  event: string,
  { account_id, session_id }: Pick<Session, 'account_id' | 'session_id'>,
  { address, request_id }: HttpRequest,
  { auditEvents, clock, log }: ProtocolParts,
): Promise<void> {
  const who = { actor: `account:${account_id}`, account_id, address, request_id }
  log.info(event, { account_id, session_id, request_id })
  return auditEvents.append({ event_id: newId(), at: clock(), event, ...who, detail: { by: 'person', session_id } })
}

async function liveSessions(
  account_id: string,
  { sessions, clock }: Pick<ProtocolParts, 'sessions' | 'clock'>,
): Promise<readonly Session[]> {
  const at = clock()
  return (await sessions.listByAccount(account_id)).filter((session) => isLive(session, at))
}

/** Lists where the person is signed in, this browser first, then the one that was used last. */
async function sessionsOf({ account_id, session_id }: Session, parts: ProtocolParts): Promise<readonly SessionView[]> {
  const all = await liveSessions(account_id, parts)
  const place = (session: Session) => (session.session_id === session_id ? Infinity : session.last_seen_at)
  return all
    .toSorted((one, other) => (place(one) < place(other) ? 1 : -1))
    .slice(0, longestList)
    .map((session) => ({
      session_id: session.session_id,
      ...deviceOf(session.user_agent),
      address: session.address,
      signed_in_at: session.created_at,
      last_seen_at: session.last_seen_at,
      is_this: session.session_id === session_id,
    }))
}
