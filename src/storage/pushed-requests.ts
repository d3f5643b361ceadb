import type { PushedRequest, PushedRequests } from '../domain/pushed-request.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, fromJson, present, toJson } from './column.ts'
import type { Database, Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`pushed_request_id, reference_hash, client_id, parameters, created_at, expires_at, spent_at`

/** Opens the pushed authorization requests. */
export function openPushedRequests(database: Database): PushedRequests {
  return {
    async create(request, keep_until) {
      await database.write(sql`
        insert into pushed_requests (pushed_request_id, reference_hash, client_id, parameters, created_at, expires_at,
          delete_after)
        values (${request.pushed_request_id}, ${request.reference_hash}, ${request.client_id},
          ${toJson(request.parameters)}, ${request.created_at}, ${request.expires_at},
          ${rounded(keep_until, request.created_at)})`)
    },

    async find(pushed_request_id) {
      if (!canBeKey(pushed_request_id)) return undefined
      const [row] = await database.read(
        sql`select ${columns} from pushed_requests where pushed_request_id = ${pushed_request_id}`,
      )
      return row && pushedRequestFrom(row)
    },
  }
}

/** The statement that spends a pushed request with its answer: it returns a row for one caller only. */
export function spendPushedRequest(pushed_request_id: string, at: EpochSeconds): Statement {
  return sql`
    update pushed_requests set spent_at = ${at}
    where pushed_request_id = ${pushed_request_id} and spent_at is null returning pushed_request_id`
}

/** Tells whether a pushed request, if there is one, is answered, or was never there. */
export async function isSpent(database: Database, pushed_request_id: string | undefined): Promise<boolean> {
  if (pushed_request_id === undefined) return false
  const unspent = await database.read(sql`
    select pushed_request_id from pushed_requests where pushed_request_id = ${pushed_request_id} and spent_at is null`)
  return unspent.length === 0
}

function pushedRequestFrom(row: Row): PushedRequest {
  return {
    pushed_request_id: text(row, 'pushed_request_id'),
    reference_hash: text(row, 'reference_hash'),
    client_id: text(row, 'client_id'),
    parameters: fromJson(text(row, 'parameters')),
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
    ...present('spent_at', optionalInteger(row, 'spent_at')),
  }
}
