import type { News } from '../domain/news.ts'
import { decisive, type Decisive } from './database.ts'
import { sql } from './sql.ts'

/**
 * The statement that holds an account in the state in which it was proved, where that matters: lost where it is in
 * another one. A change that is under way is waited for, and one that comes later finds what was done. It stands first.
 */
export function holdProved({ proved }: Pick<News, 'proved'>): readonly Decisive[] {
  if (proved === undefined) return []
  const { account_id, updated_at, authorizations_since = -1 } = proved
  return [
    decisive(sql`
      update accounts set updated_at = updated_at
      where account_id = ${account_id} and updated_at = ${updated_at} and deleted_at is null
        and coalesce(authorizations_since, -1) = ${authorizations_since} returning account_id`),
  ]
}
