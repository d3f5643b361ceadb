import assert from 'node:assert/strict'
import type { Accounts } from '../src/domain/account.ts'
import type { Session } from '../src/domain/session.ts'
import { accountRecord } from './records.ts'

/** Begins a session of an account, as that stands now, in place of another; makes the account where there is none. */
export async function startSession(session: Session, accounts: Accounts, before?: Session): Promise<void> {
  const { account_id } = session
  let account = await accounts.find(account_id)
  if (account === undefined) {
    account = accountRecord({ account_id })
    await accounts.create(account)
  }
  assert.equal(await accounts.beginSession({ session, account, before }), 'begun')
}
