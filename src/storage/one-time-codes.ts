import type { OneTimeCodes } from '../domain/one-time-codes.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import { decisive, type Database } from './database.ts'
import { insertNews } from './news.ts'
import { holdProved } from './proved.ts'
import { forgetBrowsersOfAccount } from './remembered-browsers.ts'
import { integer, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

/** Opens the authenticator apps and the recovery codes that stand in for them. */
export function openOneTimeCodes(database: Database): OneTimeCodes {
  return {
    async findTotp(account_id) {
      if (!canBeKey(account_id)) return undefined
      const [row] = await database.read(sql`
        select account_id, sealed_secret, last_step, created_at from totp_factors where account_id = ${account_id}`)
      return (
        row && {
          account_id: text(row, 'account_id'),
          sealed_secret: text(row, 'sealed_secret'),
          last_step: integer(row, 'last_step'),
          created_at: integer(row, 'created_at'),
        }
      )
    },

    async enrolTotp({ account_id, sealed_secret, last_step, created_at }, recovery_hashes, news = {}) {
      const outcome = await database.transaction([
        ...holdProved(news),
        decisive(sql`
          insert into totp_factors (account_id, sealed_secret, last_step, created_at)
          values (${account_id}, ${sealed_secret}, ${last_step}, ${created_at})
          on conflict (account_id) do nothing returning account_id`),
        ...recoveryCodesAnew(account_id, recovery_hashes, created_at),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'already_enrolled' : 'enrolled'
    },

    async spendStep(account_id, step) {
      if (!canBeKey(account_id)) return 'already_spent'
      const spent = await consumeOnce(
        database,
        sql`update totp_factors set last_step = ${step}
          where account_id = ${account_id} and last_step < ${step} returning account_id`,
      )
      return spent === undefined ? 'already_spent' : 'spent'
    },

    async removeTotp(account_id, news = {}) {
      if (!canBeKey(account_id)) return 'unknown'
      const outcome = await database.transaction([
        decisive(sql`delete from totp_factors where account_id = ${account_id} returning account_id`),
        sql`delete from recovery_codes where account_id = ${account_id}`,
        forgetBrowsersOfAccount(account_id),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'unknown' : 'removed'
    },

    async replaceRecoveryCodes(account_id, hashes, at, news = {}) {
      if (!canBeKey(account_id)) return 'unknown'
      const outcome = await database.transaction([
        ...holdProved(news),
        decisive(sql`select account_id from totp_factors where account_id = ${account_id}`),
        ...recoveryCodesAnew(account_id, hashes, at),
        ...insertNews(news),
      ])
      return outcome === 'lost' ? 'unknown' : 'replaced'
    },

    async spendRecoveryCode(account_id, hash, at) {
      if (!canBeKey(account_id)) return 'unknown'
      const spent = await consumeOnce(
        database,
        sql`update recovery_codes set spent_at = ${at}
          where account_id = ${account_id} and code_hash = ${hash} and spent_at is null returning code_hash`,
      )
      return spent === undefined ? 'unknown' : 'spent'
    },
  }
}

function recoveryCodesAnew(account_id: string, hashes: readonly string[], at: EpochSeconds): readonly Statement[] {
  return [
    sql`delete from recovery_codes where account_id = ${account_id}`,
    ...hashes.map(
      (hash) =>
        sql`insert into recovery_codes (account_id, code_hash, created_at) values (${account_id}, ${hash}, ${at})`,
    ),
  ]
}

/** The statements that take the app and the codes of an account. */
export function removeCodesOfAccount(account_id: string): readonly Statement[] {
  return [
    sql`delete from totp_factors where account_id = ${account_id}`,
    sql`delete from recovery_codes where account_id = ${account_id}`,
  ]
}

/** The statements that take the app of an account that was set up at a moment or later, with its codes. */
export function removeCodesSince(account_id: string, since: EpochSeconds): readonly Statement[] {
  return [
    sql`delete from recovery_codes where account_id = ${account_id} and created_at >= ${since}`,
    sql`delete from totp_factors where account_id = ${account_id} and created_at >= ${since}`,
  ]
}
