import type { EpochSeconds, Seconds } from '../kernel/time.ts'

/** A browser that one account need not prove its second factor in. It proves nothing of the first. */
export interface RememberedBrowser {
  /** For the person's own list. */
  readonly remembered_id: string
  readonly account_id: string
  /** Keyed hash of the browser's cookie. */
  readonly browser_hash: string
  readonly user_agent: string
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
}

/** How long a browser is remembered: 30 days. */
export const rememberedFor: Seconds = 30 * 86_400

/** Port: the browsers that people ticked the box in. */
export interface RememberedBrowsers {
  /** Remembers a browser for an account, from now on if it is known already. Only while there is a second factor to skip. */
  remember(browser: RememberedBrowser): Promise<void>
  /** Tells whether it is remembered at that moment. */
  isRemembered(account_id: string, browser_hash: string, at: EpochSeconds): Promise<boolean>
  /** Those of an account that are remembered at that moment, newest first. */
  listByAccount(account_id: string, at: EpochSeconds): Promise<readonly RememberedBrowser[]>
  /** Forgets one browser of an account. */
  forget(account_id: string, remembered_id: string): Promise<'forgotten' | 'unknown'>
}
