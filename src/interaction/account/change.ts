/**
 * What a person changes about an access without asking the application: what it may do, until when, and whether for
 * now. What is changed counts from the next refresh, introspection or request for the person's particulars on, because
 * those read the grant; signed tokens that are out already say until their end what they said.
 */
import type { Parameters } from '../../kernel/parameters.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { findToTell, type Client } from '../../domain/client.ts'
import {
  changesBetween,
  grantIsLive,
  permissionKey,
  type Grant,
  type GrantChange,
  type Permission,
} from '../../domain/grant.ts'
import { audienceFor, noticesOf } from '../../domain/notice.ts'
import { isOptional } from '../../domain/optional-permission.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import { eventBy } from '../account-news.ts'
import { freshFor } from '../fresh.ts'
import { wordsFor } from '../language.ts'
import { clientViewOf } from '../who.ts'
import { changeableLengths, signedTokensUntil } from './applications.ts'
import type { AccountNotice } from './page.ts'

/** What the form of one access asks for. */
export interface Change {
  readonly action: 'change' | 'pause' | 'resume'
  readonly grant_id: string
  /** As the page showed the grant that is to be changed. */
  readonly revision: string | undefined
  /** Permissions that stay ticked, spelled by `permissionKey`. */
  readonly keeps: readonly string[]
  /** An `access_for`; anything else: as it is. */
  readonly access_for: string | undefined
}

/** What is told once it is done. */
const done = { change: 'changed', pause: 'paused', resume: 'resumed' } as const

/** Reads what a form asks to change; undefined when it asks for something else. */
export function readChange(form: Parameters): Change | undefined {
  for (const action of ['change', 'pause', 'resume'] as const) {
    const grant_id = form.get(action)
    if (grant_id === undefined) continue
    const keeps = form.all('permission')
    return { action, grant_id, revision: form.get('revision'), keeps, access_for: form.get('access_for') }
  }
  return undefined
}

/**
 * Changes an access for the person it is of. Of two tabs that change the same one, the second is told so.
 *
 * @returns what to tell; `sign_in_again` when more time was asked for and the sign-in is more than five minutes old:
 *   nothing is changed then
 */
export async function takeChange(
  change: Change,
  { session, account }: Answerer,
  request: HttpRequest,
  parts: ProtocolParts,
): Promise<AccountNotice | 'sign_in_again'> {
  const at = parts.clock()
  await parts.grantUses.write([change.grant_id])
  const { client_id } = (await parts.grants.find(change.grant_id)) ?? {}
  if (client_id === undefined) return { kind: 'already_ended' }
  // Looked for among this person's own grants alone: what is somebody else's is not there (SECURITY: AC-29).
  const held = await parts.grants.listByAccount(account.account_id, client_id)
  const before = held.find(({ grant_id, kind }) => grant_id === change.grant_id && kind === 'standing')
  if (before === undefined || !grantIsLive(before, at)) return { kind: 'already_ended' }
  if (change.revision !== String(before.revision)) return { kind: 'stale' }
  const [resources, client] = await Promise.all([parts.resources.list(), findToTell(before.client_id, parts)])
  const after = changed(before, change, { at, resources, client, lengths: changeableLengths(parts) })
  const how = changesBetween(before, after)
  // Somebody who finds a browser open can only take access away.
  const isFresh = at - session.auth_time <= freshFor
  if (how.includes('lengthened') && !isFresh) return 'sign_in_again'
  const dropped = before.permissions.filter((permission) => !after.permissions.includes(permission))
  if (after.permissions.length === 0 && dropped.length > 0) return { kind: 'nothing_left' }
  if (how.length === 0) return { kind: 'same' }
  if ((await store(after, { how, dropped, client }, request, parts)) === 'stale') return { kind: 'stale' }

  const lost = how.includes('paused') ? [before] : [{ ...before, permissions: dropped }]
  return {
    kind: done[change.action],
    client: await clientViewOf(before.client_id, wordsFor(request, parts).tag, parts),
    signed_tokens_until: await signedTokensUntil(lost, at, parts),
  }
}

/** The grant as its person wants it. */
function changed(
  before: Grant,
  { action, keeps, access_for }: Change,
  what: {
    readonly at: EpochSeconds
    readonly resources: readonly ProtectedResource[]
    readonly client: Client | undefined
    readonly lengths: readonly AccessFor[]
  },
): Grant {
  const { paused_at, ...running } = before
  if (action === 'pause') return { ...running, paused_at: paused_at ?? what.at }
  if (action === 'resume') return running
  const kept = (permission: Permission) =>
    !isOptional(permission, what.resources, what.client) || keeps.includes(permissionKey(permission))
  const narrowed = { ...before, permissions: before.permissions.filter(kept) }
  const length = what.lengths.find(({ value }) => value === access_for)
  if (length === undefined) return narrowed
  const { expires_at: _, ...endless } = narrowed
  const { value, seconds } = length
  return { ...endless, access_for: value, ...(seconds !== undefined && { expires_at: what.at + seconds }) }
}

async function store(
  after: Grant,
  { how, dropped, client }: Changes,
  request: HttpRequest,
  parts: ProtocolParts,
): Promise<'changed' | 'stale'> {
  const { grant_id, account_id, client_id, expires_at } = after
  const at = parts.clock()
  const grant = { ...after, revision: after.revision + 1 }
  const what = { by: 'person', how, dropped: dropped.map(permissionKey), expires_at }
  const event = eventBy(account_id, { event: 'grant_changed', client_id, grant_id, detail: what }, request, at)
  const news = { type: 'grant_changed', grant, how, added: [] } as const
  const outcome = await parts.grants.change(grant, event, noticesOf(news, audienceFor(client, parts.audience), at))
  const { request_id } = request
  if (outcome === 'changed') parts.log.info('grant_changed', { grant_id, account_id, client_id, how, request_id })
  return outcome
}

/** What is different about a grant, and whose it is. */
interface Changes {
  readonly how: readonly GrantChange[]
  readonly dropped: readonly Permission[]
  readonly client: Client | undefined
}
