import type { Seconds } from '../kernel/time.ts'
import type { Account } from './account.ts'
import type { Session } from './session.ts'

/** What a person typed into an application, as that hands it on. */
export interface TypedCredentials {
  /** User name or verified e-mail address. */
  readonly login: string
  readonly password: string
  /** The application's network address, and what it says of itself. */
  readonly address: string
  readonly user_agent: string
  readonly request_id: string
}

/** Who it was, with the session that says so; no browser has a cookie for it. */
export interface ProvenPerson {
  readonly account: Account
  readonly session: Session
}

/** What came of the credentials. `retry_after`: too many attempts; `busy`: no room to check a password just now. */
export type PasswordSignInOutcome = ProvenPerson | { readonly retry_after: Seconds } | 'wrong' | 'busy'

/**
 * Port: proves who somebody is by a password alone, the same way as the sign-in page does. For an account that asks for
 * more than a password the answer is that of a wrong one: an application cannot ask the second question.
 */
export type PasswordSignIn = (credentials: TypedCredentials) => Promise<PasswordSignInOutcome>
