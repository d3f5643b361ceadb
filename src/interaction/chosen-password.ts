/** A password that somebody chose, on whichever page: judged by the rules, then hashed, where there is room for that. */
import { busyRetry, passwordFault, type PasswordRules } from '../domain/password-rules.ts'
import type { Passwords } from '../identity/password.ts'
import type { PasswordNotice } from '../ui/password-notice.ts'

/** What taking a password takes. */
export interface ChosenPasswordParts {
  readonly passwords: Passwords
  readonly passwordRules: PasswordRules
}

/** A password that can be set, or why not. */
export type ChosenPassword =
  { readonly password_hash: string } | { readonly status: number; readonly notice: PasswordNotice }

/**
 * Judges and hashes a password.
 *
 * @param names what the account is called
 */
export async function takePassword(
  password: string,
  names: readonly string[],
  { passwords, passwordRules }: ChosenPasswordParts,
): Promise<ChosenPassword> {
  const fault = await passwordFault(password, names, passwordRules)
  if (fault !== undefined) return { status: 400, notice: { kind: fault } }
  const password_hash = await passwords.hash(password)
  if (password_hash === 'too_long') return { status: 400, notice: { kind: 'too_long' } }
  if (password_hash === 'busy') return { status: 503, notice: { kind: 'busy', retry_after: busyRetry } }
  return { password_hash }
}
