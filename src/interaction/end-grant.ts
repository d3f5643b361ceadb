import { noticesOf } from '../domain/notice.ts'
import type { Grant } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import type { HttpRequest } from '../http/message.ts'
import type { ProtocolParts } from '../protocol/parts.ts'

/** Ends a grant for the person it is of, and with it every code and token of it. */
export async function endGrant(
  grant: Grant,
  { address, request_id }: HttpRequest,
  parts: Pick<ProtocolParts, 'grants' | 'audience' | 'clock' | 'log'>,
): Promise<'ended' | 'already_ended'> {
  const { grant_id, account_id, client_id } = grant
  const at = parts.clock()
  const reason = 'removed_by_person'
  const who = { actor: `account:${account_id}`, account_id, client_id, grant_id, address, request_id }
  const outcome = await parts.grants.end(grant_id, reason, at, {
    event: { event_id: newId(), at, event: 'grant_ended', ...who, detail: { by: 'person', reason } },
    notices: noticesOf({ type: 'grant_ended', grant, reason }, parts.audience, at),
  })
  if (outcome === 'ended') parts.log.info('grant_ended', { grant_id, account_id, client_id, request_id })
  return outcome
}
