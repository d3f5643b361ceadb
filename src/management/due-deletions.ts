/** Deletes the accounts whose owners asked for it, once the time to change their mind is over. */
import type { Clock } from '../kernel/time.ts'
import type { Accounts } from '../domain/account.ts'
import type { EventLog } from '../domain/event-log.ts'
import { auditEventOf } from './operator.ts'

/** What deleting them takes. */
export interface DueDeletionParts {
  readonly accounts: Pick<Accounts, 'listDeletionsDue' | 'deleteDue'>
  readonly clock: Clock
  readonly log: EventLog
}

/** How many accounts are deleted at most before others get their turn. */
const batch = 100

/**
 * Deletes one batch of accounts that are due, each with its audit event. A person who decides to keep their account
 * meanwhile wins.
 *
 * @returns how many went; 0 when none is due, or while another node does it
 */
export async function deleteDueAccounts({ accounts, clock, log }: DueDeletionParts): Promise<number> {
  const at = clock()
  const due = await accounts.listDeletionsDue(at, batch)
  const outcomes = await Promise.all(
    due.map(async (account_id) => {
      const about = { account_id, detail: { by: 'person' } }
      const event = auditEventOf('account_deleted', about, { actor: 'server', clock })
      const outcome = await accounts.deleteDue(account_id, at, { event })
      if (outcome === 'deleted') log.info('account_deleted', { account_id })
      return outcome
    }),
  )
  return outcomes.filter((outcome) => outcome === 'deleted').length
}
