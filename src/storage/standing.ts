/** An authorization with its grant, account and session: one statement, four look-ups by primary key. */
import type { Account } from '../domain/account.ts'
import type { Grant } from '../domain/grant.ts'
import type { Session } from '../domain/session.ts'
import { accountReader } from './accounts.ts'
import type { Row } from './database.ts'
import { grantReader } from './grants.ts'
import { sessionReader } from './sessions.ts'
import { sql, type Statement } from './sql.ts'

/**
 * The statement that reads an authorization with all it hangs on. A grant or session of somebody else than the
 * authorization names, or of another client, is none.
 */
export function selectStanding(authorization_id: string): Statement {
  return sql`
    select a.authorization_id, a.grant_id, a.account_id, a.client_id, a.session_id, a.session_bound, a.authorized,
      a.created_at, a.expires_at, a.code_hash, a.code_expires_at, a.redeemed_at, a.refresh_hash, a.refresh_expires_at,
      a.last_used_at, a.refresh_cnf, a.replaced, a.earlier, a.ended_at, a.end_reason,
      g.permissions as grant_permissions, g.kind as grant_kind, g.access_for as grant_access_for,
      g.granted_at as grant_granted_at, g.expires_at as grant_expires_at, g.paused_at as grant_paused_at, g.ended_at as grant_ended_at,
      g.end_reason as grant_end_reason, g.revision as grant_revision,
      p.sub as account_sub, p.username as account_username, p.password_hash as account_password_hash,
      p.claims as account_claims, p.disabled as account_disabled, p.created_at as account_created_at,
      p.updated_at as account_updated_at, p.authorizations_since as account_authorizations_since,
      s.session_hash, s.auth_time as session_auth_time, s.amr as session_amr, s.acr as session_acr,
      s.created_at as session_created_at, s.last_seen_at as session_last_seen_at,
      s.idle_expires_at as session_idle_expires_at, s.expires_at as session_expires_at,
      s.ended_at as session_ended_at, s.address as session_address, s.user_agent as session_user_agent
    from authorizations a
    left join grants g on g.grant_id = a.grant_id and g.account_id = a.account_id and g.client_id = a.client_id
    left join accounts p on p.account_id = a.account_id and p.deleted_at is null
    left join sessions s on s.session_id = a.session_id and s.account_id = a.account_id
    where a.authorization_id = ${authorization_id}`
}

const grantFrom = grantReader('grant_')
const accountFrom = accountReader('account_')
const sessionFrom = sessionReader('session_')

/** The grant in a row of `selectStanding`; undefined when it is gone. */
export function grantOfStanding(row: Row): Grant | undefined {
  return row['grant_permissions'] === null ? undefined : grantFrom(row)
}

/** The account in a row of `selectStanding`; undefined when it was deleted. */
export function accountOfStanding(row: Row): Account | undefined {
  return row['account_sub'] === null ? undefined : accountFrom(row)
}

/** The session in a row of `selectStanding`; undefined when it is gone. */
export function sessionOfStanding(row: Row): Session | undefined {
  return row['session_hash'] === null ? undefined : sessionFrom(row)
}
