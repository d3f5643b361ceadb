/** What goes on record with what a person does to their own account, and the letter that tells them of it. */
import { newId } from '../kernel/ids.ts'
import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { accountNotice, type AccountNews } from '../domain/notice.ts'
import type { News } from '../domain/news.ts'
import type { HttpRequest } from '../http/message.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { wordsFor } from './language.ts'

/** What was done. */
export interface Deed {
  /** As the audit trail calls it. */
  readonly event: string
  readonly account_id: string
  /** What else is on record; `by` is the person where nothing else is said. */
  readonly detail?: Readonly<Record<string, Json>>
  /** What the person is told by mail; absent: nothing. */
  readonly letter?: AccountNews
  /** Whose it is, as they were let do it: for what signs somebody in from then on ({@link News.proved}). */
  readonly proved?: Account
}

/** Makes the record and the letter of a deed, for the transaction that does it. */
export function newsOf(deed: Deed, request: HttpRequest, parts: ProtocolParts): News {
  const { event, account_id, detail, letter, proved } = deed
  const at = parts.clock()
  const language = wordsFor(request, parts).tag
  return {
    event: eventBy(account_id, { event, detail: { by: 'person', ...detail } }, request, at),
    ...(proved !== undefined && { proved }),
    notices: letter === undefined ? [] : accountNotice({ type: letter, account_id, language }, parts.audience, at),
  }
}

/** Makes the audit event of what a person did by a request. */
export function eventBy(
  account_id: string,
  what: Pick<AuditEvent, 'event' | 'client_id' | 'grant_id' | 'detail'>,
  { address, request_id }: Pick<HttpRequest, 'address' | 'request_id'>,
  at: EpochSeconds,
): AuditEvent {
  return { event_id: newId(), at, actor: `account:${account_id}`, account_id, ...what, address, request_id }
}
