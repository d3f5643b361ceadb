import type { UpstreamIdentities, UpstreamIdentity, UpstreamSubject } from '../domain/upstream.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, checkKey, present } from './column.ts'
import { decisive, type Database, type Decisive, type Row } from './database.ts'
import { insertNews } from './news.ts'
import { holdProved } from './proved.ts'
import { integer, optionalInteger, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`identity_id, issuer, subject, account_id, provider, label, created_at, last_used_at`

/** Opens the identities elsewhere. */
export function openUpstreamIdentities(database: Database): UpstreamIdentities {
  return {
    async find({ issuer, subject }) {
      if (!canBeKey(issuer) || !canBeKey(subject)) return undefined
      const [row] = await database.read(sql`
        select ${columns} from upstream_identities where issuer = ${issuer} and subject = ${subject}`)
      return row && identityFrom(row)
    },

    async listByAccount(account_id) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from upstream_identities where account_id = ${account_id} order by created_at, identity_id`)
      return rows.map(identityFrom)
    },

    async link(identity, news = {}) {
      const outcome = await database.transaction([...holdProved(news), linkIdentity(identity), ...insertNews(news)])
      return outcome === 'lost' ? 'not_linked' : 'linked'
    },

    async use(identity_id, at) {
      if (!canBeKey(identity_id)) return
      await database.write(sql`update upstream_identities set last_used_at = ${at} where identity_id = ${identity_id}`)
    },

    async unlink(account_id, identity_id, news = {}) {
      if (!canBeKey(account_id) || !canBeKey(identity_id)) return 'unknown'
      const outcome = await database.transaction([
        // First of all the account's other identities, so that two who race for the last two stand in one queue.
        sql`update upstream_identities set label = label where account_id = ${account_id}`,
        decisive(sql`
          delete from upstream_identities where identity_id = ${identity_id} and account_id = ${account_id} and (
            exists (select 1 from accounts where account_id = ${account_id} and password_hash is not null)
            or exists (select 1 from passkeys where account_id = ${account_id})
            or exists (select 1 from upstream_identities as other
              where other.account_id = ${account_id} and other.identity_id <> ${identity_id}))
          returning identity_id`),
        ...insertNews(news),
      ])
      if (outcome !== 'lost') return 'unlinked'
      const left = await this.listByAccount(account_id)
      return left.some((identity) => identity.identity_id === identity_id) ? 'last_way_in' : 'unknown'
    },
  }
}

/** The statement that gives an identity to an account; lost where another account has it. */
export function linkIdentity(identity: UpstreamIdentity): Decisive {
  const { identity_id, issuer, subject, account_id, provider, label, created_at } = identity
  checkKey('issuer', issuer)
  checkKey('subject', subject)
  return decisive(sql`
    insert into upstream_identities (issuer, subject, identity_id, account_id, provider, label, created_at)
    values (${issuer}, ${subject}, ${identity_id}, ${account_id}, ${provider}, ${label}, ${created_at})
    on conflict (issuer, subject) do update set label = excluded.label
      where upstream_identities.account_id = excluded.account_id
    returning identity_id`)
}

/** Tells whether an identity is somebody's. */
export async function isIdentityTaken({ issuer, subject }: UpstreamSubject, database: Database): Promise<boolean> {
  const rows = await database.read(sql`
    select identity_id from upstream_identities where issuer = ${issuer} and subject = ${subject}`)
  return rows.length > 0
}

/** The statement that takes every identity of an account. */
export function unlinkAllOfAccount(account_id: string): Statement {
  return sql`delete from upstream_identities where account_id = ${account_id}`
}

/** The statement that takes what an account was connected to since a moment: by whoever had it then. */
export function unlinkSince(account_id: string, since: EpochSeconds): Statement {
  return sql`delete from upstream_identities where account_id = ${account_id} and created_at >= ${since}`
}

function identityFrom(row: Row): UpstreamIdentity {
  return {
    identity_id: text(row, 'identity_id'),
    issuer: text(row, 'issuer'),
    subject: text(row, 'subject'),
    account_id: text(row, 'account_id'),
    provider: text(row, 'provider'),
    label: text(row, 'label'),
    created_at: integer(row, 'created_at'),
    ...present('last_used_at', optionalInteger(row, 'last_used_at')),
  }
}
