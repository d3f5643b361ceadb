import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { AuditEvent } from './audit-event.ts'
import type { SpentToken } from './mail-token.ts'
import type { OutboxMessage } from './outbox.ts'

/** A person's account. */
export interface Account {
  readonly account_id: string
  /** What clients know the person by (`sub`): random, never re-used, never an e-mail address. */
  readonly sub: string
  /** As the person spells it; compared by `normalizedLogin`. */
  readonly username: string
  /** argon2id PHC string; undefined = no password can sign in. */
  readonly password_hash?: string
  /** Claims of OpenID Connect Core §5.1 and the operator's own; never `sub`. */
  readonly claims: Readonly<Record<string, Json>>
  readonly disabled: boolean
  /** Codes and tokens that were authorized before this moment are over, since the password was set anew (AC-15). */
  readonly authorizations_since?: EpochSeconds
  readonly created_at: EpochSeconds
  readonly updated_at: EpochSeconds
}

/** Spells a user name or e-mail address as logins are compared: NFKC, trimmed, lower case. */
export function normalizedLogin(login: string): string {
  return login.normalize('NFKC').trim().toLowerCase()
}

/** A password that is set anew. */
export interface PasswordChange {
  readonly account_id: string
  readonly password_hash: string
  readonly at: EpochSeconds
  /** The session in which it was done. */
  readonly keep_session?: string
  /** The letter by which it was done. */
  readonly token_id?: string
  /** What goes on record with it. */
  readonly event?: AuditEvent
  /** Who is told of it. */
  readonly notices?: readonly OutboxMessage[]
}

/** Port: where accounts live. User names and verified e-mail addresses share one space of unique logins. */
export interface Accounts {
  find(account_id: string): Promise<Account | undefined>
  /** By user name or verified e-mail address, compared by `normalizedLogin`. */
  findByLogin(login: string): Promise<Account | undefined>
  list(): Promise<readonly Account[]>
  /** Of racing creators of one login exactly one is told `created`. */
  create(account: Account): Promise<'created' | 'login_taken'>
  /** Makes the account that a letter was sent for; nothing is made, or spent, where one of the two cannot be. */
  createBy(token: SpentToken, account: Account, event: AuditEvent): Promise<'created' | 'login_taken' | 'already_spent'>
  /** Replaces claims, password hash and `disabled`; the account's sign-ins and tokens are judged by it from then on. */
  update(account: Account): Promise<'updated' | 'login_taken' | 'unknown'>
  /**
   * Sets another password, and ends every session but `keep_session` and all that was authorized before: whoever knew the
   * old one is out. `lost`: the account is gone, or the token it was to be set by was spent or is too old.
   */
  setPassword(change: PasswordChange): Promise<'set' | 'lost'>
  /** Replaces the stored hash of a password by another one of the same password; does nothing when it changed meanwhile. */
  renewPasswordHash(account_id: string, from: string, to: string): Promise<void>
  /** Removes the account and ends its sessions and grants; its `sub` is never given again. */
  delete(account_id: string, at: EpochSeconds): Promise<'deleted' | 'unknown'>
}
