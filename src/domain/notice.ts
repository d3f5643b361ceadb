/** Who is told of what becomes of a grant: its person by mail, the operator's own systems by webhook. */
import { newId } from '../kernel/ids.ts'
import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Grant, GrantEnd, Permission } from './grant.ts'
import type { OutboxMessage } from './outbox.ts'

/** Who wants to be told, as configured. */
export interface Audience {
  /** Whether mail can be sent at all. */
  readonly mail: boolean
  /** The URLs of the webhooks. */
  readonly webhooks: readonly string[]
}

/** What became of a grant. */
export type GrantEvent =
  | { readonly type: 'grant_given'; readonly grant: Grant }
  | { readonly type: 'grant_changed'; readonly grant: Grant; readonly added: readonly Permission[] }
  | { readonly type: 'grant_ended'; readonly grant: Grant; readonly reason: GrantEnd }

/** What a message of the kind `mail` holds. */
export interface LetterNotice {
  readonly type: 'grant_given' | 'grant_changed'
  readonly grant_id: string
  /** What the client may do that it could not before. */
  readonly permissions: readonly Permission[]
}

/** What a message of the kind `webhook` holds. */
export interface SystemNotice {
  readonly url: string
  readonly at: EpochSeconds
  readonly type: GrantEvent['type']
  readonly account_id: string
  /** The grant as the receiver is told of it. */
  readonly grant: Readonly<Record<string, Json>>
  readonly reason?: GrantEnd
}

/** Makes the messages that tell of an event: none for whom nothing is configured. */
export function noticesOf(event: GrantEvent, { mail, webhooks }: Audience, at: EpochSeconds): readonly OutboxMessage[] {
  const toSystems = webhooks.map((url) => message('webhook', { url, at, ...about(event) }, at))
  const added =
    event.type === 'grant_given' ? event.grant.permissions : event.type === 'grant_changed' ? event.added : []
  const isNews = event.type === 'grant_given' || added.length > 0
  if (!mail || !isNews) return toSystems
  const { grant_id } = event.grant
  return [...toSystems, message('mail', { type: event.type, grant_id, permissions: spelled(added) }, at)]
}

function message(kind: OutboxMessage['kind'], payload: OutboxMessage['payload'], at: EpochSeconds): OutboxMessage {
  return { message_id: newId(), kind, payload, queued_at: at }
}

function about({ type, grant, ...more }: GrantEvent): OutboxMessage['payload'] {
  const { grant_id, account_id, client_id, kind, permissions, expires_at } = grant
  const what = { grant_id, client_id, kind, permissions: spelled(permissions) }
  return {
    type,
    account_id,
    grant: { ...what, ...(expires_at !== undefined && { expires_at }) },
    ...('reason' in more && { reason: more.reason }),
  }
}

function spelled(permissions: readonly Permission[]) {
  return permissions.map(({ scope, resource, claim, detail }) => ({
    scope,
    ...(resource !== undefined && { resource }),
    ...(claim !== undefined && { claim }),
    ...(detail !== undefined && { detail }),
  }))
}
