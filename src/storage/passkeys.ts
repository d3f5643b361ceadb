import type { Passkey, Passkeys } from '../domain/passkeys.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, checkKey, fromJson, present, toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import { decisive, type Database, type Row } from './database.ts'
import { insertNews } from './news.ts'
import { holdProved } from './proved.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`credential_id, account_id, public_key, counter, transports, kind, name, created_at, last_used_at`

/** Opens the passkeys. */
export function openPasskeys(database: Database): Passkeys {
  return {
    async find(credential_id) {
      if (!canBeKey(credential_id)) return undefined
      const [row] = await database.read(sql`select ${columns} from passkeys where credential_id = ${credential_id}`)
      return row && passkeyFrom(row)
    },

    async listByAccount(account_id) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from passkeys where account_id = ${account_id} order by created_at, credential_id`)
      return rows.map(passkeyFrom)
    },

    async create({ credential_id, account_id, public_key, counter, transports, kind, name, created_at }, news = {}) {
      checkKey('credential_id', credential_id)
      const outcome = await database.transaction([
        ...holdProved(news),
        decisive(sql`
          insert into passkeys (credential_id, account_id, public_key, counter, transports, kind, name, created_at)
          values (${credential_id}, ${account_id}, ${public_key}, ${counter}, ${toJson(transports)}, ${kind}, ${name},
            ${created_at})
          on conflict (credential_id) do nothing returning credential_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'already_there' : 'created'
    },

    async use(credential_id, counter, at) {
      if (!canBeKey(credential_id)) return 'cloned'
      const used = await consumeOnce(
        database,
        sql`update passkeys set counter = ${counter}, last_used_at = ${at}
          where credential_id = ${credential_id} and (counter < ${counter} or (counter = 0 and ${counter} = 0))
          returning credential_id`,
      )
      return used === undefined ? 'cloned' : 'used'
    },

    async rename(account_id, credential_id, name) {
      if (!canBeKey(account_id) || !canBeKey(credential_id)) return 'unknown'
      const renamed = await database.write(sql`
        update passkeys set name = ${name}
        where credential_id = ${credential_id} and account_id = ${account_id} returning credential_id`)
      return renamed.length === 0 ? 'unknown' : 'renamed'
    },

    async remove(account_id, credential_id, news = {}) {
      if (!canBeKey(account_id) || !canBeKey(credential_id)) return 'unknown'
      const outcome = await database.transaction([
        decisive(sql`
          delete from passkeys
          where credential_id = ${credential_id} and account_id = ${account_id} returning credential_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'unknown' : 'removed'
    },
  }
}

/** The statement that takes every passkey of an account. */
export function removePasskeysOfAccount(account_id: string): Statement {
  return sql`delete from passkeys where account_id = ${account_id}`
}

/** The statement that takes the passkeys of an account that were added at a moment or later. */
export function removePasskeysSince(account_id: string, since: EpochSeconds): Statement {
  return sql`delete from passkeys where account_id = ${account_id} and created_at >= ${since}`
}

function passkeyFrom(row: Row): Passkey {
  return {
    credential_id: text(row, 'credential_id'),
    account_id: text(row, 'account_id'),
    public_key: text(row, 'public_key'),
    counter: integer(row, 'counter'),
    transports: fromJson(text(row, 'transports')),
    kind: text(row, 'kind') === 'synced' ? 'synced' : 'device_bound',
    name: text(row, 'name'),
    created_at: integer(row, 'created_at'),
    ...present('last_used_at', optionalInteger(row, 'last_used_at')),
  }
}
