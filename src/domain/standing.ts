import type { EpochSeconds } from '../kernel/time.ts'
import type { Standing } from './authorization.ts'
import type { Client } from './client.ts'

/** Why nothing may be minted or accepted under an authorization any more. */
export type StandingProblem =
  | 'authorization_missing'
  | 'client_missing'
  | 'client_disabled'
  | 'account_missing'
  | 'account_disabled'
  | 'password_set_anew'
  | 'authorization_ended'
  | 'authorization_expired'
  | 'grant_missing'
  | 'grant_ended'
  | 'grant_expired'
  | 'grant_given_anew'
  | 'grant_paused'
  | 'session_ended'

/**
 * Judges an authorization with everything that it hangs on: the first thing that no longer holds, or undefined when a
 * token may be minted or accepted under it. This is the only place that says so; whoever mints, refreshes, introspects
 * or tells claims asks here, so that an ended grant or a disabled account counts everywhere at once.
 *
 * A session counts only for an authorization that is bound to one, and only by its sign-out: that a browser stayed
 * idle ends no token, and the session's longest life is in the authorization's own `expires_at`.
 *
 * @param standing as `Authorizations.findStanding` read it; undefined when there was no such authorization
 * @param client the client as it is now; one that is not the authorization's own counts as missing
 */
export function standingProblem(
  standing: Standing | undefined,
  client: Client | undefined,
  at: EpochSeconds,
): StandingProblem | undefined {
  if (standing === undefined) return 'authorization_missing'
  const { authorization, grant, account, session } = standing
  if (client === undefined || client.client_id !== authorization.client_id) return 'client_missing'
  if (client.disabled) return 'client_disabled'
  if (account === undefined) return 'account_missing'
  if (account.disabled) return 'account_disabled'
  if (isFromBefore(standing, account.authorizations_since)) return 'password_set_anew'
  if (authorization.ended_at !== undefined) return 'authorization_ended'
  if (authorization.expires_at <= at) return 'authorization_expired'
  if (grant === undefined) return 'grant_missing'
  if (grant.ended_at !== undefined) return 'grant_ended'
  if (grant.expires_at !== undefined && grant.expires_at <= at) return 'grant_expired'
  // What hung on it before it had expired does not come back to life with the next yes.
  if (authorization.created_at < grant.granted_at) return 'grant_given_anew'
  if (grant.paused_at !== undefined) return 'grant_paused'
  if (authorization.session_bound && (session === undefined || session.ended_at !== undefined)) return 'session_ended'
  return undefined
}

/**
 * AC-15: whether it was authorized before everything was ended. Of that very second the times do not tell; but sessions
 * ended with it, and whoever signed in afterwards has a new one.
 */
function isFromBefore({ authorization, session }: Standing, since: EpochSeconds | undefined): boolean {
  if (since === undefined || authorization.created_at > since) return false
  if (authorization.created_at < since) return true
  return session?.ended_at !== undefined && session.ended_at <= since
}
