/**
 * Deleting one's own account. What it gave ends at once: other sessions, and all that was authorized; the account
 * itself goes after a while, and until then its person can sign in and keep it. A letter tells them of it, since it may
 * have been somebody else (AC-30).
 */
import type { Account } from '../../domain/account.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { newsOf } from '../account-news.ts'
import { isFresh, signInAgain } from '../fresh.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { ownDeletionPage, type OwnDeletionNotice, type OwnDeletionView } from './page.ts'

const deletionOff = refusal('invalid_request', 'account_deletion_off', 'Nobody deletes their own account here', 404)

/**
 * Makes the handler of the page, for GET and POST. It is there where the operator lets people delete their accounts,
 * and for those who asked for it while the operator did: their account goes all the same, unless they keep it.
 */
export function ownDeletionHandler(parts: ProtocolParts): Handler {
  return ownPageHandler('own_deletion', ownPaths.deletion, parts, async (request, who) => {
    const wait = parts.settings.account_deletion
    const { account } = who
    const form = request.method === 'POST' ? readForm(request) : undefined
    const answer = form?.get('answer')
    // A person who keeps it twice, by a double click, is told so twice.
    if (wait === 'off' && account.deletes_at === undefined && answer !== 'keep') throw deletionOff()
    const told = (status: number, notice?: OwnDeletionNotice) => show({ status, wait, notice }, request, who, parts)
    if (form === undefined) return told(200)
    if (!hasOwnToken(form, request, who.account, parts)) return told(403, 'form_expired')
    if (answer === 'keep') {
      await keep(account, request, parts)
      return told(200, 'kept')
    }
    if (wait === 'off') return told(200)
    if (!(await isFresh(who, parts))) return signInAgain(ownPaths.deletion, request, who, parts)
    if (answer === 'delete') await ask(wait, request, who, parts)
    return told(200)
  })
}

async function ask(
  wait: Seconds,
  request: HttpRequest,
  { account: { account_id }, session }: Answerer,
  parts: ProtocolParts,
): Promise<void> {
  const at = parts.clock()
  const deletes_at = at + wait
  const letter = 'deletion_asked'
  const news = newsOf({ event: 'account_deletion_asked', account_id, detail: { deletes_at }, letter }, request, parts)
  const keep_session = session.session_id
  const outcome = await parts.accounts.askDeletion({ account_id, at, deletes_at, keep_session, ...news })
  if (outcome === 'asked') parts.log.info('account_deletion_asked', { account_id, request_id: request.request_id })
}

async function keep({ account_id }: Account, request: HttpRequest, parts: ProtocolParts): Promise<void> {
  const news = newsOf({ event: 'account_kept', account_id }, request, parts)
  const outcome = await parts.accounts.keep(account_id, parts.clock(), news)
  if (outcome === 'kept') parts.log.info('account_kept', { account_id, request_id: request.request_id })
}

interface Shown {
  readonly status: number
  readonly wait: ProtocolParts['settings']['account_deletion']
  readonly notice: OwnDeletionNotice | undefined
}

async function show(
  { status, wait, notice }: Shown,
  request: HttpRequest,
  who: Answerer,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  // Read again: it may have changed a moment ago.
  const deletes_at = (await parts.accounts.find(who.account.account_id))?.deletes_at
  const shared = { ...ownPageView(request, who, csrf_token, parts), notice, now: parts.clock() }
  const state = await stateOf(deletes_at, wait, who, parts)
  return page(status, ownDeletionPage({ ...shared, state }), { headers })
}

async function stateOf(
  deletes_at: EpochSeconds | undefined,
  wait: Shown['wait'],
  who: Answerer,
  parts: ProtocolParts,
): Promise<OwnDeletionView['state']> {
  if (deletes_at !== undefined) return { is: 'going', deletes_at }
  if (wait === 'off') return { is: 'kept' }
  return { is: (await isFresh(who, parts)) ? 'open' : 'locked', wait }
}
