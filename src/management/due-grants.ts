/** Ends grants that are due: those that nobody has used for long, and those whose time ran out while they were paused. */
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'
import { findToTell, type Clients } from '../domain/client.ts'
import type { EventLog } from '../domain/event-log.ts'
import type { Grants, GrantUse } from '../domain/grant.ts'
import { unwrittenFor } from '../domain/grant-use.ts'
import { audienceFor, noticesOf, type Audience } from '../domain/notice.ts'
import { auditEventOf } from './operator.ts'

/** What ending them takes. */
export interface DueGrantParts {
  readonly grants: Grants
  readonly clients: Pick<Clients, 'find' | 'findStored'>
  readonly clock: Clock
  readonly log: EventLog
  readonly audience: Audience
  /** `grant_idle`: how long a grant may stay unused. */
  readonly settings: { readonly lifetimes: { readonly grant_idle: Seconds } }
}

/** How many grants are ended at most before others get their turn. */
const batch = 100

/**
 * Ends one batch of grants that are due, each with its audit event and what others are told of it.
 *
 * @returns how many ended; 0 when none is due, or while another node does it
 */
export async function endDueGrants(parts: DueGrantParts): Promise<number> {
  const at = parts.clock()
  // A use that another node has not written yet counts.
  const idle_since = at - parts.settings.lifetimes.grant_idle - unwrittenFor
  const due = await parts.grants.listDue({ at, idle_since, limit: batch })
  const outcomes = await Promise.all(due.map((grant) => endOne(grant, at, parts)))
  return outcomes.filter((outcome) => outcome === 'ended').length
}

async function endOne(grant: GrantUse, at: EpochSeconds, parts: DueGrantParts): Promise<'ended' | 'not_due'> {
  const { grant_id, account_id, client_id, expires_at } = grant
  const reason = expires_at !== undefined && expires_at <= at ? 'expired' : 'unused'
  // One that runs out while it can be used was given with that end; one that was paused may have been forgotten.
  const isNews = reason === 'unused' || grant.paused_at !== undefined
  const audience = audienceFor(await findToTell(client_id, parts), parts.audience)
  const about = { account_id, client_id, grant_id, detail: { by: 'server', reason } }
  const outcome = await parts.grants.endDue(grant, reason, {
    event: auditEventOf('grant_ended', about, { actor: 'server', clock: parts.clock }),
    notices: isNews ? noticesOf({ type: 'grant_ended', grant, reason }, audience, at) : [],
  })
  if (outcome === 'ended') parts.log.info('grant_ended', { grant_id, account_id, client_id, reason })
  return outcome
}
