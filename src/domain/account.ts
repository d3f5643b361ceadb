import type { HeldGrant } from './authorization.ts'
import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { AuditEvent } from './audit-event.ts'
import type { MailToken, SpentToken } from './mail-token.ts'
import type { News } from './news.ts'
import type { OutboxMessage } from './outbox.ts'
import type { Beginning, SignedIn } from './session.ts'
import type { UpstreamIdentity } from './upstream.ts'

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
  /** Codes and tokens that were authorized before this moment are over, since a new password was set (AC-15). */
  readonly authorizations_since?: EpochSeconds
  /** When it will be deleted, since its person asked for that; until then they can keep it. */
  readonly deletes_at?: EpochSeconds
  readonly created_at: EpochSeconds
  readonly updated_at: EpochSeconds
}

/** Spells a user name or e-mail address as logins are compared: NFKC, trimmed, lower case. */
export function normalizedLogin(login: string): string {
  return login.normalize('NFKC').trim().toLowerCase()
}

/** The logins of an account, each once, always in the same order, so that two who race cannot lock each other. */
export function loginsOf(account: Pick<Account, 'username' | 'claims'>): readonly string[] {
  const address = ownAddress(account)
  const logins = address === undefined ? [account.username] : [account.username, address]
  return [...new Set(logins.map(normalizedLogin))].sort()
}

/** What changes with the state in which an account is proved. */
export type AccountState = Pick<Account, 'updated_at' | 'authorizations_since'>

/** An account in the state in which it was proved. */
export type ProvedAccount = AccountState & Pick<Account, 'account_id'>

/**
 * Names the state that an account is in: another one after a new password, and after all else that ends what was
 * authorized before (AC-15). What somebody proved in one state counts for nothing in the next.
 */
export function stateOf({ updated_at, authorizations_since }: AccountState): string {
  return `${updated_at} ${authorizations_since ?? ''}`
}

/** Lists what an account is called: none of it may be its password. */
export function namesOf({ username, claims }: Pick<Account, 'username' | 'claims'>): readonly string[] {
  return [username, claims['email'], claims['name']].filter((name) => typeof name === 'string')
}

/** The address that is known to be the person's own; undefined where nobody proved one. */
export function ownAddress({ claims: { email, email_verified } }: Pick<Account, 'claims'>): string | undefined {
  return typeof email === 'string' && email_verified === true ? email : undefined
}

/** Which claim says that the value of another was proved, OpenID Connect Core §5.1. */
const proofs: Readonly<Record<string, string>> = { email: 'email_verified', phone_number: 'phone_number_verified' }

/**
 * Changes of claims (null = removed) with what follows from them: another e-mail address or telephone number is not
 * proved to be the person's, even where the one before was, unless the changes say so themselves.
 *
 * @param held the claims before
 */
export function withProofs(held: Account['claims'], changes: Account['claims']): Account['claims'] {
  const fallen = Object.entries(proofs).flatMap(([name, proof]) => {
    const value = changes[name]
    return value === undefined || value === held[name] ? [] : [[proof, value === null ? null : false] as const]
  })
  return { ...Object.fromEntries(fallen), ...changes }
}

/** A new password for an account. */
export interface PasswordChange extends News {
  readonly account_id: string
  readonly password_hash: string
  readonly at: EpochSeconds
  /** The session in which it was done. */
  readonly keep_session?: string
  /** `kept`: the person’s other sessions go on, since they said so. */
  readonly others?: 'ended' | 'kept'
  /** The letter by which it was done. */
  readonly token_id?: string
}

/** An account that is shut out, or let in again. */
export interface AccountStateChange extends News {
  readonly account_id: string
  readonly state: 'disabled' | 'enabled'
  readonly at: EpochSeconds
}

/** A session that its person says was somebody else's. */
export interface DisownedSession extends News {
  readonly account_id: string
  readonly session_id: string
  readonly at: EpochSeconds
  /** `ended`: all other sessions but the person's own end with it, and all that was authorized before. */
  readonly others: 'ended' | 'kept'
  /** The session in which they say so. */
  readonly keep_session: string
}

/** An account that its person wants deleted. */
export interface DeletionAsked extends News {
  readonly account_id: string
  readonly at: EpochSeconds
  readonly deletes_at: EpochSeconds
  /** The session in which they say so. */
  readonly keep_session: string
}

/** New values for some claims of an account. */
export interface ClaimsChange extends News {
  readonly account_id: string
  /** What is set; null removes a claim. Claims that are not named stay. */
  readonly claims: Readonly<Record<string, Json>>
  readonly at: EpochSeconds
}

/** Another e-mail address of an account, by the letter that proved it. */
export interface AddressChange extends ClaimsChange {
  readonly token_id: string
  /** What whoever had the old address may do about it, and the letter that tells them. */
  readonly undo?: { readonly token: MailToken; readonly letter: OutboxMessage }
}

/** A change of address, undone by whoever had the old one. */
export interface AddressUndone extends ClaimsChange {
  readonly token_id: string
  /** When the change was made. */
  readonly since: EpochSeconds
}

/** A session, whose it is, and what stands of what they allowed one client. */
export interface Holding extends SignedIn {
  readonly held: HeldGrant | undefined
}

/** Port: where accounts live. User names and verified e-mail addresses share one space of unique logins. */
export interface Accounts {
  find(account_id: string): Promise<Account | undefined>
  /** The session of that id with its account, whatever their state: read in one go. */
  findBySession(session_id: string): Promise<SignedIn | undefined>
  /** The same, with the standing grant of that account for a client, live or expired: read in one go as well. */
  findHolding(session_id: string, client_id: string): Promise<Holding | undefined>
  /**
   * Begins a session, in place of the one that the browser had, unless the account is in another state than the one in
   * which it was proved: then nothing happens, and nothing is told. However close a change of the account comes, either
   * this sees it or it ends this session (AC-15).
   */
  beginSession(beginning: Beginning): Promise<'begun' | 'outdated'>
  /** By user name or verified e-mail address, compared by `normalizedLogin`. */
  findByLogin(login: string): Promise<Account | undefined>
  /**
   * Finds the stored hash of the next account after a position, among those that have a password; after the last comes the
   * first. Their positions are the random halves of their ids, so that each is as likely to come next as any
   * other. Undefined where nobody has a password.
   *
   * @param position 16 hexadecimal digits
   */
  findPasswordHashAfter(position: string): Promise<string | undefined>
  list(): Promise<readonly Account[]>
  /** Of those who race to create one login, exactly one is told `created`. */
  create(account: Account, news?: News): Promise<'created' | 'login_taken'>
  /** Makes the account that a letter was sent for; nothing is made, or spent, where one of the two cannot be. */
  createBy(token: SpentToken, account: Account, event: AuditEvent): Promise<'created' | 'login_taken' | 'already_spent'>
  /**
   * Makes an account that is signed in to by an identity elsewhere, by the letter where one is named; nothing is made, or
   * spent, where one of them is taken.
   */
  createWith(
    identity: UpstreamIdentity,
    account: Account,
    news?: News,
    spent?: SpentToken,
  ): Promise<'created' | 'login_taken' | 'identity_taken' | 'already_spent'>
  /** Shuts an account out, or lets it in again; its sign-ins and tokens are judged by it from then on. */
  setState(change: AccountStateChange): Promise<'set' | 'unknown'>
  /**
   * Sets another password, and ends every session but `keep_session` and all that was authorized before: whoever knew the
   * old one is out. `lost`: the account is gone or no longer as it was proved, or the token it was to be set by was spent
   * or is too old.
   */
  setPassword(change: PasswordChange): Promise<'set' | 'lost'>
  /** Ends every session of an account, and all that was authorized before: whoever has something of it is out. */
  endAll(account_id: string, at: EpochSeconds): Promise<void>
  /** Ends a session that was somebody else's, whether it had ended or not, and the others if its person says so. */
  disown(disowned: DisownedSession): Promise<void>
  /** Sets some claims and leaves the others as they are, whoever else sets some at the same moment. */
  changeClaims(change: ClaimsChange): Promise<'changed' | 'login_taken' | 'lost'>
  /**
   * Spends a letter and makes its address the account's. Addresses are changed at most once a second, so that it is known
   * which came first. `lost`: the account is gone or no longer as it was proved, the letter was spent or is too old, or an
   * address was changed just now.
   */
  changeAddress(change: AddressChange): Promise<'changed' | 'login_taken' | 'lost'>
  /**
   * Spends a letter and puts the old address back. Whoever changed it is out: the password is gone, all sessions and all
   * that was authorized end, and so do factors that were added since and the letters of later changes.
   */
  undoAddress(change: AddressUndone): Promise<'changed' | 'login_taken' | 'lost'>
  /** Replaces the stored hash of a password by another one of the same password; does nothing when it changed meanwhile. */
  renewPasswordHash(account_id: string, from: string, to: string): Promise<void>
  /**
   * Marks an account to be deleted. Its other sessions end at once, and all that was authorized; the account itself is
   * removed by `deleteDue`, and until then signs its person in.
   */
  askDeletion(asked: DeletionAsked): Promise<'asked' | 'already_asked'>
  /** Removes the mark, while there is time. */
  keep(account_id: string, at: EpochSeconds, news: News): Promise<'kept' | 'not_asked'>
  /** The accounts whose time is over. */
  listDeletionsDue(at: EpochSeconds, limit: number): Promise<readonly string[]>
  /** Removes an account as `delete` does, if its time is over; of those who race for it one is told `deleted`. */
  deleteDue(account_id: string, at: EpochSeconds, news: News): Promise<'deleted' | 'not_due'>
  /** Removes the account and ends its sessions and grants; its `sub` is never given again. */
  delete(account_id: string, at: EpochSeconds, news?: News): Promise<'deleted' | 'unknown'>
}
