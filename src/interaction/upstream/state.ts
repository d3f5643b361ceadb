/**
 * What a sign-in elsewhere is remembered by until the browser comes back: nothing here, all of it in `state`, sealed
 * for this browser. Another browser, or another provider's return address, opens nothing (AC-21); every tab has its
 * own.
 */
import { newOpaqueId } from '../../kernel/ids.ts'
import type { Secrets } from '../../kernel/secret.ts'
import type { EpochSeconds, Seconds } from '../../kernel/time.ts'
import type { Browser } from '../../protocol/authorize/browser.ts'

/** How long somebody may take there. */
export const upstreamTime: Seconds = 1800

/** How fresh a sign-in there must be. `required`: a client was promised so; `wished`: as far as the provider can tell. */
export interface Freshness {
  readonly max_age: Seconds
  readonly proof: 'required' | 'wished'
}

/** One sign-in elsewhere. */
export interface UpstreamState {
  readonly interaction_id: string
  readonly provider: string
  readonly nonce: string
  /** RFC 7636 §4.1. */
  readonly code_verifier: string
  readonly begun_at: EpochSeconds
  readonly fresh?: Freshness
}

/** Makes what is new for each: 128 bits that an id_token has to repeat, and 256 that only we know. */
export function newUpstreamProofs(): Pick<UpstreamState, 'nonce' | 'code_verifier'> {
  return { nonce: newOpaqueId(), code_verifier: newOpaqueId() + newOpaqueId() }
}

/** Spells `state`. */
export function sealState(state: UpstreamState, browser: Browser, { secrets }: { readonly secrets: Secrets }): string {
  return secrets.sealFor(holderOf(browser), JSON.stringify(state))
}

/** Reads `state`; undefined for what was not made for this browser. */
export function openState(
  sealed: string,
  browser: Browser,
  { secrets }: { readonly secrets: Secrets },
): UpstreamState | undefined {
  const text = secrets.openFor(holderOf(browser), sealed)
  return text === undefined ? undefined : (JSON.parse(text) as UpstreamState)
}

/** So that nothing else that is sealed for a browser can be taken for it. */
function holderOf({ value }: Browser): string {
  return `upstream ${value}`
}
