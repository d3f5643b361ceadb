/** Which authentication contexts (`acr`) there are, how they compare, and which one is told. Nothing else decides it. */
import { acrValues, amrValues, requirableAcrValues, type RequirableAcr } from '../vocabulary/authentication.ts'

/** What a request asks of the way the person signs in. */
export interface AcrWish {
  /** In the order of preference; none: whatever there is. */
  readonly values: readonly string[]
  /** `essential`: one of them has to be reached. `voluntary`: they are a wish, and the answer tells what was. */
  readonly kind: 'essential' | 'voluntary'
  /** What the operator requires, whatever the request says; undefined: nothing. */
  readonly least?: RequirableAcr | undefined
}

/** Tells which of some requirements covers the others too; undefined where there are none. */
export function strictest(required: readonly (RequirableAcr | undefined)[]): RequirableAcr | undefined {
  return requirableAcrValues.findLast((value) => required.includes(value))
}

/** Every context that a person can reach here, the weakest first: whoever reached one has reached those before it. */
export const reachableAcrValues: readonly string[] = [
  acrValues.password,
  acrValues.multi_factor,
  acrValues.phishing_resistant,
]

/** All contexts, weakest first: below those are a code by mail and another provider's word, which nobody need ask for. */
const ranked: readonly string[] = [acrValues.email_code, acrValues.upstream, ...reachableAcrValues]

/** Tells which context somebody has reached who signed in by these methods (RFC 8176 §2). */
export function acrOf(amr: readonly string[]): string {
  // Nothing was proved to us: another provider vouched for the person, and what it says of how does not count here.
  if (amr.length === 0) return acrValues.upstream
  if (amr.every((method) => method === amrValues.one_time_code)) return acrValues.email_code
  if (!amr.includes(amrValues.multi_factor)) return acrValues.password
  return amr.includes(amrValues.key) ? acrValues.phishing_resistant : acrValues.multi_factor
}

/**
 * Tells which context a person who has reached one should go on to: the first one asked for that they can reach;
 * undefined where they have reached one of them already, or can reach none (BR-23).
 */
export function acrToReach({ values }: AcrWish, held: string, best: string): string | undefined {
  if (values.some((value) => hasReached(held, value))) return undefined
  return values.find((value) => hasReached(best, value))
}

/** Tells whether somebody can reach one of the contexts that a request cannot do without. */
export function isReachable({ kind, values }: AcrWish): boolean {
  return kind === 'voluntary' || values.length === 0 || values.some((value) => reachableAcrValues.includes(value))
}

/** Tells whether a sign-in has reached what its answer cannot do without (BR-23). */
export function isReached({ kind, values, least }: AcrWish, held: string): boolean {
  if (least !== undefined && !hasReached(held, least)) return false
  return kind === 'voluntary' || values.length === 0 || values.some((value) => hasReached(held, value))
}

/** Tells whether a sign-in has reached all that is asked of it, including what is merely wished for. */
export function isWishMet(wish: AcrWish, held: string): boolean {
  return isReached({ ...wish, kind: 'essential' }, held)
}

/**
 * Tells which context a sign-in still has to reach; undefined where it lacks nothing. It covers both what the operator
 * requires and what is essential to the client.
 */
export function acrOwed(wish: AcrWish, held: string): string | undefined {
  if (isReached(wish, held)) return undefined
  const { kind, values, least } = wish
  const essential = kind === 'essential' ? values.find((value) => reachableAcrValues.includes(value)) : undefined
  return reachableAcrValues.findLast((value) => value === essential || value === least)
}

/**
 * Tells which context the client is told: the first one asked for that was reached and says no less than what is required,
 * otherwise the one that was reached (never one that was not).
 */
export function toldAcr({ values, least }: AcrWish, held: string): string {
  const says = (value: string): boolean => least === undefined || hasReached(value, least)
  return values.find((value) => hasReached(held, value) && says(value)) ?? held
}

/** Tells whether whoever is in one context has reached another; nobody has reached one that does not exist. */
export function hasReached(held: string, asked: string): boolean {
  const rank = ranked.indexOf(asked)
  return rank !== -1 && ranked.indexOf(held) >= rank
}
