import type { AccessTokens, StoredAccessToken } from '../domain/access-token.ts'
import type { Standing } from '../domain/authorization.ts'
import { standingFrom } from './authorizations.ts'
import { canBeKey, checkKey, fromJson, present, toJson } from './column.ts'
import type { Database, Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { integer, optionalText, text } from './row.ts'
import { sql } from './sql.ts'
import { selectSignedStanding, selectTokenStanding } from './standing.ts'

/** Opens the opaque access tokens, and the list of signed ones that were revoked. */
export function openAccessTokens(database: Database): AccessTokens {
  return {
    async create(token) {
      await database.write(sql`
        insert into access_tokens (token_id, token_hash, authorization_id, client_id, claims, expires_at, delete_after)
        values (${token.token_id}, ${token.token_hash}, ${token.authorization_id ?? null}, ${token.client_id},
          ${toJson(token.claims)}, ${token.expires_at}, ${rounded(token.expires_at, token.expires_at)})`)
    },

    async find(token_id) {
      if (!canBeKey(token_id)) return undefined
      const [row] = await database.read(selectTokenStanding(token_id))
      return row && { token: tokenFrom(row), standing: foundStanding(row) }
    },

    async delete(token_id) {
      if (!canBeKey(token_id)) return
      await database.write(sql`delete from access_tokens where token_id = ${token_id}`)
    },

    async revoke(jti, expires_at) {
      checkKey('jti', jti)
      await database.write(sql`
        insert into revoked_tokens (jti, delete_after) values (${jti}, ${rounded(expires_at, expires_at)})
        on conflict (jti) do nothing`)
    },

    async findSigned(jti, authorization_id = '') {
      if (!canBeKey(jti) || !canBeKey(authorization_id)) return { revoked: false, standing: undefined }
      const [row = {}] = await database.read(selectSignedStanding(jti, authorization_id))
      return { revoked: row['revoked_jti'] !== null, standing: foundStanding(row) }
    },
  }
}

function foundStanding(row: Row): Standing | undefined {
  return row['authorization_id'] === null ? undefined : standingFrom(row)
}

function tokenFrom(row: Row): StoredAccessToken {
  return {
    token_id: text(row, 'token_id'),
    token_hash: text(row, 'token_hash'),
    client_id: text(row, 'token_client_id'),
    claims: fromJson(text(row, 'token_claims')),
    expires_at: integer(row, 'token_expires_at'),
    ...present('authorization_id', optionalText(row, 'token_authorization_id')),
  }
}
