/**
 * What an authorization request still lacks. Computed from policy each time, from rows alone: no step is ever taken from
 * the browser, so none can be skipped (SECURITY: BR-17).
 */
import type { Account } from '../../domain/account.ts'
import { grantIsLive, heldBy, type Grant, type Permission } from '../../domain/grant.ts'
import { isLive, type Session } from '../../domain/session.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { refusal, type Refusal } from '../../kernel/refusal.ts'
import type { AuthorizationRequest } from './request.ts'

const loginRequired = refusal(
  'login_required',
  'login_required',
  'The person is not signed in here, or has to sign in again',
)
const consentRequired = refusal('consent_required', 'consent_required', 'The person has not allowed this yet')

/** What is known when the question is asked. */
export interface Progress {
  readonly request: AuthorizationRequest
  readonly session?: Session | undefined
  /** The session's account. */
  readonly account?: Account | undefined
  /** The standing grant of that account for this client. */
  readonly grant?: Grant | undefined
  /** When the person signed in within this very interaction. */
  readonly signed_in_at?: EpochSeconds | undefined
  readonly at: EpochSeconds
}

/** What comes next: the person signs in, the person decides, or the request can be answered under a grant that stands. */
export type NextStep =
  | { readonly step: 'sign_in' }
  | { readonly step: 'consent'; readonly session: Session; readonly account: Account }
  | { readonly step: 'record'; readonly session: Session; readonly account: Account }
  | { readonly step: 'answer'; readonly session: Session; readonly account: Account; readonly grant: Grant }

/** Tells what comes next. `record`: the consent of a first-party client, recorded without asking. */
export function nextStep(progress: Progress): NextStep {
  const { request, session, account, grant } = progress
  if (session === undefined || account === undefined || needsSignIn(progress, session, account))
    return { step: 'sign_in' }
  const stands = grant !== undefined && grantIsLive(grant, progress.at) && covers(grant, request.permissions)
  // What the person paused is not asked around: only they resume it, by allowing it again or on their own page.
  const isPaused = grant?.paused_at !== undefined && grantIsLive(grant, progress.at)
  if (request.client.first_party && !isPaused)
    return stands ? { step: 'answer', session, account, grant } : { step: 'record', session, account }
  if (!stands || isPaused || request.prompt.has('consent') || isUnverifiable(request))
    return { step: 'consent', session, account }
  return { step: 'answer', session, account, grant }
}

/**
 * Refuses a request that may show nothing, OpenID Connect Core §3.1.2.6.
 *
 * @returns the refusal for `prompt=none`, undefined when the request can be answered
 */
export function silentRefusal(next: NextStep): Refusal | undefined {
  if (next.step === 'sign_in') return loginRequired
  return next.step === 'consent' ? consentRequired : undefined
}

function needsSignIn({ request, signed_in_at, at }: Progress, session: Session, account: Account): boolean {
  if (account.disabled || !isLive(session, at)) return true
  const signedInHere = signed_in_at !== undefined && session.auth_time >= signed_in_at
  if (signedInHere) return false
  if (request.prompt.has('login') || request.prompt.has('select_account')) return true
  // OpenID Connect Core §3.1.2.1: max_age=0 asks as prompt=login does.
  return request.max_age !== undefined && (request.max_age === 0 || at - session.auth_time > request.max_age)
}

/** Tells whether a grant has every permission asked for. */
export function covers(grant: Grant, permissions: readonly Permission[]): boolean {
  return permissions.every(heldBy(grant.permissions))
}

/**
 * OAuth 2.1 §7.4 and RFC 8252 §8.6: on a loopback or private-use address anybody's program can listen, so an earlier yes
 * says nothing about who is asking now; the same for a client that registered itself.
 */
function isUnverifiable({ client, target }: AuthorizationRequest): boolean {
  const registeredItself = client.registered_by === 'registration' || client.registered_by === 'metadata_document'
  const isPublic = client.metadata.token_endpoint_auth_method === 'none'
  return isPublic && (registeredItself || !target.redirect_uri.startsWith('https://'))
}
