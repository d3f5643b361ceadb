/**
 * What people say of themselves. They write it here, and clients are told as much of it as their person allowed; what
 * others keep (`account_profile.fixed`) they only see.
 */
import { withProofs, type Account } from '../../domain/account.ts'
import { editableClaims, ownClaims, readOwnClaim, type OwnClaim } from '../../domain/own-claims.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { newsOf } from '../account-news.ts'
import { isFresh, signInAgain } from '../fresh.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { ownPageHandler, ownPageView } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'
import { ownProfilePage, type OwnProfileNotice, type OwnProfileView } from './page.ts'

/** The status of each answer. */
const statuses: Readonly<Record<OwnProfileNotice, number>> = {
  saved: 200,
  same: 200,
  wrong: 400,
  not_fresh: 403,
  form_expired: 403,
}

/** What is shown besides what is on file. */
interface Told {
  readonly notice?: OwnProfileNotice
  /** What was typed, by claim, where it was not taken. */
  readonly typed?: ReadonlyMap<OwnClaim, string>
  readonly wrong?: readonly OwnClaim[]
}

/** Makes the handler of the page, for GET and POST. */
export function ownProfileHandler(parts: ProtocolParts): Handler {
  return ownPageHandler('own_profile', ownPaths.profile, parts, async (request, who) => {
    const isOpen = await isFresh(who, parts)
    const told = (what: Told) => show({ state: isOpen ? 'open' : 'locked', ...what }, request, who, parts)
    if (request.method !== 'POST') return told({})
    const form = readForm(request)
    if (!hasOwnToken(form, request, who.account, parts)) return told({ notice: 'form_expired' })
    const typed = typedIn(form, parts)
    if (isOpen) return told(await save(typed, request, who, parts))
    // The form takes longer to fill in than a sign-in stays fresh: what was typed is not lost by signing in once more.
    return typed.size > 0 ? told({ notice: 'not_fresh', typed }) : signInAgain(ownPaths.profile, request, who, parts)
  })
}

/** What was shown and comes back empty is removed; what was not shown is not touched. */
function typedIn(form: Parameters, parts: ProtocolParts): ReadonlyMap<OwnClaim, string> {
  const shown = new Set(form.get('fields')?.split(' '))
  return new Map(
    editableHere(parts)
      .filter((name) => shown.has(name))
      .map((name) => [name, form.get(name) ?? ''] as const),
  )
}

async function save(
  typed: ReadonlyMap<OwnClaim, string>,
  request: HttpRequest,
  { account }: Answerer,
  parts: ProtocolParts,
): Promise<Told> {
  const read = [...typed].map(([name, written]) => ({ name, value: readOwnClaim(name, written) }))
  const wrong = read.filter(({ value }) => value === undefined).map(({ name }) => name)
  if (wrong.length > 0) return { notice: 'wrong', typed, wrong }
  const changes = read.filter(({ name, value }) => (account.claims[name] ?? null) !== value)
  if (changes.length === 0) return { notice: 'same' }
  const claims = withProofs(account.claims, Object.fromEntries(changes.map(({ name, value = null }) => [name, value])))
  const { account_id } = account
  const changed = changes.map(({ name }) => name)
  const news = newsOf({ event: 'claims_changed', account_id, detail: { changed } }, request, parts)
  await parts.accounts.changeClaims({ account_id, claims, at: parts.clock(), ...news })
  parts.log.info('claims_changed', { account_id, request_id: request.request_id })
  return { notice: 'saved' }
}

function editableHere({ settings: { claims, fixed_claims } }: ProtocolParts): readonly OwnClaim[] {
  return editableClaims(
    claims.flatMap(({ claims: names }) => names),
    fixed_claims,
  )
}

async function show(
  { state, notice, typed, wrong }: Told & Pick<OwnProfileView, 'state'>,
  request: HttpRequest,
  who: Answerer,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { csrf_token, headers } = ownToken(request, who.account, parts)
  // Read again: it may have changed a moment ago.
  const account = (await parts.accounts.find(who.account.account_id)) ?? who.account
  const editable = editableHere(parts)
  const view = {
    ...ownPageView(request, { account }, csrf_token, parts),
    state,
    fields: editable.map((name) => ({
      name,
      value: typed?.get(name) ?? valueOf(account, name),
      wrong: wrong?.includes(name) === true,
    })),
    fixed: ownClaims
      .filter((name) => !editable.includes(name) && valueOf(account, name) !== '')
      .map((name) => ({ name, value: valueOf(account, name) })),
    notice,
  }
  return page(notice === undefined ? 200 : statuses[notice], ownProfilePage(view), { headers })
}

function valueOf({ claims }: Account, name: OwnClaim): string {
  const value = claims[name]
  return typeof value === 'string' ? value : ''
}
