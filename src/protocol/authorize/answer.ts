/** Answers an authorization request: the authorization with its code, under a grant that stands or one just given. */
import { newId } from '../../kernel/ids.ts'
import type { Json } from '../../kernel/binding.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import { toldAcr } from '../../domain/authentication-context.ts'
import type { Account } from '../../domain/account.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Authorization, HeldGrant } from '../../domain/authorization.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import type { Consent, ConsentDecision } from '../../domain/consent.ts'
import type { DeviceDecision } from '../../domain/device-authorization.ts'
import { grantIsLive, heldBy, permissionKey, type Grant, type Permission } from '../../domain/grant.ts'
import { audienceFor, becameOf, decidedEvent, noticesOf } from '../../domain/notice.ts'
import { profiles } from '../../domain/profile.ts'
import { sidFor, type Session, type SessionClient } from '../../domain/session.ts'
import { brings, bringsToken } from '../../vocabulary/response-types.ts'
import type { AccessFor, ProtocolParts } from '../parts.ts'
import { stateOfSession } from '../session-management/browser-state.ts'
import type { AuthorizationRequest } from './request.ts'
import { giveAnswer, type Answer, type Granted } from './give.ts'
import { respondError } from './respond.ts'
import { refusal } from '../../kernel/refusal.ts'

const deniedByPerson = refusal('access_denied', 'denied_by_person', 'The person said no')

/** Who answers: the signed-in person, in which session. */
export interface Answerer {
  readonly session: Session
  readonly account: Account
}

/** An authorization request that somebody is answering, from where. */
export interface Answering extends Answerer {
  readonly request: AuthorizationRequest
  readonly origin: Origin
  /** The interaction that the answer closes; absent where nobody had to be asked. */
  readonly closed?: ClosedInteraction
}

/** What the person decided. */
export interface Decision {
  /** The permissions allowed: the required ones of the request and those optional ones that stayed checked. */
  readonly permissions: readonly Permission[]
  readonly access_for: AccessFor
  /** What was shown, for the record. */
  readonly shown: Readonly<Record<string, Json>>
}

/** The interaction that the decision closes: its id, and how its response is sealed for the browser. */
export interface ClosedInteraction {
  readonly interaction_id: string
  readonly seal: (answer: Answer) => string
}

/** Where a decision came from, for the audit trail. */
export interface Origin {
  readonly address: string
  readonly request_id: string
}

/** What a decision came to: its answer, or that another answer to the same interaction or pushed request was quicker. */
export type Decided = Answer | 'already_decided'

/** How many details of earlier requests a grant keeps: each new one is another permission, and a row must not grow for ever. */
const mostDetails = 50

/** How often a decision is repeated when another tab changes the grant at the same moment. */
const attempts = 5

/** Answers under a grant that stands already: nobody needs to be asked. `lost`: it ended at this very moment. */
export async function answerUnderGrant(
  answerer: Pick<Answering, 'request' | 'session' | 'account'>,
  grant: HeldGrant,
  parts: ProtocolParts,
): Promise<Decided | 'lost'> {
  const { request, session } = answerer
  const granted = draftAnswer(answerer, grant, request.permissions.filter(heldBy(grant.permissions)), parts)
  const { authorization } = granted.standing
  const along = { pushed_request_id: request.pushed_request_id, told: toldClient(request.client, session, parts) }
  return giveAnswer(granted, () => parts.authorizations.create(authorization, along), parts)
}

/**
 * Records a yes with the grant it makes or widens, and answers with a code: all or nothing. Without an interaction to
 * close it is the yes of a first-party client, recorded without asking.
 */
export async function allow(answering: Answering, decision: Decision, parts: ProtocolParts): Promise<Decided> {
  const { request, account, closed } = answering
  const at = parts.clock()
  const isOnce = decision.access_for.value === 'once'
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held = isOnce ? undefined : await parts.grants.findStanding(account.account_id, request.client.client_id)
    // Whoever leaves out all that was asked for allows nothing: a code would tell the client otherwise (RFC 6749 §3.3).
    // What of it was allowed before is given up.
    const isNothing = decision.permissions.length === 0 && request.permissions.length > 0
    if (isNothing && !request.permissions.some(heldBy(held?.permissions))) return deny(answering, decision.shown, parts)
    const grant = grantAsItShallStand(answering, decision, held, parts)
    const granted = draftAnswer(answering, grant, decision.permissions, parts)
    const shown = { ...decision.shown, ends_at: grant.expires_at ?? null }
    const became = decidedEvent(grant, held, at)
    const { authorization } = granted.standing
    const record = (answer: Answer) =>
      parts.consents.record({
        ...closing(answering, answer),
        consent: consentRecord(answering, { decision: 'allowed', shown, grant_id: grant.grant_id, at }),
        grant,
        authorization,
        ...(registeredItself(request.client) && { client: request.client }),
        ...toldOf(answering, { decision: 'allowed', authorization_id: authorization.authorization_id }, parts),
        notices: noticesOf(became, audienceFor(request.client, parts.audience), at),
        event: consentEvent(answering, closed ? 'consent_given' : 'consent_recorded', at, {
          grant_id: grant.grant_id,
          detail: {
            access_for: grant.access_for,
            permissions: decision.permissions.map(permissionKey),
            ...becameOf(became),
          },
        }),
      })
    const given = await giveAnswer(granted, record, parts)
    if (given !== 'stale') return given
  }
  throw new Error('The grant changed under every attempt to record a consent')
}

/** Records a no, and answers `access_denied`. Nothing that was allowed earlier is touched by it. */
export async function deny(answering: Answering, shown: Decision['shown'], parts: ProtocolParts): Promise<Decided> {
  const at = parts.clock()
  const denied = deniedByPerson()
  const { device, target } = answering.request
  const browser_state = stateOfSession(answering.session, parts)
  const answer = {
    response: device?.respond('denied') ?? (await respondError({ target, browser_state }, denied, parts)),
  }
  const outcome = await parts.consents.record({
    ...closing(answering, answer),
    ...toldOf(answering, { decision: 'denied' }, parts),
    consent: consentRecord(answering, { decision: 'denied', shown, at }),
    event: consentEvent(answering, 'consent_denied', at, { detail: {} }),
  })
  if (outcome !== 'recorded') return 'already_decided'
  const { client_id } = answering.request.client
  const { request_id } = answering.origin
  parts.log.info('authorization_refused', { error: denied.error, reason: denied.reason, client_id, request_id })
  return answer
}

/** What the decision closes and spends: its interaction, and the request that was pushed (policy A6). */
function closing(
  { closed, request: { pushed_request_id } }: Pick<Answering, 'closed' | 'request'>,
  answer: Answer,
): Pick<ConsentDecision, 'interaction' | 'pushed_request_id'> {
  return {
    ...(closed && { interaction: { interaction_id: closed.interaction_id, sealed_response: closed.seal(answer) } }),
    ...(pushed_request_id !== undefined && { pushed_request_id }),
  }
}

/** The client, where it wants to be told when the session ends. */
function toldClient(
  { client_id, metadata }: Client,
  { session_id, account_id, expires_at }: Session,
  parts: Pick<ProtocolParts, 'secrets'>,
): SessionClient | undefined {
  const { backchannel_logout_uri, frontchannel_logout_uri } = metadata
  if (backchannel_logout_uri === undefined && frontchannel_logout_uri === undefined) return undefined
  return {
    message_id: newId(),
    session_id,
    account_id,
    client_id,
    sid: sidFor(session_id, client_id, parts),
    expires_at,
  }
}

/** Who else learns of an answer: the device that asked, or the client when the session ends. A device has no part in that. */
function toldOf(
  { request: { client, device }, session }: Answering,
  answer: Pick<DeviceDecision, 'decision' | 'authorization_id'>,
  parts: Pick<ProtocolParts, 'secrets'>,
): Pick<ConsentDecision, 'device' | 'told'> {
  if (device !== undefined) {
    return { device: { device_id: device.device_id, session_id: session.session_id, ...answer } }
  }
  return answer.decision === 'allowed' ? { told: toldClient(client, session, parts) } : {}
}

/** A new grant, or the standing one with what this decision adds; what was asked now and not ticked is given up. */
function grantAsItShallStand(
  { request, account }: Answering,
  { permissions, access_for }: Decision,
  held: Grant | undefined,
  { settings, clock }: Pick<ProtocolParts, 'settings' | 'clock'>,
): Grant {
  const at = clock()
  const { lifetimes } = settings
  const isOnce = access_for.value === 'once'
  const lasts = isOnce ? lifetimes.authorization_code + lifetimes.access_token : access_for.seconds
  const isHeld = held !== undefined && grantIsLive(held, at)
  const asked = new Set(request.permissions.map(permissionKey))
  const kept = isHeld ? held.permissions.filter((permission) => !asked.has(permissionKey(permission))) : []
  const outgrown = new Set(kept.filter(({ detail }) => detail !== undefined).slice(0, -mostDetails))
  return {
    grant_id: held?.grant_id ?? newId(),
    account_id: account.account_id,
    client_id: request.client.client_id,
    permissions: [...kept.filter((permission) => !outgrown.has(permission)), ...permissions],
    kind: isOnce ? 'once' : 'standing',
    access_for: access_for.value,
    granted_at: isHeld ? held.granted_at : at,
    ...(lasts !== undefined && { expires_at: at + lasts }),
    revision: (held?.revision ?? 0) + 1,
  }
}

function draftAnswer(
  { request, session, account }: Pick<Answering, 'request' | 'session' | 'account'>,
  grant: HeldGrant,
  permissions: readonly Permission[],
  parts: ProtocolParts,
): Granted {
  const at = parts.clock()
  const { lifetimes } = parts.settings
  const authorization_id = newId()
  const { device } = request
  const code = device ? undefined : parts.secrets.issue('authorization_code', authorization_id)
  const session_bound = isSessionBound(request, permissions)
  const { authorization_code_lifetime } = profiles[request.client.profile]
  const code_lifetime = Math.min(lifetimes.authorization_code, authorization_code_lifetime)
  const { response_type } = request
  // RFC 8707 §2.1: one token is for one resource.
  const allowed = new Set(permissions.map((permission) => permission.resource))
  const target = request.resources.find(({ resource }) => allowed.has(resource))
  const token_expires_at = at + (target?.access_token_lifetime ?? lifetimes.access_token)
  const longest = brings(response_type, 'code') ? at + lifetimes.refresh_token_max : token_expires_at
  const expires_at = session_bound ? Math.min(longest, session.expires_at) : longest
  const authorization: Authorization = {
    authorization_id,
    grant_id: grant.grant_id,
    account_id: account.account_id,
    client_id: request.client.client_id,
    session_id: session.session_id,
    session_bound,
    permissions,
    redirect_uri: request.target.redirect_uri,
    auth_time: session.auth_time,
    acr: toldAcr(request.acr, session.acr),
    amr: session.amr,
    bindings: request.bindings.toJSON(),
    // Never before its grant, whatever the clock of the node that made that one said.
    created_at: Math.max(at, grant.granted_at),
    expires_at,
    code_hash: code?.hash ?? device?.device_hash ?? '',
    code_expires_at: Math.min(device?.expires_at ?? at + code_lifetime, expires_at, grant.expires_at ?? expires_at),
    ...(request.nonce !== undefined && { nonce: request.nonce }),
    ...(bringsToken(response_type) && { token_expires_at: Math.min(token_expires_at, expires_at) }),
  }
  const standing = { authorization, grant, account, session }
  return { request, standing, permissions, target, ...(code && { code: code.value }) }
}

/**
 * Tells whether what is given ends when the person signs out: a page in a browser keeps no secret and no session of its
 * own. With `offline_access` it goes on.
 */
export function isSessionBound(
  { client, target }: Pick<AuthorizationRequest, 'client' | 'target'>,
  permissions: readonly Permission[],
): boolean {
  const isBrowserBased =
    client.metadata.token_endpoint_auth_method === 'none' && target.redirect_uri.startsWith('https://')
  return isBrowserBased && !permissions.some(({ scope }) => scope === 'offline_access')
}

function consentRecord(
  { request, account }: Answering,
  { at, ...made }: Pick<Consent, 'decision' | 'shown' | 'grant_id'> & { readonly at: EpochSeconds },
): Consent {
  const who = { account_id: account.account_id, client_id: request.client.client_id }
  return { consent_id: newId(), ...who, decided_at: at, ...made }
}

function consentEvent(
  { request, account, origin }: Answering,
  event: string,
  at: EpochSeconds,
  more: Pick<AuditEvent, 'grant_id' | 'detail'>,
): AuditEvent {
  const { account_id } = account
  const { client_id } = request.client
  // Named one by one: the origin may be a whole request, whose body and cookies are nobody's to keep.
  const { address, request_id } = origin
  return {
    event_id: newId(),
    at,
    event,
    actor: `account:${account_id}`,
    account_id,
    client_id,
    address,
    request_id,
    ...more,
  }
}
