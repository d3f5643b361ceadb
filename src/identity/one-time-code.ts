/** The second factor that a person types: a code of the app, or a recovery code instead. */
import type { Seconds } from '../kernel/time.ts'
import type { OneTimeCodes } from '../domain/one-time-codes.ts'
import { knownDevice } from './known-device.ts'
import { readRecoveryCode, recoveryCodeHash } from './recovery-codes.ts'
import type { BeginningParts } from './session.ts'
import type { Throttle } from './throttle.ts'
import { openTotpSecret, stepOf } from './totp.ts'

/** What checking a code works with. */
export interface OneTimeCodeParts extends BeginningParts {
  readonly oneTimeCodes: OneTimeCodes
  readonly throttle: Throttle
}

/** A code, and who typed it where. */
export interface TypedCode {
  readonly account_id: string
  readonly code: string
  /** The value of the device cookie, whatever that is. */
  readonly device: string | undefined
  readonly address: string
  readonly request_id: string
}

/** What came of a code. `recovery_code`: it was right, and one less is left. */
export type CodeOutcome = 'one_time_code' | 'recovery_code' | 'wrong' | { readonly retry_after: Seconds }

/**
 * Checks a code and spends it. Each try is counted before it is looked at, by counters that the password does not
 * reset: of a million codes three are right at a time (SECURITY: AC-22). The person has proved the first factor
 * already.
 */
export async function spendCode(typed: TypedCode, parts: OneTimeCodeParts): Promise<CodeOutcome> {
  const { account_id, device, address, request_id } = typed
  const known_device = knownDevice(parts.secrets, device, account_id)
  // No login is spelled in capitals, so this is nobody's counter of passwords.
  const attempt = {
    account: `SECOND FACTOR ${account_id}`,
    address,
    ...(known_device !== undefined && { known_device }),
  }
  const throttled = await parts.throttle.attempt(attempt)
  const outcome = 'retry_after' in throttled ? throttled : await spent(typed, parts)
  if (outcome === 'one_time_code' || outcome === 'recovery_code') {
    await parts.throttle.succeeded(attempt)
    return outcome
  }
  const reason = outcome === 'wrong' ? 'one_time_code_wrong' : 'too_many_attempts'
  parts.log.warn('second_factor_refused', { reason, account_id, address, request_id })
  return outcome
}

async function spent({ account_id, code }: TypedCode, parts: OneTimeCodeParts): Promise<CodeOutcome> {
  const { oneTimeCodes } = parts
  const at = parts.clock()
  const recovery = readRecoveryCode(code)
  if (recovery !== undefined) {
    const hash = recoveryCodeHash(recovery, account_id, parts)
    return (await oneTimeCodes.spendRecoveryCode(account_id, hash, at)) === 'spent' ? 'recovery_code' : 'wrong'
  }
  const factor = await oneTimeCodes.findTotp(account_id)
  const secret = factor && openTotpSecret(factor.sealed_secret, account_id, parts)
  const step = secret === undefined ? undefined : stepOf(code, secret, at)
  if (step === undefined) return 'wrong'
  return (await oneTimeCodes.spendStep(account_id, step)) === 'spent' ? 'one_time_code' : 'wrong'
}
