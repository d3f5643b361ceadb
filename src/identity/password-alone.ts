import type { PasswordSignIn } from '../domain/password-sign-in.ts'
import { signIn, type SignInParts } from './sign-in.ts'

/**
 * Signs people in whose password an application hands on: counted, admitted and judged as on the sign-in page, as a
 * stranger, since it is not the person's device that comes. The session it begins is ended at once.
 */
export function openPasswordSignIn(parts: SignInParts): PasswordSignIn {
  return async (credentials) => {
    const outcome = await signIn({ ...credentials, device: undefined, session: undefined }, parts)
    if (typeof outcome === 'string' || 'retry_after' in outcome) return outcome
    const { session, signed_in: account } = outcome
    await parts.sessions.end(session.session_id, parts.clock())
    return { account, session }
  }
}
