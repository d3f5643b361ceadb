import type { ProvedAccount } from './account.ts'
import type { AuditEvent } from './audit-event.ts'
import type { OutboxMessage } from './outbox.ts'

/** What goes on record with a change, and who is told of it: written in the transaction of the change, or not at all. */
export interface News {
  readonly event?: AuditEvent
  readonly notices?: readonly OutboxMessage[]
  /**
   * The account as its person was let do it, for what signs somebody in from then on: a password, a factor, an address.
   * Where the account is in another state by now it is not done, or whoever was put out in between would be back
   * (AC-15).
   */
  readonly proved?: ProvedAccount
}
