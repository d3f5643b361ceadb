/** What a device asks for, RFC 8628: from its two codes to the answer that somebody gave elsewhere. */
import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Permission } from './grant.ts'

/** One device authorization. */
export interface DeviceAuthorization {
  readonly device_id: string
  readonly client_id: string
  /** Keyed hash of the device code. */
  readonly device_hash: string
  /** Keyed hash of the user code, as `normalizedUserCode` spells it. */
  readonly user_code_hash: string
  readonly permissions: readonly Permission[]
  /** What the features of the request kept. */
  readonly bindings: Readonly<Record<string, Json>>
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
  /** How long the device has to wait between two polls; grows with each one that came too early. */
  readonly poll_interval: Seconds
  /** The session that entered the user code: nobody else may answer. */
  readonly session_id?: string
  readonly decision?: 'allowed' | 'denied'
  /** What a yes made: it is redeemed once, like an authorization code. */
  readonly authorization_id?: string
}

/** The answer to a device authorization, as `Consents.record` closes it. */
export interface DeviceDecision {
  readonly device_id: string
  readonly session_id: string
  readonly decision: 'allowed' | 'denied'
  readonly authorization_id?: string
}

/** Who enters a user code. */
export interface CodeEntry {
  readonly device_id: string
  readonly account_id: string
  readonly session_id: string
}

/** Port: where device authorizations live. `Consents.record` answers them. */
export interface DeviceAuthorizations {
  /** Stores a new one; `taken` when another has the same user code. */
  create(device: DeviceAuthorization): Promise<'created' | 'taken'>
  /** Finds one by what its user code hashes to, answered or expired or not. */
  findByUserCode(user_code_hash: string): Promise<DeviceAuthorization | undefined>
  find(device_id: string): Promise<DeviceAuthorization | undefined>
  /**
   * Notes a poll. However many ask at once, on any nodes, one per interval is `due`; each that comes sooner makes the
   * interval five seconds longer (RFC 8628 §3.5).
   */
  poll(device_id: string, at: EpochSeconds): Promise<'due' | 'early'>
  /**
   * Binds one to the session that entered its code, moving it on from an earlier session of the same account.
   * `of_another`: a code is shown to one person, so whoever is second ends it. `over`: answered or expired.
   */
  enter(entry: CodeEntry, at: EpochSeconds): Promise<'entered' | 'of_another' | 'over'>
}

/** How much longer a device has to wait after it came too early, RFC 8628 §3.5. */
export const slowDown: Seconds = 5
