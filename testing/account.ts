import type { Account, Accounts } from '../src/domain/account.ts'

/** Makes an account what a record says it is: its claims, its password where the record has one, and whether it is disabled. */
export async function makeAccount(record: Account, accounts: Accounts): Promise<void> {
  const { account_id, claims, password_hash, disabled, updated_at: at } = record
  const found = await accounts.find(account_id)
  const gone = Object.keys(found?.claims ?? {}).map((name) => [name, null] as const)
  await accounts.changeClaims({ account_id, claims: { ...Object.fromEntries(gone), ...claims }, at })
  if (password_hash !== found?.password_hash && password_hash !== undefined)
    await accounts.setPassword({ account_id, password_hash, at, others: 'kept' })
  await accounts.setState({ account_id, state: disabled ? 'disabled' : 'enabled', at })
}
