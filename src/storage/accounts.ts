import { loginsOf, normalizedLogin, type Account, type Accounts, type ClaimsChange } from '../domain/account.ts'
import type { HeldGrant } from '../domain/authorization.ts'
import type { SignedIn } from '../domain/session.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { insertAuditEvent } from './audit-events.ts'
import { canBeKey, checkKey, flag, fromJson, present, toJson } from './column.ts'
import { decisive, type Database, type Decisive, type Row } from './database.ts'
import { removeFactorsOfAccount } from './factors.ts'
import { endGrantsOfAccount } from './grants.ts'
import {
  canBeSpent,
  insertMailToken,
  noAddressChangedSince,
  spendAddressTokensSince,
  spendMailToken,
} from './mail-tokens.ts'
import { insertNews } from './news.ts'
import { removeCodesSince } from './one-time-codes.ts'
import { insertMessage } from './outbox.ts'
import { removePasskeysSince } from './passkeys.ts'
import { holdProved } from './proved.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { endSessionOfAccount, endSessionsOfAccount, insertSession, sessionColumns, sessionFrom } from './sessions.ts'
import { joined, sql, type Statement } from './sql.ts'
import { grantColumns, grantOfStanding } from './standing.ts'
import { isIdentityTaken, linkIdentity, unlinkSince } from './upstream-identities.ts'

/** What an account has beyond its id, which its sessions have too. */
const ownColumns = sql`sub, username, password_hash, claims, disabled, accounts.created_at as account_created_at,
  updated_at, authorizations_since, deletes_at`
const columns = sql`accounts.account_id, ${ownColumns}`

/** Opens the accounts. Whose a login is, is a row of its own: its primary key settles races. */
export function openAccounts(database: Database): Accounts {
  /** Sets claims by a statement that holds only where they still are as they were read; who loses that race reads again. */
  const setClaims = async (change: ClaimsChange, beside: Beside): Promise<'changed' | 'login_taken' | 'lost'> => {
    const { account_id, at } = change
    let written: string | undefined
    for (;;) {
      const [row] = canBeKey(account_id)
        ? await database.read(sql`
            select ${columns} from accounts where account_id = ${account_id} and deleted_at is null`)
        : []
      if (row === undefined) return 'lost'
      const account = accountFrom(row)
      const next = { ...account, claims: changedClaims(account, change) }
      // Nobody else changed it: then it was not this race that was lost.
      if (written === text(row, 'claims')) return (await isTaken(next, database)) ? 'login_taken' : 'lost'
      written = text(row, 'claims')
      const outcome = await database.transaction([
        ...(beside.first ?? []),
        decisive(sql`
          update accounts set claims = ${toJson(next.claims)}, updated_at = ${at} ${beside.columns ?? sql``}
          where account_id = ${account_id} and deleted_at is null and claims = ${written} returning account_id`),
        ...moveLogins(next),
        ...(beside.last ?? []),
        ...insertNews(change),
      ])
      if (outcome !== 'lost') return 'changed'
    }
  }

  return {
    async find(account_id) {
      if (!canBeKey(account_id)) return undefined
      const [row] = await database.read(
        sql`select ${columns} from accounts where account_id = ${account_id} and deleted_at is null`,
      )
      return row && accountFrom(row)
    },

    async findBySession(session_id) {
      if (!canBeKey(session_id)) return undefined
      const [row] = await database.read(sql`
        select ${sessionColumns}, ${ownColumns} from sessions
        left join accounts on accounts.account_id = sessions.account_id and deleted_at is null
        where session_id = ${session_id}`)
      return row && signedInFrom(row)
    },

    async beginSession({ session, account, before, news = {} }) {
      const outcome = await database.transaction([
        ...holdProved({ proved: { ...account, account_id: session.account_id } }),
        ...insertSession(session, before),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'outdated' : 'begun'
    },

    async findHolding(session_id, client_id) {
      if (!canBeKey(session_id) || !canBeKey(client_id)) return undefined
      const [row] = await database.read(sql`
        select ${sessionColumns}, ${ownColumns}, g.grant_id, ${grantColumns} from sessions
        left join accounts on accounts.account_id = sessions.account_id and deleted_at is null
        left join grants g on g.account_id = sessions.account_id and g.client_id = ${client_id}
          and g.kind = 'standing' and g.ended_at is null
        where session_id = ${session_id}`)
      return row && { ...signedInFrom(row), held: heldFrom(row) }
    },

    async findByLogin(login) {
      // Looked at before it is normalised too, which can take long for a long one and make it eighteen times as long.
      const normalized = canBeKey(login) ? normalizedLogin(login) : ''
      if (!canBeKey(normalized)) return undefined
      const [row] = await database.read(sql`
        select ${columns} from logins join accounts on accounts.account_id = logins.account_id
        where login = ${normalized} and deleted_at is null`)
      return row && accountFrom(row)
    },

    async findPasswordHashAfter(position) {
      // Deleted accounts have no password: they are in the way of nobody who looks through this index.
      const next = (after: string): Statement => sql`
        select password_hash from accounts where password_hash is not null and substr(account_id, 17) > ${after}
        order by substr(account_id, 17) limit 1`
      const [row] = await database.read(sql`select coalesce((${next(position)}), (${next('')})) as password_hash`)
      return row && optionalText(row, 'password_hash')
    },

    async list() {
      const rows = await database.read(
        sql`select ${columns} from accounts where deleted_at is null order by accounts.account_id`,
      )
      return rows.map(accountFrom)
    },

    async create(account, news = {}) {
      const outcome = await database.transaction([...insertAccount(account), ...insertNews(news)])
      return outcome === 'lost' ? 'login_taken' : 'created'
    },

    async createBy(spent, account, event) {
      const outcome = await database.transaction([
        spendMailToken(spent),
        ...insertAccount(account),
        insertAuditEvent(event),
      ])
      if (outcome !== 'lost') return 'created'
      return (await canBeSpent(spent, database)) ? 'login_taken' : 'already_spent'
    },

    async createWith(identity, account, news = {}, spent) {
      const outcome = await database.transaction([
        ...(spent === undefined ? [] : [spendMailToken(spent)]),
        linkIdentity(identity),
        ...insertAccount(account),
        ...insertNews(news),
      ])
      if (outcome !== 'lost') return 'created'
      if (spent !== undefined && !(await canBeSpent(spent, database))) return 'already_spent'
      return (await isIdentityTaken(identity, database)) ? 'identity_taken' : 'login_taken'
    },

    async setState({ account_id, state, at, ...news }) {
      if (!canBeKey(account_id)) return 'unknown'
      const outcome = await database.transaction([
        decisive(sql`
          update accounts set disabled = ${flag(state === 'disabled')}, updated_at = ${at}
          where account_id = ${account_id} and deleted_at is null returning account_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'unknown' : 'set'
    },

    async endAll(account_id, at) {
      if (canBeKey(account_id)) await database.transaction(endingAll(account_id, at))
    },

    async disown({ account_id, session_id, at, others, keep_session, ...news }) {
      if (!canBeKey(account_id) || !canBeKey(session_id)) return
      await database.transaction([
        ...(others === 'ended'
          ? endingAll(account_id, at, keep_session)
          : endSessionOfAccount(account_id, session_id, at, keep_session)),
        ...insertNews(news),
      ])
    },

    changeClaims: (change) => setClaims(change, {}),

    changeAddress: ({ token_id, undo, ...change }) =>
      setClaims(change, {
        first: [...holdProved(change), spendMailToken({ token_id, at: change.at })],
        last: [
          noAddressChangedSince(change.account_id, change.at),
          ...(undo === undefined ? [] : [insertMailToken(undo.token), insertMessage(undo.letter)]),
        ],
      }),

    undoAddress: ({ token_id, since, ...change }) => {
      const { account_id, at } = change
      return setClaims(change, {
        first: [spendMailToken({ token_id, at })],
        columns: sql`, password_hash = null, authorizations_since = ${at}`,
        last: [
          spendAddressTokensSince(account_id, since, at),
          ...endSessionsOfAccount(account_id, at),
          ...removeCodesSince(account_id, since),
          removePasskeysSince(account_id, since),
          unlinkSince(account_id, since),
        ],
      })
    },

    async setPassword({ account_id, password_hash, at, keep_session, others = 'ended', token_id, ...news }) {
      if (!canBeKey(account_id)) return 'lost'
      const since = others === 'kept' ? sql`` : sql`, authorizations_since = ${at}`
      const outcome = await database.transaction([
        ...holdProved(news),
        ...(token_id === undefined ? [] : [spendMailToken({ token_id, at })]),
        decisive(sql`
          update accounts set password_hash = ${password_hash}, updated_at = ${at} ${since}
          where account_id = ${account_id} and deleted_at is null returning account_id`),
        ...(others === 'kept' ? [] : endSessionsOfAccount(account_id, at, keep_session)),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'lost' : 'set'
    },

    async renewPasswordHash(account_id, from, to) {
      if (!canBeKey(account_id)) return
      await database.write(sql`
        update accounts set password_hash = ${to}
        where account_id = ${account_id} and password_hash = ${from} and deleted_at is null`)
    },

    async delete(account_id, at, news = {}) {
      if (!canBeKey(account_id)) return 'unknown'
      const outcome = await database.transaction([...deletion(account_id, at, sql``), ...insertNews(news)])
      return outcome === 'lost' ? 'unknown' : 'deleted'
    },

    async askDeletion({ account_id, at, deletes_at, keep_session, ...news }) {
      if (!canBeKey(account_id)) return 'already_asked'
      const outcome = await database.transaction([
        decisive(sql`
          update accounts set deletes_at = ${deletes_at}, authorizations_since = ${at}, updated_at = ${at}
          where account_id = ${account_id} and deleted_at is null and deletes_at is null returning account_id`),
        ...endSessionsOfAccount(account_id, at, keep_session),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'already_asked' : 'asked'
    },

    async keep(account_id, at, news) {
      if (!canBeKey(account_id)) return 'not_asked'
      const outcome = await database.transaction([
        decisive(sql`
          update accounts set deletes_at = null, updated_at = ${at}
          where account_id = ${account_id} and deletes_at > ${at} and deleted_at is null returning account_id`),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'not_asked' : 'kept'
    },

    async listDeletionsDue(at, limit) {
      const rows = await database.read(sql`
        select account_id from accounts where deletes_at <= ${at} order by deletes_at limit ${limit}`)
      return rows.map((row) => text(row, 'account_id'))
    },

    async deleteDue(account_id, at, news) {
      if (!canBeKey(account_id)) return 'not_due'
      const isDue = sql`and deletes_at <= ${at}`
      const outcome = await database.transaction([...deletion(account_id, at, isDue), ...insertNews(news)])
      return outcome === 'lost' ? 'not_due' : 'deleted'
    },
  }
}

/** The statements that empty an account and end all that it gave, where a condition on it holds. */
function deletion(account_id: string, at: EpochSeconds, condition: Statement): readonly (Statement | Decisive)[] {
  return [
    // The row stays, so that its sub stays taken. Disabled as well: that is what spending statements look at.
    decisive(sql`
      update accounts set username = '', password_hash = null, claims = '{}', disabled = 1, updated_at = ${at},
        deleted_at = ${at}, deletes_at = null
      where account_id = ${account_id} and deleted_at is null ${condition} returning account_id`),
    sql`delete from logins where account_id = ${account_id}`,
    ...endSessionsOfAccount(account_id, at),
    endGrantsOfAccount(account_id, at),
    ...removeFactorsOfAccount(account_id),
  ]
}

/** The statements that end every session of an account but one, and all that was authorized before. */
function endingAll(account_id: string, at: EpochSeconds, except?: string): readonly Statement[] {
  return [
    sql`update accounts set authorizations_since = ${at} where account_id = ${account_id}`,
    ...endSessionsOfAccount(account_id, at, except),
  ]
}

function insertAccount(account: Account): readonly (Statement | Decisive)[] {
  return [
    ...takeLogins(account),
    sql`insert into accounts (account_id, sub, username, password_hash, claims, disabled, created_at, updated_at)
      values (${account.account_id}, ${account.sub}, ${account.username}, ${account.password_hash ?? null},
        ${toJson(account.claims)}, ${flag(account.disabled)}, ${account.created_at}, ${account.updated_at})`,
  ]
}

/** What happens in the transaction that sets claims: before it, to other columns with it, and after it. */
interface Beside {
  readonly first?: readonly (Statement | Decisive)[]
  /** Begins with a comma. */
  readonly columns?: Statement
  readonly last?: readonly (Statement | Decisive)[]
}

function changedClaims({ claims }: Account, change: ClaimsChange): Account['claims'] {
  return Object.fromEntries(Object.entries({ ...claims, ...change.claims }).filter(([, value]) => value !== null))
}

/** Tells whether somebody else has one of an account's logins. */
async function isTaken(account: Account, database: Database): Promise<boolean> {
  const wanted = joined(
    loginsOf(account).map((login) => sql`${login}`),
    ', ',
  )
  const rows = await database.read(sql`
    select login from logins where login in (${wanted}) and account_id <> ${account.account_id}`)
  return rows.length > 0
}

/** The statements that give an account its logins, and those that it has no longer back. */
function moveLogins(account: Account): readonly (Statement | Decisive)[] {
  const kept = joined(
    loginsOf(account).map((login) => sql`${login}`),
    ', ',
  )
  return [
    sql`delete from logins where account_id = ${account.account_id} and login not in (${kept})`,
    ...takeLogins(account),
  ]
}

/** The statements that make logins an account's own; each is lost where another account has it. */
function takeLogins(account: Account): readonly Decisive[] {
  return loginsOf(account).map((login): Decisive => {
    checkKey('login', login)
    const take: Statement = sql`
      insert into logins (login, account_id) values (${login}, ${account.account_id})
      on conflict (login) do update set account_id = excluded.account_id
        where logins.account_id = excluded.account_id
      returning login`
    return decisive(take)
  })
}

function signedInFrom(row: Row): SignedIn {
  return { session: sessionFrom(row), account: row['sub'] === null ? undefined : accountFrom(row) }
}

function heldFrom(row: Row): HeldGrant | undefined {
  const grant = grantOfStanding(row)
  return grant && { ...grant, grant_id: text(row, 'grant_id') }
}

function accountFrom(row: Row): Account {
  return {
    account_id: text(row, 'account_id'),
    sub: text(row, 'sub'),
    username: text(row, 'username'),
    claims: fromJson(text(row, 'claims')),
    disabled: integer(row, 'disabled') === 1,
    created_at: integer(row, 'account_created_at'),
    updated_at: integer(row, 'updated_at'),
    ...present('password_hash', optionalText(row, 'password_hash')),
    ...present('authorizations_since', optionalInteger(row, 'authorizations_since')),
    ...present('deletes_at', optionalInteger(row, 'deletes_at')),
  }
}
