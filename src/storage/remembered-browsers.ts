import type { RememberedBrowser, RememberedBrowsers } from '../domain/remembered-browsers.ts'
import { canBeKey } from './column.ts'
import type { Database, Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { integer, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

const columns = sql`remembered_id, account_id, browser_hash, user_agent, created_at, expires_at`

/** Opens the browsers that need no second factor. A browser is known by the cookie that tells it from another. */
export function openRememberedBrowsers(database: Database): RememberedBrowsers {
  return {
    async remember({ remembered_id, account_id, browser_hash, user_agent, created_at, expires_at }) {
      // Reads the app in the same statement: what is taken meanwhile takes its browsers along.
      await database.write(sql`
        insert into remembered_browsers (remembered_id, account_id, browser_hash, user_agent, created_at, expires_at,
          delete_after)
        select ${remembered_id}, ${account_id}, ${browser_hash}, ${user_agent}, ${created_at}, ${expires_at},
          ${rounded(expires_at, created_at)}
        from totp_factors where account_id = ${account_id}
        on conflict (account_id, browser_hash) do update set remembered_id = excluded.remembered_id,
          user_agent = excluded.user_agent, created_at = excluded.created_at, expires_at = excluded.expires_at,
          delete_after = excluded.delete_after`)
    },

    async isRemembered(account_id, browser_hash, at) {
      if (!canBeKey(account_id) || !canBeKey(browser_hash)) return false
      const rows = await database.read(sql`
        select remembered_id from remembered_browsers
        where account_id = ${account_id} and browser_hash = ${browser_hash} and expires_at > ${at}`)
      return rows.length > 0
    },

    async listByAccount(account_id, at) {
      if (!canBeKey(account_id)) return []
      const rows = await database.read(sql`
        select ${columns} from remembered_browsers
        where account_id = ${account_id} and expires_at > ${at} order by created_at desc, remembered_id desc`)
      return rows.map(rememberedFrom)
    },

    async forget(account_id, remembered_id) {
      if (!canBeKey(account_id) || !canBeKey(remembered_id)) return 'unknown'
      const gone = await database.write(sql`
        delete from remembered_browsers
        where account_id = ${account_id} and remembered_id = ${remembered_id} returning remembered_id`)
      return gone.length === 0 ? 'unknown' : 'forgotten'
    },
  }
}

/** The statement that forgets every browser of an account. */
export function forgetBrowsersOfAccount(account_id: string): Statement {
  return sql`delete from remembered_browsers where account_id = ${account_id}`
}

function rememberedFrom(row: Row): RememberedBrowser {
  return {
    remembered_id: text(row, 'remembered_id'),
    account_id: text(row, 'account_id'),
    browser_hash: text(row, 'browser_hash'),
    user_agent: text(row, 'user_agent'),
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
  }
}
