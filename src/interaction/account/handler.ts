/** The signed-in person's own page: what they allowed to whom, and the end of it. */
import type { Account } from '../../domain/account.ts'
import { grantIsLive, type GrantUse } from '../../domain/grant.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { beginInteraction } from '../../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { endGrant } from '../end-grant.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { freshFor } from '../fresh.ts'
import { wordsFor } from '../language.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { anotherAccount, signInAsAnother } from '../way-back.ts'
import { clientViewOf } from '../who.ts'
import { accessSources, applications, history, signedTokensUntil } from './applications.ts'
import { readChange, takeChange } from './change.ts'
import { accountPage, type AccountNotice, type AccountView } from './page.ts'

/** The query of the address to which a person comes back after signing in once more. */
const afterSignIn = 'signed_in=again'

/** Makes the handler of the person's own page, for GET and POST. Nobody signed in = sign in first, then come back. */
export function accountHandler(parts: ProtocolParts): Handler {
  return ownPageHandler('account', ownPaths.account, parts, async (request, who) => {
    if (request.method === 'POST') return take(request, who, parts)
    if (request.query === anotherAccount) return signInAsAnother(request, parts)
    // Of the address that somebody comes back to later, or is led to by another, it would be untrue.
    const canGiveTime = request.query === afterSignIn && parts.clock() - who.session.auth_time <= freshFor
    const notice = canGiveTime ? ({ kind: 'signed_in_again' } as const) : undefined
    return show(request, who.account, parts, { status: 200, notice })
  })
}

async function show(
  request: HttpRequest,
  account: Account,
  parts: ProtocolParts,
  { status, notice }: { readonly status: number; readonly notice: AccountNotice | undefined },
): Promise<HttpResponse> {
  const now = parts.clock()
  const { csrf_token, headers } = ownToken(request, account, parts)
  const frame = ownPageView(request, { account }, csrf_token, parts)
  const skip = skipped(request)
  const [sources, live, ended] = await Promise.all([
    accessSources(frame.words, parts),
    withAllUses(() => parts.grants.listLive(account.account_id, now, { skip, limit: longestList + 1 }), parts),
    parts.grants.listEnded(account.account_id, now, longestHistory),
  ])
  // All that was at this address is over: what is not is on the first page.
  if (live.length === 0 && skip > 0) return show({ ...request, query: '' }, account, parts, { status, notice })
  const view = {
    ...frame,
    applications: await applications(live.slice(0, longestList), sources, parts),
    older: live.length > longestList ? `${parts.issuer}${ownPaths.account}?skip=${skip + longestList}` : undefined,
    history: await history(ended, sources, parts),
    notice,
    going: goingOf(account, parts),
    now,
  }
  return page(status, accountPage(view), { headers })
}

/** How many of the newest accesses the address of a page passes over. */
function skipped({ query }: HttpRequest): number {
  return Number(/^skip=(\d{1,7})$/.exec(query)?.[1] ?? 0)
}

function goingOf({ deletes_at }: Account, { issuer }: ProtocolParts): AccountView['going'] {
  return deletes_at === undefined ? undefined : { deletes_at, keep: issuer + ownPaths.deletion }
}

/** Takes what can be asked for here: to change an access, or to end all access of a client. */
async function take(request: HttpRequest, who: Answerer, parts: ProtocolParts): Promise<HttpResponse> {
  const form = readForm(request, ['permission'])
  const change = readChange(form)
  const client_id = form.get('remove')
  const isOurs = hasOwnToken(form, request, who.account, parts)
  if (isOurs && client_id !== undefined) return remove(client_id, request, who.account, parts)
  if (!isOurs || change === undefined) {
    return show(request, who.account, parts, { status: 403, notice: { kind: 'form_expired' } })
  }
  const notice = await takeChange(change, who, request, parts)
  if (notice === 'sign_in_again') {
    const path = `${ownPaths.account}?${afterSignIn}`
    return beginInteraction(request, { kind: 'own_page', path, sign_in_again: true }, parts)
  }
  return show(request, who.account, parts, { status: statuses[notice.kind] ?? 200, notice })
}

/** How many accesses are shown at once: each has a form of its own, and a person may have thousands (DS-05). */
const longestList = 50
/** How many accesses that are over are shown; the download has all that is kept. */
const longestHistory = 50

/** The status of an answer that changed nothing. */
const statuses: Partial<Record<AccountNotice['kind'], number>> = { already_ended: 404, stale: 409, nothing_left: 400 }

async function remove(
  client_id: string,
  request: HttpRequest,
  account: Account,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const now = parts.clock()
  // Looked for among this person's own grants alone: what is somebody else's is not there (SECURITY: AC-29).
  const held = await withAllUses(() => parts.grants.listByAccount(account.account_id, client_id), parts)
  const grants = held.filter((grant) => grantIsLive(grant, now))
  if (grants.length === 0) return show(request, account, parts, { status: 404, notice: { kind: 'already_ended' } })
  // Asked for in one turn of the event loop, so that none of it ends without the rest.
  await Promise.all(grants.map((grant) => endGrant(grant, request, parts)))
  const notice = {
    kind: 'access_ended',
    client: await clientViewOf(client_id, wordsFor(request, parts).tag, parts),
    signed_tokens_until: await signedTokensUntil(grants, now, parts),
  } as const
  return show(request, account, parts, { status: 200, notice })
}

/** Lists grants with all uses that this node knows of. */
async function withAllUses(
  list: () => Promise<readonly GrantUse[]>,
  { grantUses }: ProtocolParts,
): Promise<readonly GrantUse[]> {
  const known = await list()
  const outcome = await grantUses.write(known.map(({ grant_id }) => grant_id))
  return outcome === 'written' ? list() : known
}
