/**
 * Signing in by user name or e-mail address and password, and what every way to sign in ends with.
 *
 * Every attempt goes the same way, whoever it is for: first it is counted, then one hash is computed, then comes
 * whatever is known of the account. An account that is unknown, disabled or without a password costs the same as a
 * wrong password and gets the same word, so that nobody learns who has an account (SECURITY: AC-01). Where hashes came
 * from elsewhere, their costs differ: then a name without a hash costs what the hash of some account does, always of
 * the same account.
 */
import { longestName } from '../kernel/plain-text.ts'
import type { Seconds } from '../kernel/time.ts'
import { normalizedLogin, type Account, type Accounts } from '../domain/account.ts'
import { knownDevice, rememberDevice } from './known-device.ts'
import type { Compared, Passwords } from './password.ts'
import {
  beginSession,
  type BeginningParts,
  type BegunSession,
  type SessionProof,
  type SigningInBrowser,
} from './session.ts'
import type { Throttle } from './throttle.ts'

/** What signing in works with. */
export interface SignInParts extends BeginningParts {
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly throttle: Throttle
}

/** A person's attempt. */
export interface Credentials extends SigningInBrowser {
  /** User name or verified e-mail address, as typed. */
  readonly login: string
  readonly password: string
  /** The value of the device cookie, whatever that is. */
  readonly device: string | undefined
}

/** The account whose password was right; there is no session yet. */
export interface Proved {
  readonly proved: Account
}

/** A person who is signed in, with the values for the browser's cookies. */
export interface SignedIn extends BegunSession {
  /** The device cookie's new value: from now on this browser is not a stranger to the account. */
  readonly device_cookie: string
}

/** What came of an attempt. `retry_after`: too many of them; `busy`: no room to check a password just now. */
export type PasswordOutcome = Proved | { readonly retry_after: Seconds } | 'wrong' | 'busy'

/** How long the browser remembers having signed in; longer than browsers keep any cookie. */
export const deviceCookieAge: Seconds = 400 * 24 * 60 * 60

/**
 * Tells whether an attempt is one too many of a flood, from its request alone: nothing is looked up, not even whom it is
 * for. A browser with a device cookie is never turned away like this: its person may have signed in before (RL-23).
 */
export function isOneTooMany(
  { device, address, request_id }: Pick<Credentials, 'device' | 'address' | 'request_id'>,
  { passwords, log }: Pick<SignInParts, 'passwords' | 'log'>,
): boolean {
  if (device !== undefined || !passwords.isFlooded() || !passwords.turnsAway('stranger')) return false
  log.warn('sign_in_refused', { reason: 'password_busy', address, request_id })
  return true
}

/** Tells whose password this is, or in one word why it is nobody's. Whether that is enough is for others to say. */
export async function provePassword(credentials: Credentials, parts: SignInParts): Promise<PasswordOutcome> {
  const { address, request_id, device, password } = credentials
  // For the operator alone. What was typed is not logged: people type passwords into the wrong field.
  const logRefusal = (reason: string, account?: Account): void =>
    parts.log.warn('sign_in_refused', { reason, account_id: account?.account_id, address, request_id })
  // An attempt without a device is a stranger's to every account: nothing is looked up to say that there is no room.
  if (device === undefined && parts.passwords.turnsAway('stranger')) {
    logRefusal('password_busy')
    return 'busy'
  }
  const login = normalizedLogin(credentials.login.slice(0, longestName.username))
  const account = await parts.accounts.findByLogin(login)
  const known_device = account && knownDevice(parts.secrets, device, account.account_id)
  const attempt = {
    account: account?.account_id ?? login,
    address,
    ...(known_device !== undefined && { known_device }),
  }
  const asker = known_device === undefined ? 'stranger' : 'known_device'
  const tooMany = (throttled: { readonly retry_after: Seconds }): PasswordOutcome => {
    logRefusal('too_many_attempts', account)
    return throttled
  }
  const known = parts.throttle.known(attempt)
  if (known !== undefined) return tooMany(known)
  // Where the password will not be looked at, there is no try to count: a flood then costs no commits (RL-23).
  if (parts.passwords.turnsAway(asker)) {
    logRefusal('password_busy', account)
    return 'busy'
  }
  const [throttled, compared] = await Promise.all([
    parts.throttle.attempt(attempt),
    whatToCompare(account, attempt.account, parts),
  ])
  if ('retry_after' in throttled) return tooMany(throttled)
  const verified = await parts.passwords.verify(compared, password, asker)
  // Disabled is looked at after the hash and told in the same word: to a stranger there is no such account (AC-08).
  if (verified !== 'right' || account === undefined || account.disabled) {
    logRefusal(account?.disabled === true ? 'account_disabled' : `password_${verified}`, account)
    return verified === 'busy' ? 'busy' : 'wrong'
  }
  await parts.throttle.succeeded(attempt)
  await renewHash(account, password, parts)
  return { proved: account }
}

/**
 * Finds what a password is compared with. Another account is read in any case, so that a name that nobody has is not
 * one query quicker or slower than somebody's; only a holder of our key can tell which one, and it is the same for all
 * names of an account.
 */
async function whatToCompare(
  account: Account | undefined,
  named: string,
  { accounts, secrets }: SignInParts,
): Promise<Compared> {
  const position = Buffer.from(secrets.hash('decoy', named), 'base64url').toString('hex', 0, 8)
  const costs_like = await accounts.findPasswordHashAfter(position)
  return account?.password_hash === undefined ? { costs_like } : { hash: account.password_hash }
}

/** Signs a person in who has proved all that is asked for; `outdated` as for {@link beginSession}. */
export async function completeSignIn(
  account: Account,
  proof: SessionProof,
  browser: SigningInBrowser & Pick<Credentials, 'device'>,
  parts: BeginningParts,
): Promise<SignedIn | 'outdated'> {
  const begun = await beginSession(account, proof, browser, parts)
  if (begun === 'outdated') return begun
  return { ...begun, device_cookie: rememberDevice(parts.secrets, browser.device, account.account_id) }
}

/** Replaces a hash that was made with other parameters; where there is no room for that now, at the next sign-in. */
async function renewHash({ account_id, password_hash }: Account, password: string, parts: SignInParts): Promise<void> {
  if (password_hash === undefined || !parts.passwords.needsRehash(password_hash)) return
  const hash = await parts.passwords.hash(password)
  if (hash === 'busy' || hash === 'too_long') return
  await parts.accounts.renewPasswordHash(account_id, password_hash, hash)
}
