import type { MailToken, MailTokens, SpentToken } from '../domain/mail-token.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { canBeKey, present } from './column.ts'
import { consumeOnce } from './consume-once.ts'
import { decisive, type Database, type Decisive, type Row } from './database.ts'
import { rounded } from './delete-after.ts'
import { insertMessage } from './outbox.ts'
import { integer, optionalInteger, optionalText, text } from './row.ts'
import { sql, type Statement } from './sql.ts'

/** How long a token that was spent or is too old is still known as such. */
const overMemory = 86_400

/** Opens the tokens of letters. */
export function openMailTokens(database: Database): MailTokens {
  return {
    async create(token, letter) {
      await database.transaction([insertMailToken(token), insertMessage(letter)])
    },

    async find(token_id) {
      if (!canBeKey(token_id)) return undefined
      const [row] = await database.read(sql`
        select token_id, purpose, account_id, address, interaction_id, language, created_at, expires_at, spent_at
        from mail_tokens where token_id = ${token_id}`)
      return row && tokenFrom(row)
    },

    async spend(spent) {
      if (!canBeKey(spent.token_id)) return 'already_spent'
      const row = await consumeOnce(database, spendMailToken(spent).decisive)
      return row === undefined ? 'already_spent' : 'spent'
    },
  }
}

/** The statement that keeps a token, beside the one that queues its letter. */
export function insertMailToken(token: MailToken): Statement {
  return sql`
    insert into mail_tokens (token_id, purpose, account_id, address, interaction_id, language, created_at, expires_at,
      delete_after)
    values (${token.token_id}, ${token.purpose}, ${token.account_id ?? null}, ${token.address ?? null},
      ${token.interaction_id ?? null}, ${token.language}, ${token.created_at}, ${token.expires_at},
      ${rounded(token.expires_at + overMemory, token.created_at)})`
}

/** The statement that is lost where a change of an account's address can be undone that is no older than this moment. */
export function noAddressChangedSince(account_id: string, at: EpochSeconds): Decisive {
  return decisive(sql`
    select account_id from accounts where account_id = ${account_id} and not exists (
      select token_id from mail_tokens where mail_tokens.account_id = ${account_id} and purpose = 'address_undo'
        and mail_tokens.created_at >= ${at})`)
}

/** The statement that spends what letters let people do about an account's address that were written at a moment or later. */
export function spendAddressTokensSince(account_id: string, since: EpochSeconds, at: EpochSeconds): Statement {
  return sql`
    update mail_tokens set spent_at = ${at}
    where account_id = ${account_id} and created_at >= ${since} and spent_at is null
      and purpose in ('address_change', 'address_undo')`
}

/** The statement that spends a token, beside the change that it is for: lost where it was spent or is too old. */
export function spendMailToken({ token_id, at }: SpentToken): Decisive {
  return decisive(sql`
    update mail_tokens set spent_at = ${at}
    where token_id = ${token_id} and spent_at is null and expires_at > ${at} returning token_id`)
}

/** Tells whether a token is still there to be spent: why a change that would have spent it was lost. */
export async function canBeSpent({ token_id, at }: SpentToken, database: Database): Promise<boolean> {
  const rows = await database.read(sql`
    select token_id from mail_tokens where token_id = ${token_id} and spent_at is null and expires_at > ${at}`)
  return rows.length > 0
}

function tokenFrom(row: Row): MailToken {
  return {
    token_id: text(row, 'token_id'),
    purpose: text(row, 'purpose') as MailToken['purpose'],
    ...present('account_id', optionalText(row, 'account_id')),
    ...present('address', optionalText(row, 'address')),
    ...present('interaction_id', optionalText(row, 'interaction_id')),
    language: text(row, 'language') as MailToken['language'],
    created_at: integer(row, 'created_at'),
    expires_at: integer(row, 'expires_at'),
    ...present('spent_at', optionalInteger(row, 'spent_at')),
  }
}
