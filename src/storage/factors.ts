import type { Factors, HeldFactors } from '../domain/factors.ts'
import { canBeKey } from './column.ts'
import type { Database } from './database.ts'
import { insertNews } from './news.ts'
import { removeCodesOfAccount } from './one-time-codes.ts'
import { removePasskeysOfAccount } from './passkeys.ts'
import { forgetBrowsersOfAccount } from './remembered-browsers.ts'
import { integer } from './row.ts'
import { sql, type Statement } from './sql.ts'
import { unlinkAllOfAccount } from './upstream-identities.ts'

const none: HeldFactors = { totp: false, recovery_codes: 0, passkeys: 0 }

/** Opens the view over all factors of an account. */
export function openFactors(database: Database): Factors {
  const held = async (account_id: string): Promise<HeldFactors> => {
    if (!canBeKey(account_id)) return none
    const [row = {}] = await database.read(sql`
      select (select count(*) from totp_factors where account_id = ${account_id}) as totps,
        (select count(*) from recovery_codes where account_id = ${account_id} and spent_at is null) as recovery_codes,
        (select count(*) from passkeys where account_id = ${account_id}) as passkeys`)
    return {
      totp: integer(row, 'totps') > 0,
      recovery_codes: integer(row, 'recovery_codes'),
      passkeys: integer(row, 'passkeys'),
    }
  }

  return {
    held,

    async removeAll(account_id, news = {}) {
      const before = await held(account_id)
      if (canBeKey(account_id)) await database.transaction([...removeFactorsOfAccount(account_id), ...insertNews(news)])
      return before
    },
  }
}

/** The statements that take every factor of an account but its password, and what came with them. */
export function removeFactorsOfAccount(account_id: string): readonly Statement[] {
  return [
    ...removeCodesOfAccount(account_id),
    removePasskeysOfAccount(account_id),
    forgetBrowsersOfAccount(account_id),
    unlinkAllOfAccount(account_id),
  ]
}
