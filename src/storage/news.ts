import type { News } from '../domain/news.ts'
import { insertAuditEvent } from './audit-events.ts'
import { insertMessage } from './outbox.ts'
import type { Statement } from './sql.ts'

/** The statements that put news on record and queue it, beside the change that it tells of. */
export function insertNews({ event, notices = [] }: News): readonly Statement[] {
  return [...(event === undefined ? [] : [insertAuditEvent(event)]), ...notices.map(insertMessage)]
}
