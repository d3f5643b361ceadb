import type {
  Authorization,
  AuthorizationEnd,
  Authorizations,
  RefreshState,
  Standing,
} from '../domain/authorization.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Confirmation } from '../vocabulary/confirmation.ts'
import { insertAuditEvent } from './audit-events.ts'
import { canBeKey, flag, fromJson, present, toJson } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import { decisive, type Database, type Row } from './database.ts'
import { afterReplay, endedMemory, rounded } from './delete-after.ts'
import { isSpent, spendPushedRequest } from './pushed-requests.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'
import { insertSessionClient } from './sessions.ts'
import { accountOfStanding, grantOfStanding, selectStanding, sessionOfStanding } from './standing.ts'

/** Opens the authorizations. Each step in the life of one is a single conditional statement on a single row. */
export function openAuthorizations(database: Database): Authorizations {
  return {
    async create(authorization, { pushed_request_id, told } = {}) {
      const { created_at, token_expires_at } = authorization
      const bringsToken = token_expires_at !== undefined
      const outcome = await database.transaction([
        ...(pushed_request_id === undefined ? [] : [decisive(spendPushedRequest(pushed_request_id, created_at))]),
        bringsToken ? decisive(insertWhileStanding(authorization)) : insertAuthorization(authorization),
        ...(told === undefined ? [] : [insertSessionClient(told, created_at)]),
      ])
      if (outcome !== 'lost') return 'created'
      return (await isSpent(database, pushed_request_id)) ? 'already_decided' : 'lost'
    },

    async findStanding(authorization_id) {
      if (!canBeKey(authorization_id)) return undefined
      const [row] = await database.read(selectStanding(authorization_id))
      return row && standingFrom(row)
    },

    async redeem(authorization_id, refresh, delete_after, at) {
      if (!canBeKey(authorization_id)) return 'lost'
      const redeemed = await consumeOnce(
        database,
        sql`
          update authorizations set redeemed_at = ${at}, refresh_hash = ${refresh?.refresh_hash ?? null},
            refresh_expires_at = ${refresh?.refresh_expires_at ?? null}, last_used_at = ${refresh?.last_used_at ?? null},
            refresh_cnf = ${refresh?.cnf === undefined ? null : toJson(refresh.cnf)},
            delete_after = ${rounded(delete_after, at)}
          where authorization_id = ${authorization_id} and redeemed_at is null and code_expires_at > ${at}
            and ${stillStands(at)}
          returning authorization_id`,
      )
      return redeemed === undefined ? 'lost' : 'redeemed'
    },

    async rotate({ authorization_id, presented_hash, refresh, at }) {
      if (!canBeKey(authorization_id)) return 'lost'
      const delete_after = afterReplay(refresh.refresh_expires_at, at)
      const rotated = await consumeOnce(
        database,
        sql`
          update authorizations set refresh_hash = ${refresh.refresh_hash},
            refresh_expires_at = ${refresh.refresh_expires_at}, last_used_at = ${refresh.last_used_at},
            refresh_cnf = ${refresh.cnf === undefined ? null : toJson(refresh.cnf)},
            replaced = ${refresh.replaced === undefined ? null : toJson(refresh.replaced)},
            earlier = ${earlierText(refresh.earlier)},
            delete_after = case when delete_after < ${delete_after} then ${delete_after} else delete_after end
          where authorization_id = ${authorization_id} and refresh_hash = ${presented_hash}
            and refresh_expires_at > ${at} and ${stillStands(at)}
          returning authorization_id`,
      )
      return rotated === undefined ? 'lost' : 'rotated'
    },

    async extend({ authorization_id, presented_hash, refresh_expires_at, earlier, at }) {
      if (!canBeKey(authorization_id)) return 'lost'
      const delete_after = afterReplay(refresh_expires_at, at)
      const extended = await consumeOnce(
        database,
        sql`
          update authorizations set refresh_expires_at = ${refresh_expires_at}, last_used_at = ${at},
            replaced = null, earlier = ${earlierText(earlier)},
            delete_after = case when delete_after < ${delete_after} then ${delete_after} else delete_after end
          where authorization_id = ${authorization_id} and refresh_hash = ${presented_hash}
            and refresh_expires_at > ${at} and ${stillStands(at)}
          returning authorization_id`,
      )
      return extended === undefined ? 'lost' : 'extended'
    },

    async end(authorization_id, reason, event) {
      if (!canBeKey(authorization_id)) return 'already_ended'
      const { at } = event
      // Nothing needs the row any more: a token whose authorization is not there is as dead as one whose is ended.
      const delete_after = rounded(at + endedMemory, at)
      const outcome = await database.transaction([
        decisive(sql`
          update authorizations set ended_at = ${at}, end_reason = ${reason},
            delete_after = case when delete_after > ${delete_after} then ${delete_after} else delete_after end
          where authorization_id = ${authorization_id} and ended_at is null returning authorization_id`),
        insertAuditEvent(event),
      ])
      return outcome === 'lost' ? 'already_ended' : 'ended'
    },
  }
}

/**
 * The condition of every statement that lets something be minted: what `standingProblem` (domain/standing.ts) asked,
 * asked once more in the moment that counts. In one subquery: PostgreSQL makes each ready whether it is asked or not, and
 * for one after `or` it may read a whole table.
 */
function stillStands(at: EpochSeconds): Statement {
  return sql`authorizations.expires_at > ${at} and authorizations.ended_at is null
            and exists (select 1 from grants join accounts on accounts.account_id = grants.account_id
              left join sessions on sessions.session_id = authorizations.session_id
              where grants.grant_id = authorizations.grant_id and grants.ended_at is null
                and (grants.expires_at is null or grants.expires_at > ${at}) and grants.paused_at is null
                and grants.granted_at <= authorizations.created_at and accounts.disabled = 0
                and (accounts.authorizations_since is null or accounts.authorizations_since < authorizations.created_at
                  or accounts.authorizations_since = authorizations.created_at
                    and (sessions.ended_at is null or sessions.ended_at > accounts.authorizations_since))
                and (authorizations.session_bound = 0
                  or sessions.session_id is not null and sessions.ended_at is null))`
}

/** What an authorization says and no statement asks about: one column, written once. */
type Authorized = Pick<
  Authorization,
  'permissions' | 'redirect_uri' | 'nonce' | 'auth_time' | 'acr' | 'amr' | 'bindings' | 'token_expires_at'
>

/** The statement that stores a new authorization, its code not redeemed. An unredeemed one goes soon after its code. */
export function insertAuthorization(authorization: Authorization): Statement {
  return sql`
    insert into authorizations (authorization_id, grant_id, account_id, client_id, session_id, session_bound, authorized,
      created_at, expires_at, code_hash, code_expires_at, delete_after)
    values (${authorization.authorization_id}, ${authorization.grant_id}, ${authorization.account_id},
      ${authorization.client_id}, ${authorization.session_id}, ${flag(authorization.session_bound)},
      ${authorizedText(authorization)}, ${authorization.created_at}, ${authorization.expires_at},
      ${authorization.code_hash}, ${authorization.code_expires_at}, ${forgetUnredeemed(authorization)})`
}

/** The same for an answer with a token in it, which no later step will judge: it returns a row only while all stands. */
function insertWhileStanding(authorization: Authorization): Statement {
  const at = authorization.created_at
  return sql`
    insert into authorizations (authorization_id, grant_id, account_id, client_id, session_id, session_bound, authorized,
      created_at, expires_at, code_hash, code_expires_at, delete_after)
    select ${authorization.authorization_id}, grants.grant_id, accounts.account_id, grants.client_id,
      sessions.session_id, ${flag(authorization.session_bound)}, ${authorizedText(authorization)}, ${at},
      ${authorization.expires_at}, ${authorization.code_hash}, ${authorization.code_expires_at},
      ${forgetUnredeemed(authorization)}
    from grants join accounts on accounts.account_id = grants.account_id
      join sessions on sessions.account_id = accounts.account_id
    where grants.grant_id = ${authorization.grant_id} and grants.account_id = ${authorization.account_id}
      and grants.client_id = ${authorization.client_id} and sessions.session_id = ${authorization.session_id}
      and grants.ended_at is null and (grants.expires_at is null or grants.expires_at > ${at})
      and grants.paused_at is null and accounts.disabled = 0 and sessions.ended_at is null
    returning authorization_id`
}

function authorizedText(authorization: Authorization): string {
  const { permissions, redirect_uri, nonce, auth_time, acr, amr, bindings, token_expires_at } = authorization
  const authorized: Authorized = {
    permissions,
    redirect_uri,
    auth_time,
    acr,
    amr,
    bindings,
    ...present('nonce', nonce),
    ...present('token_expires_at', token_expires_at),
  }
  return toJson(authorized)
}

function forgetUnredeemed({ code_expires_at, token_expires_at = 0, created_at }: Authorization): EpochSeconds {
  return afterReplay(Math.max(code_expires_at, token_expires_at), created_at)
}

/** An authorization with all it hangs on, as a row of `selectStanding` or `selectTokenStanding` tells it. */
export function standingFrom(row: Row): Standing {
  return {
    authorization: authorizationFrom(row),
    grant: grantOfStanding(row),
    account: accountOfStanding(row),
    session: sessionOfStanding(row),
  }
}

function authorizationFrom(row: Row): Authorization {
  return {
    ...fromJson<Authorized>(text(row, 'authorized')),
    authorization_id: text(row, 'authorization_id'),
    grant_id: text(row, 'grant_id'),
    account_id: text(row, 'account_id'),
    client_id: text(row, 'client_id'),
    session_id: text(row, 'session_id'),
    session_bound: integer(row, 'session_bound') === 1,
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
    code_hash: text(row, 'code_hash'),
    code_expires_at: integer(row, 'code_expires_at'),
    ...present('redeemed_at', optionalInteger(row, 'redeemed_at')),
    ...present('refresh', refreshFrom(row)),
    ...present('ended_at', optionalInteger(row, 'ended_at')),
    ...present('end_reason', optionalText(row, 'end_reason') as AuthorizationEnd | undefined),
  }
}

function earlierText(earlier: RefreshState['earlier']): string | null {
  return earlier.length === 0 ? null : toJson(earlier)
}

function refreshFrom(row: Row): RefreshState | undefined {
  const refresh_hash = optionalText(row, 'refresh_hash')
  if (refresh_hash === undefined) return undefined
  const cnf = optionalText(row, 'refresh_cnf')
  const replaced = optionalText(row, 'replaced')
  const earlier = optionalText(row, 'earlier')
  return {
    refresh_hash,
    refresh_expires_at: integer(row, 'refresh_expires_at'),
    last_used_at: integer(row, 'last_used_at'),
    earlier: earlier === undefined ? [] : fromJson(earlier),
    ...(cnf !== undefined && { cnf: fromJson<Confirmation>(cnf) }),
    ...(replaced !== undefined && { replaced: fromJson<NonNullable<RefreshState['replaced']>>(replaced) }),
  }
}
