/** Grants: what people allowed clients, as an operator sees and ends them. */
import type { Grants, GrantUse } from '../domain/grant.ts'
import { noticesOf, type Audience } from '../domain/notice.ts'
import { auditEventOf, type OperatorParts } from './operator.ts'

/** What managing grants takes. */
export interface GrantManagementParts extends OperatorParts {
  readonly grants: Grants
  readonly audience: Audience
}

/** Which grants to list. */
export interface GrantFilter {
  readonly account_id?: string
  readonly client_id?: string
  /** At most so many, the newest first. */
  readonly limit: number
}

/** Lists grants that have not ended. */
export async function listGrants(filter: GrantFilter, parts: GrantManagementParts): Promise<readonly GrantUse[]> {
  if (filter.account_id === undefined) return parts.grants.list(filter.limit, filter.client_id)
  return (await parts.grants.listByAccount(filter.account_id, filter.client_id)).slice(0, filter.limit)
}

/** Ends a grant, and with it every code and token of it. */
export async function endGrant(
  grant_id: string,
  parts: GrantManagementParts,
): Promise<'ended' | 'already_ended' | 'unknown'> {
  const grant = await parts.grants.find(grant_id)
  if (grant === undefined) return 'unknown'
  if (grant.ended_at !== undefined) return 'already_ended'
  const { account_id, client_id } = grant
  const reason = 'ended_by_operator'
  const about = { account_id, client_id, grant_id, detail: { by: 'operator', reason } }
  const event = auditEventOf('grant_ended', about, parts)
  const notices = noticesOf({ type: 'grant_ended', grant, reason }, parts.audience, event.at)
  return parts.grants.end(grant_id, reason, event.at, { event, notices })
}
