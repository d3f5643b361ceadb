import type { SigningKey, SigningKeys } from '../domain/signing-key.ts'
import { canBeKey, checkKey, fromJson, present, toJson } from './column.ts'
import type { Database, Row } from './database.ts'
import { strictly } from './recent.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql } from './sql.ts'

/**
 * Opens the signing keys, private halves sealed as they are given.
 *
 * @param reads where they are read
 */
export function openSigningKeys(database: Database, reads = strictly(database)): SigningKeys {
  return {
    async list() {
      const rows = await reads.read(sql`
        select kid, alg, public_jwk, sealed_private_jwk, created_at, active_from, retired_at from signing_keys
        order by active_from, kid`)
      return rows.map(keyFrom)
    },

    async create(key, options) {
      checkKey('kid', key.kid)
      // Two nodes that both find no key are told apart by the unique first_of, not by what either of them saw.
      const rows =
        options === undefined
          ? await database.write(sql`
              insert into signing_keys (kid, alg, public_jwk, sealed_private_jwk, created_at, active_from, retired_at)
              values (${key.kid}, ${key.alg}, ${toJson(key.public_jwk)}, ${key.sealed_private_jwk}, ${key.created_at},
                ${key.active_from}, ${key.retired_at ?? null})
              on conflict (kid) do nothing returning kid`)
          : await database.write(sql`
              insert into signing_keys (kid, alg, first_of, public_jwk, sealed_private_jwk, created_at, active_from,
                retired_at)
              select ${key.kid}, ${key.alg}, ${options.firstOf}, ${toJson(key.public_jwk)}, ${key.sealed_private_jwk},
                ${key.created_at}, ${key.active_from}, ${key.retired_at ?? null}
              where not exists (select 1 from signing_keys where alg = ${options.firstOf})
              on conflict do nothing returning kid`)
      reads.forget()
      return rows.length === 0 ? 'exists' : 'created'
    },

    async retire(kid, retired_at) {
      if (!canBeKey(kid)) return 'unknown'
      const rows = await database.write(
        sql`update signing_keys set retired_at = ${retired_at} where kid = ${kid} returning kid`,
      )
      reads.forget()
      return rows.length === 0 ? 'unknown' : 'retired'
    },

    async delete(kid) {
      if (!canBeKey(kid)) return 'unknown'
      const rows = await database.write(sql`delete from signing_keys where kid = ${kid} returning kid`)
      reads.forget()
      return rows.length === 0 ? 'unknown' : 'deleted'
    },
  }
}

function keyFrom(row: Row): SigningKey {
  return {
    kid: text(row, 'kid'),
    alg: text(row, 'alg') as SigningKey['alg'],
    public_jwk: fromJson(text(row, 'public_jwk')),
    sealed_private_jwk: text(row, 'sealed_private_jwk'),
    created_at: integer(row, 'created_at'),
    active_from: integer(row, 'active_from'),
    ...present('retired_at', optionalInteger(row, 'retired_at')),
  }
}
