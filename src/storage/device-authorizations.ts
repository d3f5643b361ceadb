import {
  slowDown,
  type DeviceAuthorization,
  type DeviceAuthorizations,
  type DeviceDecision,
} from '../domain/device-authorization.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, checkKey, fromJson, present, toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import type { Database, Row } from './database.ts'
import { afterReplay } from './delete-after.ts'
import { integer, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`device_id, client_id, device_hash, user_code_hash, asked, created_at, expires_at, poll_interval,
  session_id, decision, authorization_id`

/** Opens the device authorizations. Each step in the life of one is a single conditional statement. */
export function openDeviceAuthorizations(database: Database): DeviceAuthorizations {
  const find = async (which: Statement): Promise<DeviceAuthorization | undefined> => {
    const [row] = await database.read(sql`select ${columns} from device_authorizations where ${which}`)
    return row && deviceFrom(row)
  }
  return {
    async create(device) {
      const { device_id, client_id, permissions, bindings, created_at, expires_at } = device
      checkKey('client_id', client_id)
      const created = await database.write(sql`
        insert into device_authorizations (device_id, client_id, device_hash, user_code_hash, asked, created_at,
          expires_at, poll_interval, delete_after)
        values (${device_id}, ${client_id}, ${device.device_hash}, ${device.user_code_hash},
          ${toJson({ permissions, bindings })}, ${created_at}, ${expires_at}, ${device.poll_interval},
          ${afterReplay(expires_at, created_at)})
        on conflict (user_code_hash) do nothing returning device_id`)
      return created.length > 0 ? 'created' : 'taken'
    },

    findByUserCode: (user_code_hash) => find(sql`user_code_hash = ${user_code_hash}`),

    async find(device_id) {
      return canBeKey(device_id) ? find(sql`device_id = ${device_id}`) : undefined
    },

    async poll(device_id, at) {
      const due = await consumeOnce(
        database,
        sql`update device_authorizations set polled_at = ${at}
          where device_id = ${device_id} and (polled_at is null or polled_at + poll_interval <= ${at})
          returning device_id`,
      )
      if (due !== undefined) return 'due'
      await database.write(sql`
        update device_authorizations set polled_at = ${at}, poll_interval = poll_interval + ${slowDown}
        where device_id = ${device_id}`)
      return 'early'
    },

    async enter({ device_id, account_id, session_id }, at) {
      const entered = await consumeOnce(
        database,
        sql`update device_authorizations set account_id = ${account_id}, session_id = ${session_id}
          where device_id = ${device_id} and decision is null and expires_at > ${at}
            and (account_id is null or account_id = ${account_id})
          returning device_id`,
      )
      if (entered !== undefined) return 'entered'
      const ended = await consumeOnce(
        database,
        sql`update device_authorizations set expires_at = ${at}
          where device_id = ${device_id} and decision is null and expires_at > ${at} returning device_id`,
      )
      return ended === undefined ? 'over' : 'of_another'
    },
  }
}

/** The statement that answers a device: it returns a row once, and only for the session that entered the code. */
export function decideDevice(decided: DeviceDecision, at: EpochSeconds): Statement {
  const { device_id, session_id, decision, authorization_id } = decided
  return sql`
    update device_authorizations set decision = ${decision}, authorization_id = ${authorization_id ?? null}
    where device_id = ${device_id} and session_id = ${session_id} and decision is null and expires_at > ${at}
    returning device_id`
}

/** Tells whether a device can be answered by that session no more: it has its answer, or its code is over or another's. */
export async function isAnswered(
  database: Database,
  { device_id, session_id }: DeviceDecision,
  at: EpochSeconds,
): Promise<boolean> {
  const open = await database.read(sql`
    select device_id from device_authorizations
    where device_id = ${device_id} and session_id = ${session_id} and decision is null and expires_at > ${at}`)
  return open.length === 0
}

function deviceFrom(row: Row): DeviceAuthorization {
  return {
    ...fromJson<Pick<DeviceAuthorization, 'permissions' | 'bindings'>>(text(row, 'asked')),
    device_id: text(row, 'device_id'),
    client_id: text(row, 'client_id'),
    device_hash: text(row, 'device_hash'),
    user_code_hash: text(row, 'user_code_hash'),
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
    poll_interval: integer(row, 'poll_interval'),
    ...present('session_id', optionalText(row, 'session_id')),
    ...present('decision', optionalText(row, 'decision') as DeviceAuthorization['decision']),
    ...present('authorization_id', optionalText(row, 'authorization_id')),
  }
}
