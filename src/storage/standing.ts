/** An authorization with its grant, account and session: one statement, four look-ups by primary key. */
import type { StandingAccount, StandingGrant, StandingSession } from '../domain/authorization.ts'
import { fromJson, present } from './column.ts'
import type { Row } from './database.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

/** What `grantOfStanding` reads of `grants g`. */
export const grantColumns = sql`g.permissions as grant_permissions, g.kind as grant_kind,
  g.granted_at as grant_granted_at, g.expires_at as grant_expires_at, g.paused_at as grant_paused_at,
  g.ended_at as grant_ended_at`

/** A session that was replaced ends with the one in its place, also where a node that knows of no such place ends that one. */
const sessionEndedAt = sql`coalesce(s.ended_at,
  (select ended_at from sessions where sessions.session_id = s.replaced_by))`

/** What is judged or told of an authorization and all it hangs on, and no more: each column costs as much as a look-up. */
const columns = sql`a.authorization_id, a.grant_id, a.account_id, a.client_id, a.session_id, a.session_bound,
  a.authorized, a.created_at, a.expires_at, a.code_hash, a.code_expires_at, a.redeemed_at, a.refresh_hash,
  a.refresh_expires_at, a.last_used_at, a.refresh_cnf, a.replaced, a.earlier, a.ended_at, a.end_reason,
  ${grantColumns},
  p.sub, p.username, p.claims, p.disabled, p.authorizations_since, p.updated_at,
  s.session_id as live_session_id, s.idle_expires_at as session_idle_expires_at,
  s.expires_at as session_expires_at, ${sessionEndedAt} as session_ended_at`

/** A grant or session of somebody else than the authorization names, or of another client, is none. */
const joins = sql`
  left join grants g on g.grant_id = a.grant_id and g.account_id = a.account_id and g.client_id = a.client_id
  left join accounts p on p.account_id = a.account_id and p.deleted_at is null
  left join sessions s on s.session_id = a.session_id and s.account_id = a.account_id`

/** The statement that reads an authorization with all it hangs on. */
export function selectStanding(authorization_id: string): Statement {
  return sql`select ${columns} from authorizations a ${joins} where a.authorization_id = ${authorization_id}`
}

/** The statement that reads an opaque access token with all it hangs on; `token_` stands before its own columns. */
export function selectTokenStanding(token_id: string): Statement {
  return sql`
    select t.token_id, t.token_hash, t.authorization_id as token_authorization_id, t.client_id as token_client_id,
      t.claims as token_claims, t.expires_at as token_expires_at, ${columns}
    from access_tokens t left join authorizations a on a.authorization_id = t.authorization_id ${joins}
    where t.token_id = ${token_id}`
}

/** The statement that reads whether a signed access token was revoked, and all it hangs on: always one row. */
export function selectSignedStanding(jti: string, authorization_id: string): Statement {
  return sql`
    select revoked_tokens.jti as revoked_jti, ${columns}
    from (select 1 as one) as token left join revoked_tokens on revoked_tokens.jti = ${jti}
    left join authorizations a on a.authorization_id = ${authorization_id} ${joins}`
}

/** The grant in a row with `grantColumns`; undefined when it is gone. */
export function grantOfStanding(row: Row): StandingGrant | undefined {
  const permissions = optionalText(row, 'grant_permissions')
  if (permissions === undefined) return undefined
  return {
    permissions: fromJson(permissions),
    kind: text(row, 'grant_kind') as StandingGrant['kind'],
    granted_at: integer(row, 'grant_granted_at'),
    ...present('expires_at', optionalInteger(row, 'grant_expires_at')),
    ...present('paused_at', optionalInteger(row, 'grant_paused_at')),
    ...present('ended_at', optionalInteger(row, 'grant_ended_at')),
  }
}

/** The account in a row of `selectStanding`; undefined when it was deleted. */
export function accountOfStanding(row: Row): StandingAccount | undefined {
  const sub = optionalText(row, 'sub')
  if (sub === undefined) return undefined
  return {
    sub,
    username: text(row, 'username'),
    claims: fromJson(text(row, 'claims')),
    disabled: integer(row, 'disabled') === 1,
    updated_at: integer(row, 'updated_at'),
    ...present('authorizations_since', optionalInteger(row, 'authorizations_since')),
  }
}

/** The session in a row of `selectStanding`; undefined when it is gone. */
export function sessionOfStanding(row: Row): StandingSession | undefined {
  const session_id = optionalText(row, 'live_session_id')
  if (session_id === undefined) return undefined
  return {
    session_id,
    idle_expires_at: integer(row, 'session_idle_expires_at'),
    expires_at: integer(row, 'session_expires_at'),
    ...present('ended_at', optionalInteger(row, 'session_ended_at')),
  }
}
