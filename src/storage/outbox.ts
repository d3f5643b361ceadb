import { outboxLease, outboxPatience, type ClaimedMessage, type Outbox, type OutboxMessage } from '../domain/outbox.ts'
import { fromJson, toJson } from './column.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { consumeOnce } from './consume-once.ts'
import type { Database, Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { integer, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

/** Opens the outbox. */
export function openOutbox(database: Database): Outbox {
  return {
    async claim(kind, limit, at) {
      const due = await database.read(sql`
        select message_id from outbox where kind = ${kind} and next_at <= ${at} order by next_at limit ${limit}`)
      // Each by a statement that decides for itself: another node may have picked the same ones.
      const claimed = await Promise.all(
        due.map((row) =>
          consumeOnce(
            database,
            sql`update outbox set attempts = attempts + 1, next_at = ${at + outboxLease}
              where message_id = ${text(row, 'message_id')} and next_at <= ${at}
              returning message_id, kind, payload, queued_at, attempts`,
          ),
        ),
      )
      return claimed.flatMap((row) => (row === undefined ? [] : [claimedFrom(row)]))
    },

    async postpone({ message_id, attempts }, next_at) {
      await database.write(sql`
        update outbox set next_at = ${next_at} where message_id = ${message_id} and attempts = ${attempts}`)
    },

    async remove({ message_id, attempts }) {
      await database.write(sql`delete from outbox where message_id = ${message_id} and attempts = ${attempts}`)
    },
  }
}

/** The statement that queues a message, in the transaction of what it tells of. */
export function insertMessage({ message_id, kind, payload, queued_at }: OutboxMessage): Statement {
  // Longer than delivery is tried: the sweeper takes only what nobody tries to deliver any more.
  const delete_after = rounded(queued_at + 2 * outboxPatience, queued_at)
  return sql`
    insert into outbox (message_id, kind, payload, queued_at, attempts, next_at, delete_after)
    values (${message_id}, ${kind}, ${toJson(payload)}, ${queued_at}, ${0}, ${queued_at}, ${delete_after})`
}

/**
 * The statement that queues what clients are told of sessions that end, in the transaction that ends them: the messages
 * lie ready in `session_clients`. A session that two end at once is told of once.
 *
 * @param which the condition on `session_clients`
 */
export function queueSignOuts(which: Statement, at: EpochSeconds): Statement {
  return sql`
    insert into outbox (message_id, kind, payload, queued_at, attempts, next_at, delete_after)
    select message_id, 'logout_token', message, ${at}, 0, ${at}, ${rounded(at + 2 * outboxPatience, at)}
    from session_clients where ${which}
    on conflict (message_id) do nothing`
}

function claimedFrom(row: Row): ClaimedMessage {
  return {
    message_id: text(row, 'message_id'),
    kind: text(row, 'kind') as ClaimedMessage['kind'],
    payload: fromJson(text(row, 'payload')),
    queued_at: integer(row, 'queued_at'),
    attempts: integer(row, 'attempts'),
  }
}
