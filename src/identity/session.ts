/** Sessions: begun when somebody has proved who they are, kept by use, ended by time, sign-out or the next sign-in. */
import { newId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Account, Accounts } from '../domain/account.ts'
import { acrOf } from '../domain/authentication-context.ts'
import type { EventLog } from '../domain/event-log.ts'
import { findLeftBehind, type Session, type Sessions } from '../domain/session.ts'

/** What sessions are made with. */
export interface SessionParts {
  readonly clock: Clock
  readonly secrets: Secrets
  readonly sessions: Sessions
  readonly settings: { readonly lifetimes: { readonly session_idle: Seconds; readonly session_max: Seconds } }
}

/** What beginning one takes besides. */
export interface BeginningParts extends SessionParts {
  readonly accounts: Pick<Accounts, 'beginSession'>
  readonly log: EventLog
}

/** The browser that signs in. */
export interface SigningInBrowser {
  /** The value of its session cookie until now, whatever that is. */
  readonly session: string | undefined
  readonly address: string
  readonly user_agent: string
  readonly request_id: string
}

/** How somebody proved who they are. */
export interface SessionProof {
  /** RFC 8176 values: as many as their account and the request ask for. */
  readonly amr: readonly string[]
  /** When, where that was told by another provider; now otherwise. Never later than now. */
  readonly auth_time?: EpochSeconds
  /** The provider that vouched for them. */
  readonly upstream?: string
}

/** A session that has just begun. */
export interface BegunSession {
  readonly session: Session
  /** The cookie's new value. */
  readonly session_cookie: string
}

/** How much of what a browser says of itself is kept, in UTF-16 units. */
export const longestUserAgent = 400

/**
 * Begins a session, with an id and a cookie of its own, and ends the one that the browser had: knowing the
 * old cookie is of no use (SECURITY: BR-08), and no session ever belongs to two people (BR-22).
 *
 * @returns `outdated` where the account is not as it was when that was proved. A password takes a while to be checked, and
 *   longer to be waited for: whoever knew the one before would get in at the moment that it is changed (AC-15)
 */
export async function beginSession(
  account: Account,
  { amr, auth_time, upstream }: SessionProof,
  browser: SigningInBrowser,
  parts: BeginningParts,
): Promise<BegunSession | 'outdated'> {
  const { address, request_id } = browser
  const { account_id } = account
  const { lifetimes } = parts.settings
  const at = parts.clock()
  const session_id = newId()
  const { value, hash } = parts.secrets.issue('session', session_id)
  const expires_at = at + lifetimes.session_max
  const session: Session = {
    session_id,
    session_hash: hash,
    account_id,
    auth_time: Math.min(auth_time ?? at, at),
    amr,
    acr: acrOf(amr),
    created_at: at,
    last_seen_at: at,
    idle_expires_at: Math.min(at + lifetimes.session_idle, expires_at),
    expires_at,
    address,
    user_agent: browser.user_agent.slice(0, longestUserAgent),
  }
  const event = {
    event_id: newId(),
    at,
    event: 'signed_in',
    actor: `account:${account_id}`,
    account_id,
    address,
    request_id,
    detail: { session_id, amr: session.amr, ...(upstream !== undefined && { upstream }) },
  }
  const before = await findLeftBehind(browser.session, account_id, parts)
  const outcome = await parts.accounts.beginSession({ session, account, before, news: { event } })
  if (outcome === 'outdated') {
    parts.log.warn('sign_in_refused', { reason: 'account_changed', account_id, address, request_id })
    return outcome
  }
  parts.log.info('signed_in', { account_id, session_id, address, request_id })
  return { session, session_cookie: value }
}
