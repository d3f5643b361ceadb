import { missingContext, type Factors } from '../domain/factors.ts'
import type { PasswordSignIn } from '../domain/password-sign-in.ts'
import { amrValues } from '../vocabulary/authentication.ts'
import { completeSignIn, provePassword, type SignInParts } from './sign-in.ts'

/**
 * Signs people in whose password an application hands on: counted, admitted and judged as on the sign-in page, as a
 * stranger's, since it is not the person's device that asks. People with a second factor are not let in, since they
 * cannot be asked for it here. The session it begins is ended at once.
 */
export function openPasswordSignIn(parts: SignInParts & { readonly factors: Factors }): PasswordSignIn {
  return async (credentials) => {
    const stranger = { ...credentials, device: undefined, session: undefined }
    const outcome = await provePassword(stranger, parts)
    if (typeof outcome === 'string' || 'retry_after' in outcome) return outcome
    const { proved: account } = outcome
    const held = await parts.factors.held(account.account_id)
    const amr = [amrValues.password]
    if (missingContext({ held, wish: { values: [], kind: 'voluntary' }, browser: 'any' }, amr) !== undefined) {
      const { address, request_id } = credentials
      const { account_id } = account
      parts.log.warn('sign_in_refused', { reason: 'second_factor_missing', account_id, address, request_id })
      return 'wrong'
    }
    const signedIn = await completeSignIn(account, { amr }, stranger, parts)
    if (signedIn === 'outdated') return 'wrong'
    const { session } = signedIn
    await parts.sessions.end(session.session_id, parts.clock())
    return { account, session }
  }
}
