/**
 * What an authorization request still lacks. Computed from policy each time, from rows alone: no step is ever taken from
 * the browser, so none can be skipped (SECURITY: BR-17).
 */
import { acrOwed, acrToReach, hasReached, isReached } from '../../domain/authentication-context.ts'
import type { Account } from '../../domain/account.ts'
import type { HeldGrant } from '../../domain/authorization.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import type { Consent } from '../../domain/consent.ts'
import { grantIsLive, heldBy, permissionKey, type Grant, type Permission } from '../../domain/grant.ts'
import { isOptional } from '../../domain/optional-permission.ts'
import { isLive, type Session } from '../../domain/session.ts'
import { everyName } from '../../domain/tagged-metadata.ts'
import type { Json } from '../../kernel/binding.ts'
import { sha256base64url } from '../../kernel/hash.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { refusal, type Refusal } from '../../kernel/refusal.ts'
import type { AuthorizationRequest } from './request.ts'

const loginRequired = refusal(
  'login_required',
  'login_required',
  'The person is not signed in here, or has to sign in again',
)
// OpenID Connect Core §3.1.2.6: signing in is not all that is missing.
const factorRequired = refusal(
  'interaction_required',
  'factor_required',
  'The person first has to set up what they will sign in with',
)
// OpenID Connect Core §3.1.2.2: nobody else's tokens are given to a client that said whom it means.
const otherSubject = refusal(
  'login_required',
  'subject_mismatch',
  'Somebody other than the application means has signed in',
)
/** Whoever signs in did not get as far as the request asks. */
export const acrNotReached = refusal(
  'unmet_authentication_requirements',
  'acr_not_reached',
  'The person could not sign in the way the application asks for',
)
/** Nothing stands that the request could be answered under. */
export const consentRequired = refusal('consent_required', 'consent_required', 'The person has not allowed this yet')

/** What is known when the question is asked. */
export interface Progress {
  readonly request: AuthorizationRequest
  readonly session?: Session | undefined
  /** The session's account. */
  readonly account?: Account | undefined
  /** The standing grant of that account for this client. */
  readonly grant?: HeldGrant | undefined
  /** What the person was shown and chose when they last decided about that grant; undefined where it does not matter. */
  readonly last?: Consent['shown'] | undefined
  /** What the client knows that account by. */
  readonly subject?: string | undefined
  /** The strongest context that account can reach; undefined: not looked at, since nothing more is wished for. */
  readonly best_acr?: string | undefined
  /** When the person signed in within this very interaction. */
  readonly signed_in_at?: EpochSeconds | undefined
  readonly at: EpochSeconds
}

/** `lacks`: whether they need only sign in, or have first to set up something to sign in with. */
interface NeededSignIn {
  readonly step: 'sign_in'
  readonly lacks: 'sign_in' | 'factor'
}

/** What comes next: the person signs in, the person decides, or the request can be answered under a grant that stands. */
export type NextStep =
  | NeededSignIn
  | { readonly step: 'consent'; readonly session: Session; readonly account: Account }
  | { readonly step: 'record'; readonly session: Session; readonly account: Account }
  | { readonly step: 'answer'; readonly session: Session; readonly account: Account; readonly grant: HeldGrant }

/**
 * Tells what comes next. `record`: the consent of a first-party client, recorded without asking.
 *
 * @throws `login_required` and `unmet_authentication_requirements` when the person has signed in within this interaction,
 *   and it was somebody other than is meant, or not in the way asked for: asking again would lead here again (BR-22, BR-23)
 */
export function nextStep(progress: Progress): NextStep {
  const { request, session, account, grant } = progress
  if (session === undefined || account === undefined || needsSignIn(progress, session, account))
    return { step: 'sign_in', lacks: lacksFactor(progress) ? 'factor' : 'sign_in' }
  const isLive = grant !== undefined && grantIsLive(grant, progress.at)
  const stands = isLive && (covers(grant, needed(request)) || isAnswered(progress, grant))
  // What the person paused is not asked around: only they resume it, by allowing it again or on their own page. Nor does
  // an application get back by itself the access that it lost because the account is to be deleted (AC-30).
  const isHeldBack = (isLive && grant.paused_at !== undefined) || account.deletes_at !== undefined
  if (request.client.first_party && !isHeldBack)
    return stands ? { step: 'answer', session, account, grant } : { step: 'record', session, account }
  if (!stands || isHeldBack || request.prompt.has('consent') || isUnverifiable(request) || hasChanged(progress))
    return { step: 'consent', session, account }
  return { step: 'answer', session, account, grant }
}

/**
 * Sums up what of a client a person relies on when they allow it something: its names, and where it may have answers sent.
 * A client that describes itself at an address, or manages its own registration (RFC 7592), may change both at any time.
 */
export function presentationOf({ metadata }: Client): string {
  return sha256base64url(JSON.stringify([everyName(metadata), [...metadata.redirect_uris].sort()]))
}

/** CI-04: what was allowed to a client that looked different is asked again. */
function hasChanged({ request: { client }, last }: Progress): boolean {
  return registeredItself(client) && last?.['presentation'] !== presentationOf(client)
}

/** Tells whether it matters what was decided last, which takes a look at the record of it. */
export function needsLast({ client, permissions }: AuthorizationRequest, grant: HeldGrant): boolean {
  return registeredItself(client) || !covers(grant, permissions)
}

/**
 * Refuses a request that may show nothing, OpenID Connect Core §3.1.2.6.
 *
 * @returns the refusal for `prompt=none`, undefined when the request can be answered
 */
export function silentRefusal(next: NextStep): Refusal | undefined {
  if (next.step === 'sign_in') return next.lacks === 'factor' ? factorRequired : loginRequired
  return next.step === 'consent' ? consentRequired : undefined
}

/** What makes even a signed-in person sign in again: Initiating User Registration 1.0 §4.1 for the last. */
const asked = ['login', 'select_account', 'create'] as const

function needsSignIn(progress: Progress, session: Session, account: Account): boolean {
  const { request, subject, signed_in_at, at } = progress
  if (account.disabled || !isLive(session, at)) return true
  const signedInHere = signed_in_at !== undefined && session.auth_time >= signed_in_at
  const detail = { client_id: request.client.client_id }
  const isMeant = request.subjects.every((meant) => meant === subject)
  if (signedInHere && !isMeant) throw otherSubject(detail)
  if (signedInHere && !isReached(request.acr, session.acr)) throw acrNotReached({ ...detail, acr_values: session.acr })
  if (signedInHere) return false
  if (!isMeant || !isReached(request.acr, session.acr)) return true
  if (canReachMore(progress, session)) return true
  if (asked.some((prompt) => request.prompt.has(prompt))) return true
  // OpenID Connect Core §3.1.2.1: max_age=0 asks as prompt=login does.
  return request.max_age !== undefined && (request.max_age === 0 || at - session.auth_time > request.max_age)
}

/** Whether the person is signed in and has nothing that would reach what is still owed, however often they sign in. */
function lacksFactor({ request, session, account, best_acr }: Progress): boolean {
  if (session === undefined || account === undefined || account.disabled || best_acr === undefined) return false
  const owed = acrOwed(request.acr, session.acr)
  return owed !== undefined && !hasReached(best_acr, owed)
}

/** BR-23: whoever can sign in the way a client wishes is asked to, unless nobody may be asked. */
function canReachMore({ request, best_acr }: Progress, { acr }: Session): boolean {
  if (best_acr === undefined || request.prompt.has('none')) return false
  return acrToReach(request.acr, acr, best_acr) !== undefined
}

/**
 * What the answer cannot do without. Where nobody may be asked, a claim that the client can do without is not missed: it
 * is left out, as one that the person unticked is (OpenID Connect Core §5.5.1).
 */
function needed({ permissions, prompt }: AuthorizationRequest): readonly Permission[] {
  if (!prompt.has('none')) return permissions
  return permissions.filter(({ claim, essential }) => claim === undefined || essential === true)
}

/**
 * R6: tells whether the person has answered this very question. All that was asked then is asked now, and all that is
 * missing they left out, and still may: their no lasts as long as their yes. Who asks for something else asks them, and
 * so does `prompt=consent`.
 */
function isAnswered({ request: { permissions, resources, client }, last }: Progress, grant: HeldGrant): boolean {
  const [asked, allowed] = [keysIn(last?.['asks']), keysIn(last?.['allowed'])]
  const isHeld = heldBy(grant.permissions)
  const missing = permissions.filter((permission) => !isHeld(permission))
  const isLeftOut = (permission: Permission): boolean => {
    const key = permissionKey(permission)
    return asked.has(key) && !allowed.has(key) && isOptional(permission, resources, client)
  }
  const isSame = asked.isSubsetOf(new Set(permissions.map(permissionKey)))
  return isSame && missing.length < permissions.length && missing.every(isLeftOut)
}

function keysIn(noted: Json | undefined): ReadonlySet<Json> {
  return new Set(Array.isArray(noted) ? noted : [])
}

/** Tells whether a grant has every permission asked for. */
export function covers(grant: Pick<Grant, 'permissions'>, permissions: readonly Permission[]): boolean {
  return permissions.every(heldBy(grant.permissions))
}

/**
 * OAuth 2.1 §7.4 and RFC 8252 §8.6: on a loopback or private-use address anybody's program can listen, so an earlier yes
 * says nothing about who is asking now; the same for a client that registered itself.
 */
function isUnverifiable({ client, target }: AuthorizationRequest): boolean {
  const isPublic = client.metadata.token_endpoint_auth_method === 'none'
  return isPublic && (registeredItself(client) || !target.redirect_uri.startsWith('https://'))
}
