/** What a person can prove beyond a password, and how much of it a sign-in needs. */
import { acrValues } from '../vocabulary/authentication.ts'
import type { News } from './news.ts'
import { acrOf, acrOwed, acrToReach, hasReached, type AcrWish } from './authentication-context.ts'

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
  /** Removes all that an account is signed in to by but its password, and what came with it; returns what there was. */
  removeAll(account_id: string, news?: News): Promise<HeldFactors>
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

/** What a sign-in still has to reach. */
export interface MissingContext {
  readonly acr: string
  /** `held`: with what the account has; `enrolment`: it has nothing that would do, and the person sets something up. */
  readonly by: 'held' | 'enrolment'
}

/**
 * Tells which context a sign-in still has to reach, and how; undefined: it is complete.
 *
 * Whoever has an authenticator app is asked for its code, unless the browser is remembered; what a client wishes for is
 * asked of everybody who can give it, remembered or not; what is required is asked of everybody. A passkey alone is another way
 * in, not a second lock on the first.
 */
export function missingContext(demand: SignInDemand, amr: readonly string[]): MissingContext | undefined {
  const { held, wish, browser } = demand
  const reached = acrOf(amr)
  const best = bestAcr(held)
  // Whoever comes from another provider may have no password: none is asked for on top.
  const values = wish.values.filter((value) => reached !== acrValues.upstream || value !== acrValues.password)
  const owed = acrOwed({ ...wish, values }, reached)
  const wished = acrToReach({ ...wish, values }, reached, best)
  if (wished !== undefined && (owed === undefined || hasReached(wished, owed))) return { acr: wished, by: 'held' }
  if (owed !== undefined) return wayTo(owed, { held, reached })
  const isAppOwed = held.totp && browser === 'any' && !hasReached(reached, acrValues.multi_factor)
  return isAppOwed ? { acr: acrValues.multi_factor, by: 'held' } : undefined
}

function wayTo(
  acr: string,
  { held, reached }: { readonly held: HeldFactors; readonly reached: string },
): MissingContext {
  if (hasReached(bestAcr(held), acr)) return { acr, by: 'held' }
  // AC-23: nobody adds a factor before they have shown those that they have.
  const isKnown = !hasFactor(held) || hasReached(reached, acrValues.multi_factor)
  return isKnown ? { acr, by: 'enrolment' } : { acr: acrValues.multi_factor, by: 'held' }
}
