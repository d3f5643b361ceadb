import { noticesOf } from '../domain/notice.ts'
import type { Grant } from '../domain/grant.ts'
import type { HttpRequest } from '../http/message.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { eventBy } from './account-news.ts'

/** Ends a grant for the person it is of, and with it every code and token of it. */
export async function endGrant(
  grant: Grant,
  request: HttpRequest,
  parts: Pick<ProtocolParts, 'grants' | 'audience' | 'clock' | 'log'>,
): Promise<'ended' | 'already_ended'> {
  const { grant_id, account_id, client_id } = grant
  const at = parts.clock()
  const reason = 'removed_by_person'
  const what = { event: 'grant_ended', client_id, grant_id, detail: { by: 'person', reason } }
  const outcome = await parts.grants.end(grant_id, reason, at, {
    event: eventBy(account_id, what, request, at),
    notices: noticesOf({ type: 'grant_ended', grant, reason }, parts.audience, at),
  })
  const { request_id } = request
  if (outcome === 'ended') parts.log.info('grant_ended', { grant_id, account_id, client_id, request_id })
  return outcome
}
