import type { EpochSeconds } from '../kernel/time.ts'
import type { News } from './news.ts'

/** An authenticator app, RFC 6238: it counts once a first code of it was right. */
export interface TotpFactor {
  readonly account_id: string
  /** The shared secret, sealed. */
  readonly sealed_secret: string
  /** The newest time step whose code was accepted: neither it nor an older one is accepted again. */
  readonly last_step: number
  readonly created_at: EpochSeconds
}

/** Port: codes that a person types, from an app or from a sheet of paper. */
export interface OneTimeCodes {
  findTotp(account_id: string): Promise<TotpFactor | undefined>
  /** Keeps an app together with the recovery codes for the day it is lost; an account has one app at most. */
  enrolTotp(
    factor: TotpFactor,
    recovery_hashes: readonly string[],
    news?: News,
  ): Promise<'enrolled' | 'already_enrolled'>
  /** Spends a time step and all before it; of racing callers one is told `spent` (RFC 6238 §5.2). */
  spendStep(account_id: string, step: number): Promise<'spent' | 'already_spent'>
  /** Removes the app, its recovery codes, and every browser that was remembered because of it. */
  removeTotp(account_id: string, news?: News): Promise<'removed' | 'unknown'>
  /** Replaces all recovery codes by new ones; `unknown` where there is no app that they could stand in for. */
  replaceRecoveryCodes(
    account_id: string,
    hashes: readonly string[],
    at: EpochSeconds,
    news?: News,
  ): Promise<'replaced' | 'unknown'>
  /** Spends a recovery code; of racing callers one is told `spent`. */
  spendRecoveryCode(account_id: string, hash: string, at: EpochSeconds): Promise<'spent' | 'unknown'>
}
