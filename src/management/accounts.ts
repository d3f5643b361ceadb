/** Accounts: what an operator does to them. What a person does to their own is in `interaction/`. */
import type { Json } from '../kernel/binding.ts'
import { withProofs, type Account, type Accounts } from '../domain/account.ts'
import { languages, lookUp, type Language } from '../kernel/language.ts'
import type { Factors, HeldFactors } from '../domain/factors.ts'
import { newAccount } from '../domain/new-account.ts'
import { accountNotice, type AccountNews, type Audience } from '../domain/notice.ts'
import type { News } from '../domain/news.ts'
import type { OutboxMessage } from '../domain/outbox.ts'
import { passwordFault, type PasswordFault, type PasswordRules } from '../domain/password-rules.ts'
import type { Sessions } from '../domain/session.ts'
import { standardClaims } from '../vocabulary/claims.ts'
import { auditEventOf, NotPossible, type Change, type OperatorParts } from './operator.ts'

/** What managing accounts takes. */
export interface AccountManagementParts extends OperatorParts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly factors: Factors
  /** Hashes a password for keeping; `busy` and `too_long` as the door of `identity/` says them. */
  readonly hashPassword: (password: string) => Promise<string>
}

/** What changing how somebody signs in takes besides: they are told of it. */
export interface TellingParts extends AccountManagementParts {
  readonly audience: Audience
  /** The language of letters to people who have none of their own on record. */
  readonly language: Language
}

/** An account that is to be made. */
export interface NewAccount {
  readonly username: string
  /** In clear; it is hashed here. */
  readonly password?: string
  /** One that `identity/stored-hash.ts` reads, instead of a password. */
  readonly password_hash?: string
  readonly claims?: Readonly<Record<string, Json>>
  readonly disabled?: boolean
}

/**
 * Says why people would not be allowed to choose the password that an operator sets; undefined = they would. It is only
 * a warning: an operator who sets a password for somebody else knows what it is for.
 */
export async function passwordWarning(
  password: string,
  username: string,
  { passwordRules }: { readonly passwordRules: PasswordRules },
): Promise<string | undefined> {
  const fault = await passwordFault(password, [username], passwordRules)
  const warnings: Readonly<Record<PasswordFault, string>> = {
    too_short: `It has fewer than ${passwordRules.minimum} characters`,
    too_long: 'It is too long',
    common: 'It is among the first that are guessed',
    about_you: 'It is little more than a name',
  }
  return fault && warnings[fault]
}

/** What became of a change: `login_taken` when the e-mail address it would verify signs somebody else in. */
export type AccountOutcome = 'done' | 'unknown' | 'login_taken'

/**
 * Finds an account by whatever an operator has of it: the `account_id` of a log line or a grant, its user name, or its
 * verified e-mail address. An id comes first: nobody chooses theirs, so a user name that looks like one misleads
 * nobody.
 */
export async function findAccount(
  name: string,
  { accounts }: Pick<AccountManagementParts, 'accounts'>,
): Promise<Account | undefined> {
  return (await accounts.find(name)) ?? accounts.findByLogin(name)
}

/**
 * Makes an account with a `sub` that nobody had before.
 *
 * @throws {NotPossible} for a standard claim of another form than its own
 */
export async function createAccount(
  given: NewAccount,
  parts: AccountManagementParts,
): Promise<Account | 'login_taken'> {
  checkForms(given.claims ?? {})
  // Hashing costs much; a login that is taken already costs nothing.
  if ((await parts.accounts.findByLogin(given.username)) !== undefined) return 'login_taken'
  const { password, claims = {}, ...rest } = given
  const hashed = password === undefined ? {} : { password_hash: await parts.hashPassword(password) }
  const account = newAccount({ ...rest, ...hashed, claims }, parts.clock())
  const outcome = await parts.accounts.create(account, recordOf('account_created', account, parts))
  return outcome === 'created' ? account : 'login_taken'
}

/**
 * Shuts an account out, or lets it in again, and tells the person where that is news. Nothing it allowed works while it
 * is shut out; its sessions end for good.
 */
export async function setAccountState(
  login: string,
  state: 'disabled' | 'enabled',
  parts: TellingParts,
): Promise<AccountOutcome> {
  const account = await findAccount(login, parts)
  if (account === undefined) return 'unknown'
  const { account_id } = account
  const at = parts.clock()
  const event = `account_${state}` as const
  const notices = account.disabled === (state === 'disabled') ? [] : letterTo(account, event, parts)
  // Asked for in one turn of the event loop: committed together.
  const [outcome] = await Promise.all([
    parts.accounts.setState({ account_id, state, at, ...recordOf(event, account, parts), notices }),
    ...(state === 'disabled' ? [parts.sessions.endOthers(account_id, undefined, at)] : []),
  ])
  return outcome === 'set' ? 'done' : outcome
}

/** Sets a password, tells the person, and ends every session of the account: whoever knew the old one is out. */
export async function setPassword(login: string, password: string, parts: TellingParts): Promise<AccountOutcome> {
  const password_hash = await parts.hashPassword(password)
  const account = await findAccount(login, parts)
  if (account === undefined) return 'unknown'
  const news = { ...recordOf('password_set', account, parts), notices: letterTo(account, 'password_changed', parts) }
  const { account_id } = account
  const outcome = await parts.accounts.setPassword({ account_id, password_hash, at: parts.clock(), ...news })
  return outcome === 'set' ? 'done' : 'unknown'
}

/**
 * Removes every factor of an account but its password, for a person who has lost them, and ends its sessions and its
 * grants: whoever found the telephone is out (RT-10). What was removed is returned and on record; the person is told.
 */
export async function removeFactors(login: string, parts: TellingParts): Promise<HeldFactors | 'unknown'> {
  const account = await findAccount(login, parts)
  if (account === undefined) return 'unknown'
  const { account_id } = account
  const held = await parts.factors.held(account_id)
  const news = {
    ...recordOf('factors_removed', account, parts, { ...held }),
    notices: letterTo(account, 'factors_removed', parts),
  }
  // Asked for in one turn of the event loop: committed together.
  await Promise.all([parts.factors.removeAll(account_id, news), parts.accounts.endAll(account_id, parts.clock())])
  return held
}

/**
 * Replaces some claims of an account; a claim given as null is removed. Another e-mail address or telephone number is
 * not verified unless it is said to be.
 *
 * @throws {NotPossible} for a standard claim of another form than its own
 */
export async function setClaims(
  login: string,
  claims: Readonly<Record<string, Json>>,
  parts: AccountManagementParts,
): Promise<AccountOutcome> {
  checkForms(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)))
  const account = await findAccount(login, parts)
  if (account === undefined) return 'unknown'
  const news = recordOf('claims_changed', account, parts)
  const { account_id } = account
  const change = { account_id, claims: withProofs(account.claims, claims), at: parts.clock(), ...news }
  const outcome = await parts.accounts.changeClaims(change)
  return ({ changed: 'done', lost: 'unknown', login_taken: 'login_taken' } as const)[outcome]
}

/** Removes an account with everything it allowed; its `sub` is never given again (AC-30). */
export async function deleteAccount(login: string, parts: AccountManagementParts): Promise<'done' | 'unknown'> {
  const account = await findAccount(login, parts)
  if (account === undefined) return 'unknown'
  const news = recordOf('account_deleted', account, parts)
  const outcome = await parts.accounts.delete(account.account_id, parts.clock(), news)
  return outcome === 'deleted' ? 'done' : 'unknown'
}

/** The record of an account as it may be shown: without the hash of its password. */
export function accountToShow(account: Account): Readonly<Record<string, unknown>> {
  const { password_hash, ...shown } = account
  return { ...shown, has_password: password_hash !== undefined }
}

/** OpenID Connect Core §5.1: a client may refuse all that is told of a person for one claim of the wrong form. */
function checkForms(claims: Readonly<Record<string, Json>>): void {
  for (const [name, value] of Object.entries(claims)) {
    const form = standardClaims.get(name)
    if (form?.fits(value) === false) throw new NotPossible(`The claim ${name} must be ${form.demand}`)
  }
}

/** The person is told of help that was given in their name, whoever asked for it. */
function letterTo({ account_id, claims }: Account, type: AccountNews, parts: TellingParts): readonly OutboxMessage[] {
  const { locale } = claims
  const language = lookUp(typeof locale === 'string' ? [locale] : [], languages) ?? parts.language
  return accountNotice({ type, account_id, language }, parts.audience, parts.clock())
}

/** What goes on record with a change of an account. */
function recordOf(
  event: string,
  { account_id, username }: Account,
  parts: OperatorParts,
  more: Change['detail'] = {},
): Pick<News, 'event'> {
  return { event: auditEventOf(event, { account_id, detail: { username, ...more } }, parts) }
}
