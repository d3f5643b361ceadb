/** Which authentication contexts (`acr`) there are, how they compare, and which is told. The one place that says so. */
import { acrValues, amrValues } from '../vocabulary/authentication.ts'

/** What a request asks of the way the person signs in. */
export interface AcrWish {
  /** In the order of preference; none: whatever there is. */
  readonly values: readonly string[]
  /** `essential`: one of them has to be reached. `voluntary`: they are a wish, and the answer tells what was. */
  readonly kind: 'essential' | 'voluntary'
}

/** Every context that a person can reach here, the weakest first: whoever reached one has reached those before it. */
export const reachableAcrValues: readonly string[] = [
  acrValues.password,
  acrValues.multi_factor,
  acrValues.phishing_resistant,
]

/** The same, after those that nobody need ask for: a code by mail, which everybody has reached, and another provider's word. */
const ranked: readonly string[] = [acrValues.email_code, acrValues.upstream, ...reachableAcrValues]

/** Tells which context somebody is in who signed in by these methods (RFC 8176 §2). */
export function acrOf(amr: readonly string[]): string {
  // Nothing was proved to us: another provider vouched for the person, and what it says of how does not count here.
  if (amr.length === 0) return acrValues.upstream
  if (amr.every((method) => method === amrValues.one_time_code)) return acrValues.email_code
  if (!amr.includes(amrValues.multi_factor)) return acrValues.password
  return amr.includes(amrValues.key) ? acrValues.phishing_resistant : acrValues.multi_factor
}

/**
 * Tells which context a person shall go on to, who has reached one and could reach another: the first one asked for that
 * they can reach; undefined where they are there already, or cannot get to any (BR-23).
 */
export function acrToReach({ values }: AcrWish, held: string, best: string): string | undefined {
  if (values.some((value) => hasReached(held, value))) return undefined
  return values.find((value) => hasReached(best, value))
}

/** Tells whether somebody can reach one of the contexts that a request cannot do without. */
export function isReachable({ kind, values }: AcrWish): boolean {
  return kind === 'voluntary' || values.length === 0 || values.some((value) => reachableAcrValues.includes(value))
}

/** Tells whether a sign-in has reached what the request cannot do without (BR-23). */
export function isReached({ kind, values }: AcrWish, held: string): boolean {
  return kind === 'voluntary' || values.length === 0 || values.some((value) => hasReached(held, value))
}

/** Tells which context is told: the first one asked for that was reached, else the one that was (never one that was not). */
export function toldAcr({ values }: AcrWish, held: string): string {
  return values.find((value) => hasReached(held, value)) ?? held
}

/** Tells whether who is in one context has reached another; nobody has reached one that there is not. */
export function hasReached(held: string, asked: string): boolean {
  const rank = ranked.indexOf(asked)
  return rank !== -1 && ranked.indexOf(held) >= rank
}
