/** Who is told of what becomes of a grant or an account: its person by mail, the operator's own systems by webhook. */
import type { Json } from '../kernel/binding.ts'
import type { Language } from '../kernel/language.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Client } from './client.ts'
import {
  addedBy,
  changesBetween,
  grantIsLive,
  type Grant,
  type GrantChange,
  type GrantEnd,
  type Permission,
} from './grant.ts'
import { newMessage, type OutboxMessage } from './outbox.ts'

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
  | {
      readonly type: 'grant_changed'
      readonly grant: Grant
      readonly how: readonly GrantChange[]
      /** What the client may do that it could not before. */
      readonly added: readonly Permission[]
    }
  | { readonly type: 'grant_ended'; readonly grant: Grant; readonly reason: GrantEnd }

/** What a decision makes of a grant. */
export type GrantDecided = Exclude<GrantEvent, { readonly type: 'grant_ended' }>

/**
 * Tells what a decision makes of a grant: a client gets in, or what it may do changes.
 *
 * @param held the grant before it; one whose time was over lets nobody in any more
 */
export function decidedEvent(grant: Grant, held: Grant | undefined, at: EpochSeconds): GrantDecided {
  if (held === undefined || !grantIsLive(held, at)) return { type: 'grant_given', grant }
  return { type: 'grant_changed', grant, added: addedBy(held, grant), how: changesBetween(held, grant) }
}

/** What the record of a decision says of it, for whoever follows the audit events. */
export function becameOf(event: GrantDecided): Readonly<Record<string, Json>> {
  return { became: event.type, ...(event.type === 'grant_changed' && { how: event.how }) }
}

/** What a letter tells: who got in or may do more, and what ended although nobody had asked for it. */
export type Letter =
  'grant_given' | 'grant_widened' | 'grant_lengthened' | 'grant_resumed' | 'grant_unused' | 'grant_expired'

/** What a message of the kind `mail` holds. */
export interface LetterNotice {
  readonly type: Letter
  readonly grant_id: string
  /** What it is about: of a grant that was widened, what the client may do that it could not before. */
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
  readonly how?: readonly GrantChange[]
  readonly reason?: GrantEnd
}

/** Says who is told of a client: people need no news of what belongs to the operator. */
export function audienceFor(client: Pick<Client, 'first_party'> | undefined, audience: Audience): Audience {
  return client?.first_party === true ? { ...audience, mail: false } : audience
}

/** What a person is told of their own account, whoever did it. */
export const accountNews = [
  'password_changed',
  'password_changed_here',
  'passkey_added',
  'passkey_removed',
  'upstream_linked',
  'upstream_unlinked',
  'totp_added',
  'totp_removed',
  'recovery_codes_renewed',
  'sign_in_disowned',
  'deletion_asked',
  'factors_removed',
  'account_disabled',
  'account_enabled',
] as const

/** The name of one such piece of news. */
export type AccountNews = (typeof accountNews)[number]

/** What a message of the kind `mail` holds that tells a person what became of their own account. */
export interface AccountNotice {
  readonly type: AccountNews
  readonly account_id: string
  readonly language: Language
}

/** Makes the message that tells a person what became of their own account: none where no mail is sent. */
export function accountNotice(
  { type, account_id, language }: AccountNotice,
  { mail }: Audience,
  at: EpochSeconds,
): readonly OutboxMessage[] {
  return mail ? [newMessage('mail', { type, account_id, language }, at)] : []
}

/** Makes the messages that tell of an event: none for whom nothing is configured. */
export function noticesOf(event: GrantEvent, { mail, webhooks }: Audience, at: EpochSeconds): readonly OutboxMessage[] {
  const toSystems = webhooks.map((url) => newMessage('webhook', { url, at, ...about(event) }, at))
  const letter = letterOf(event)
  if (!mail || letter === undefined) return toSystems
  const { grant_id, permissions } = event.grant
  const about_what = event.type === 'grant_changed' && event.added.length > 0 ? event.added : permissions
  return [...toSystems, newMessage('mail', { type: letter, grant_id, permissions: spelled(about_what) }, at)]
}

/** Ends that nobody asked for. */
const endLetters: Partial<Record<GrantEnd, Letter>> = { unused: 'grant_unused', expired: 'grant_expired' }

/**
 * Which letter tells of an event. Whoever takes something away on their own page sees it there; what gives more is told
 * whichever browser it came from, since somebody else may have found it open.
 */
function letterOf(event: GrantEvent): Letter | undefined {
  switch (event.type) {
    case 'grant_given':
      return 'grant_given'
    case 'grant_changed':
      if (event.added.length > 0) return 'grant_widened'
      if (event.how.includes('lengthened')) return 'grant_lengthened'
      return event.how.includes('resumed') ? 'grant_resumed' : undefined
    case 'grant_ended':
      return endLetters[event.reason]
  }
}

function about({ type, grant, ...more }: GrantEvent): OutboxMessage['payload'] {
  const { grant_id, account_id, client_id, kind, permissions, expires_at } = grant
  const what = { grant_id, client_id, kind, permissions: spelled(permissions) }
  return {
    type,
    account_id,
    grant: { ...what, ...(expires_at !== undefined && { expires_at }) },
    ...('how' in more && more.how.length > 0 && { how: [...more.how] }),
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
