/**
 * Looking back at one's own sign-ins. They are the rows of the sessions, which stay for a while after their end. A
 * person who says of one that it was not them ends it, and all others where they wish; the way on is a new password.
 */
import { signInMemory, type Session } from '../../domain/session.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { spellDuration } from '../../ui/moment.ts'
import type { Words } from '../../ui/words/en.ts'
import { newsOf } from '../account-news.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { deviceName } from '../security/device-name.ts'
import { signInsPage, type SignInEntry, type SignInMethod, type SignInsNotice } from './page.ts'

/** How many sign-ins are shown at most. */
const longestList = 100

const methods: readonly SignInMethod[] = ['pwd', 'otp', 'pop']

const statuses: Readonly<Record<SignInsNotice, number>> = { disowned: 200, unknown: 404, form_expired: 403 }

/** Makes the handler of the page, for GET and POST. */
export function signInsHandler(parts: ProtocolParts): Handler {
  return ownPageHandler('sign_ins', ownPaths.signIns, parts, async (request, who) => {
    if (request.method !== 'POST') return show(undefined, request, who, parts)
    const form = readForm(request)
    if (!hasOwnToken(form, request, who.account, parts)) return show('form_expired', request, who, parts)
    return show(await disown(form, request, who, parts), request, who, parts)
  })
}

async function disown(
  form: Parameters,
  request: HttpRequest,
  { account, session: own }: Answerer,
  parts: ProtocolParts,
): Promise<SignInsNotice> {
  const { account_id } = account
  const at = parts.clock()
  // Looked for among this person's own alone: what is somebody else's is not there (SECURITY: AC-29).
  const past = await parts.sessions.listSignIns(account_id, at - signInMemory, longestList)
  const found = past.find(({ session_id }) => session_id === form.get('disown') && session_id !== own.session_id)
  if (found === undefined) return 'unknown'
  const { session_id } = found
  const others = form.has('end_others') ? 'ended' : 'kept'
  const which = { session_id, others, address: found.address }
  const deed = { event: 'sign_in_disowned', account_id, detail: which, letter: 'sign_in_disowned' } as const
  const news = newsOf(deed, request, parts)
  const keep_session = own.session_id
  await parts.accounts.disown({ account_id, session_id, at, others, keep_session, ...news })
  parts.log.warn('sign_in_disowned', { account_id, session_id, address: found.address, request_id: request.request_id })
  return 'disowned'
}

async function show(
  notice: SignInsNotice | undefined,
  request: HttpRequest,
  who: Answerer,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  const now = parts.clock()
  const frame = ownPageView(request, who, csrf_token, parts)
  const past = await parts.sessions.listSignIns(who.account.account_id, now - signInMemory, longestList)
  const view = {
    ...frame,
    entries: past.map((session) => entryOf(session, who.session, now, frame.words)),
    length: spellDuration(signInMemory, frame.words),
    notice,
    password: parts.issuer + ownPaths.password,
    now,
  }
  return page(notice === undefined ? 200 : statuses[notice], signInsPage(view), { headers })
}

function entryOf(session: Session, own: Session, now: EpochSeconds, words: Words): SignInEntry {
  const { session_id, user_agent, address, amr, created_at } = session
  const over = [session.ended_at, session.idle_expires_at, session.expires_at].filter((end) => end !== undefined)
  const ended_at = Math.min(...over)
  return {
    session_id,
    device: deviceName(user_agent, words),
    address,
    methods: methods.filter((method) => amr.includes(method)),
    at: created_at,
    ended_at: ended_at <= now ? ended_at : undefined,
    is_this: session_id === own.session_id,
  }
}
