import { newId, newOpaqueId } from '../kernel/ids.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { Account } from './account.ts'

/** Makes an account that is not stored yet, with a `sub` that nobody had before; enabled where nothing else is said. */
export function newAccount(
  given: Pick<Account, 'username' | 'claims'> & Partial<Pick<Account, 'password_hash' | 'disabled'>>,
  at: EpochSeconds,
): Account {
  return { account_id: newId(), sub: newOpaqueId(), disabled: false, ...given, created_at: at, updated_at: at }
}
