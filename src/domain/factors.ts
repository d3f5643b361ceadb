/** What a person can prove beyond a password, and how much of it a sign-in needs. */
import { acrValues } from '../vocabulary/authentication.ts'
import { acrOf, acrToReach, hasReached, type AcrWish } from './authentication-context.ts'

/** What an account has enrolled. */
export interface HeldFactors {
  /** Whether an authenticator app makes codes for it. */
  readonly totp: boolean
  /** How many recovery codes are unspent. */
  readonly recovery_codes: number
  /** How many passkeys it has. */
  readonly passkeys: number
}

/** Port: the factors of accounts together. */
export interface Factors {
  held(account_id: string): Promise<HeldFactors>
  /** Takes every factor of an account but its password, what came with them and its accounts elsewhere; returns what there was. */
  removeAll(account_id: string): Promise<HeldFactors>
}

/** Tells whether there is anything beyond the password. */
export function hasFactor({ totp, passkeys }: HeldFactors): boolean {
  return totp || passkeys > 0
}

/** Tells the strongest context that an account can reach with what it has enrolled. */
export function bestAcr({ totp, passkeys }: HeldFactors): string {
  if (passkeys > 0) return acrValues.phishing_resistant
  return totp ? acrValues.multi_factor : acrValues.password
}

/** What decides whether a sign-in is complete. */
export interface SignInDemand {
  readonly held: HeldFactors
  readonly wish: AcrWish
  /** `remembered`: the person said of this browser that it need not be asked for a second factor. */
  readonly browser: 'remembered' | 'any'
}

/**
 * Tells which context a sign-in has still to reach; undefined: it is complete.
 *
 * An authenticator app is asked for by whoever has one, unless the browser is remembered; what a client asks for is asked
 * of everybody who can give it, remembered or not. A passkey alone is another way in, not a second lock on the first.
 */
export function missingAcr({ held, wish, browser }: SignInDemand, amr: readonly string[]): string | undefined {
  const reached = acrOf(amr)
  // Whoever comes from another provider may have no password to add: none is asked for on top.
  const values = wish.values.filter((value) => reached !== acrValues.upstream || value !== acrValues.password)
  const wished = acrToReach({ ...wish, values }, reached, bestAcr(held))
  if (wished !== undefined) return wished
  const isOwed = held.totp && browser === 'any' && !hasReached(reached, acrValues.multi_factor)
  return isOwed ? acrValues.multi_factor : undefined
}
