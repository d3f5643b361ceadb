/** The signed-in person's page about signing in: what they prove it with, where they are signed in, and the end of it. */
import { html } from '../../kernel/html.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { isLive, type Session } from '../../domain/session.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { beginInteraction } from '../../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import type { OwnPageView } from '../../ui/own-pages.ts'
import { passkeyScriptFor, passkeyScriptSource } from '../../ui/passkey.ts'
import type { Words } from '../../ui/words/en.ts'
import { newsOf } from '../account-news.ts'
import { isFresh, signInAgain } from '../fresh.ts'
import type { SignInStepParts } from '../sign-in/complete.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { deviceName } from './device-name.ts'
import { factorSections } from './factors-page.ts'
import { factorsView, takeFactorStep, type FactorOutcome } from './factors.ts'
import { securityPage, type SecurityNotice, type SecurityView, type SessionView } from './page.ts'
import { upstreamSection, upstreamView } from './upstream-section.ts'

/** How many sessions are shown at most; all that are not this browser's can be ended at once. */
const longestList = 50

/** The status of each answer. */
const statuses: Readonly<Record<SecurityNotice, number>> = {
  session_ended: 200,
  others_ended: 200,
  session_unknown: 404,
  form_expired: 403,
  totp_added: 200,
  totp_removed: 200,
  totp_wrong: 400,
  totp_held: 409,
  recovery_renewed: 200,
  browser_forgotten: 200,
  passkey_added: 200,
  passkey_renamed: 200,
  passkey_removed: 200,
  passkey_refused: 400,
  upstream_removed: 200,
  upstream_last: 409,
  factor_unknown: 404,
}

/** Makes the handler of the page, for GET and POST. Nobody signed in = sign in first, then come back. */
export function securityHandler(parts: SignInStepParts): Handler {
  return ownPageHandler('security', ownPaths.security, parts, (request, who) =>
    request.method === 'POST' ? take(request, who, parts) : show(request, who, parts),
  )
}

async function show(
  request: HttpRequest,
  who: Answerer,
  parts: SignInStepParts,
  told?: SecurityNotice | FactorOutcome,
): Promise<HttpResponse> {
  const outcome = typeof told === 'object' ? told : undefined
  const notice = typeof told === 'object' ? told.notice : told
  const now = parts.clock()
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  const frame = { ...ownPageView(request, who, csrf_token, parts), now }
  const { words } = frame
  const factors = await factorsView(who, request, parts, { words, outcome })
  const view = {
    ...frame,
    more: moreLinks(frame, parts),
    sessions: await sessionsOf(who.session, words, parts),
    factors: html`${factorSections(factors, frame)}${upstreamSection(await upstreamView(who, parts), frame, factors.state)}`,
    end: factors.new_passkey !== undefined && passkeyScriptFor(parts.issuer),
    notice,
  }
  return page(notice === undefined ? 200 : statuses[notice], securityPage(view), {
    headers,
    scriptSource: passkeyScriptSource,
    // The way to another provider begins with a form of this page.
    ...(parts.upstreams.providers.length > 0 && { formAction: 'anywhere' }),
  })
}

/** The pages about the account that this one leads to; those that need letters only where letters are sent. */
function moreLinks(
  { words: { more } }: OwnPageView,
  { issuer, audience, settings }: ProtocolParts,
): SecurityView['more'] {
  return [
    { href: issuer + ownPaths.profile, label: more.profile, id: 'change-profile' },
    { href: issuer + ownPaths.password, label: more.password, id: 'change-password' },
    ...(audience.mail ? [{ href: issuer + ownPaths.address, label: more.address, id: 'change-address' }] : []),
    { href: issuer + ownPaths.signIns, label: more.signIns, id: 'sign-ins' },
    ...(settings.account_deletion === 'off'
      ? []
      : [{ href: issuer + ownPaths.deletion, label: more.deletion, id: 'delete-account' }]),
  ]
}

/** Takes what can be asked for here: to change a factor, to end one session, or all but this one. */
async function take(request: HttpRequest, who: Answerer, parts: SignInStepParts): Promise<HttpResponse> {
  const form = readForm(request)
  const session_id = form.get('end_session')
  if (!hasOwnToken(form, request, who.account, parts)) return show(request, who, parts, 'form_expired')
  if (form.has('factor')) return changeFactor(form, request, who, parts)
  if (session_id === who.session.session_id) return seeOther(parts.issuer + ownPaths.logout)
  if (session_id !== undefined) return show(request, who, parts, await endOne(session_id, request, who, parts))
  if (!form.has('end_others')) return show(request, who, parts, 'form_expired')
  await endOthers(request, who, parts)
  return show(request, who, parts, 'others_ended')
}

/** Changes a factor, or lets the person sign in once more first, with all that the account has to prove it with. */
async function changeFactor(
  form: Parameters,
  request: HttpRequest,
  who: Answerer,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const connect = form.get('factor') === 'upstream_connect' ? form.get('provider') : undefined
  if (connect !== undefined && (await isFresh(who, parts))) {
    return beginInteraction(request, { kind: 'own_page', path: ownPaths.security, connect }, parts)
  }
  const outcome = await takeFactorStep(form, who, request, parts)
  if (outcome !== 'sign_in_again') return show(request, who, parts, outcome)
  return signInAgain(ownPaths.security, request, who, parts)
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
  const news = newsOf({ event: 'session_ended', account_id, detail: { session_id } }, request, parts)
  const outcome = await parts.sessions.end(session_id, parts.clock(), news)
  if (outcome !== 'ended') return 'session_unknown'
  parts.log.info('session_ended', { account_id, session_id, request_id: request.request_id })
  return 'session_ended'
}

async function endOthers(request: HttpRequest, { session }: Answerer, parts: ProtocolParts): Promise<void> {
  const { account_id, session_id } = session
  const news = newsOf({ event: 'other_sessions_ended', account_id, detail: { session_id } }, request, parts)
  if ((await parts.sessions.endOthers(account_id, session_id, parts.clock(), news)) !== 'ended') return
  parts.log.info('other_sessions_ended', { account_id, session_id, request_id: request.request_id })
}

async function liveSessions(
  account_id: string,
  { sessions, clock }: Pick<ProtocolParts, 'sessions' | 'clock'>,
): Promise<readonly Session[]> {
  const at = clock()
  return (await sessions.listByAccount(account_id)).filter((session) => isLive(session, at))
}

/** Lists where the person is signed in, this browser first, then the one that was used last. */
async function sessionsOf(
  { account_id, session_id }: Session,
  words: Words,
  parts: ProtocolParts,
): Promise<readonly SessionView[]> {
  const all = await liveSessions(account_id, parts)
  const place = (session: Session) => (session.session_id === session_id ? Infinity : session.last_seen_at)
  return all
    .toSorted((one, other) => (place(one) < place(other) ? 1 : -1))
    .slice(0, longestList)
    .map((session) => ({
      session_id: session.session_id,
      device: deviceName(session.user_agent, words),
      address: session.address,
      signed_in_at: session.created_at,
      last_seen_at: session.last_seen_at,
      is_this: session.session_id === session_id,
    }))
}
