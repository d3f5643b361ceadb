import type { EpochSeconds } from '../kernel/time.ts'
import type { News } from './news.ts'

/** A key pair that a device or a password manager holds for one account, Web Authentication Level 3 §4. */
export interface Passkey {
  /** As the authenticator chose it, base64url. */
  readonly credential_id: string
  readonly account_id: string
  /** COSE key, base64url. */
  readonly public_key: string
  /** The signature counter; 0 for those that do not count. */
  readonly counter: number
  /** How the authenticator is reached, as the browser said: `internal`, `usb`, `hybrid`. */
  readonly transports: readonly string[]
  /** `synced`: it can leave the device it was made on (Web Authentication Level 3 §6.1.3). */
  readonly kind: 'synced' | 'device_bound'
  /** What the person calls it. */
  readonly name: string
  readonly created_at: EpochSeconds
  readonly last_used_at?: EpochSeconds
}

/** The most passkeys that one account can have. */
export const mostPasskeys = 20

/** Port: where passkeys live. */
export interface Passkeys {
  find(credential_id: string): Promise<Passkey | undefined>
  /** Those of an account, oldest first. */
  listByAccount(account_id: string): Promise<readonly Passkey[]>
  create(passkey: Passkey, news?: News): Promise<'created' | 'already_there'>
  /**
   * Notes a use. The counter must have grown, or stay at 0: of two who use one counter value, one is told `cloned`
   * (Web Authentication Level 3 §6.1.1).
   */
  use(credential_id: string, counter: number, at: EpochSeconds): Promise<'used' | 'cloned'>
  rename(account_id: string, credential_id: string, name: string): Promise<'renamed' | 'unknown'>
  remove(account_id: string, credential_id: string, news?: News): Promise<'removed' | 'unknown'>
}
