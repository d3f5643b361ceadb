import type { AuditEvent } from './audit-event.ts'
import type { OutboxMessage } from './outbox.ts'

/** What goes on record with a change, and who is told of it: written in the transaction of the change, or not at all. */
export interface News {
  readonly event?: AuditEvent
  readonly notices?: readonly OutboxMessage[]
}
