/** Answers an authorization request: the authorization with its code, under a grant that stands or one just given. */
import { newId } from '../../kernel/ids.ts'
import type { Json } from '../../kernel/binding.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Account } from '../../domain/account.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Authorization } from '../../domain/authorization.ts'
import type { Consent } from '../../domain/consent.ts'
import { grantIsLive, permissionKey, type Grant, type Permission } from '../../domain/grant.ts'
import type { Session } from '../../domain/session.ts'
import type { HttpResponse } from '../../http/message.ts'
import type { AccessFor, ProtocolParts } from '../parts.ts'
import type { AuthorizationRequest } from './request.ts'
import { respond, respondError } from './respond.ts'
import { refusal } from '../../kernel/refusal.ts'

const deniedByPerson = refusal('access_denied', 'denied_by_person', 'The person said no')

/** Who answers: the signed-in person, in which session. */
export interface Answerer {
  readonly session: Session
  readonly account: Account
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

/** A response and, when it carries a code, the authorization that the code stands for. */
export interface Answer {
  readonly response: HttpResponse
  readonly authorization_id?: string
}

/** Where a decision came from, for the audit trail. */
export interface Origin {
  readonly address: string
  readonly request_id: string
}

/** What a decision came to: its answer, or the word that another request of the same interaction was quicker. */
export type Decided = Answer | 'already_decided'

/** How often a decision is repeated when another tab changes the grant at the same moment. */
const attempts = 5

/** Answers under a grant that stands already: nobody needs to be asked. */
export async function answerUnderGrant(
  request: AuthorizationRequest,
  { session }: Answerer,
  grant: Grant,
  parts: ProtocolParts,
): Promise<Answer> {
  const { authorization, response } = draftAnswer(request, { session, grant, permissions: request.permissions }, parts)
  await parts.authorizations.create(authorization)
  return { response, authorization_id: authorization.authorization_id }
}

/**
 * Records a yes with the grant it makes or widens, and answers with a code: all or nothing.
 *
 * @param closed the interaction it closes; absent for a first-party client, whose consent is recorded without asking
 */
export async function allow(
  request: AuthorizationRequest,
  answerer: Answerer,
  decision: Decision,
  origin: Origin,
  parts: ProtocolParts,
  closed?: ClosedInteraction,
): Promise<Decided> {
  const { session, account } = answerer
  const at = parts.clock()
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held =
      decision.access_for.value === 'once'
        ? undefined
        : await parts.grants.findStanding(account.account_id, request.client.client_id)
    const grant = grantAsItShallStand(request, account, decision, held, at, parts)
    const { authorization, response } = draftAnswer(
      request,
      { session, grant, permissions: decision.permissions },
      parts,
    )
    const answer = { response, authorization_id: authorization.authorization_id }
    const outcome = await parts.consents.record({
      ...(closed && { interaction: { interaction_id: closed.interaction_id, sealed_response: closed.seal(answer) } }),
      consent: consentRecord(request, account, 'allowed', decision.shown, at, grant.grant_id),
      grant,
      authorization,
      event: consentEvent(request, account, closed ? 'consent_given' : 'consent_recorded', origin, at, {
        grant_id: grant.grant_id,
        detail: { access_for: grant.access_for, permissions: decision.permissions.map(permissionKey) },
      }),
    })
    if (outcome === 'recorded') return answer
    if (outcome === 'already_decided') return 'already_decided'
  }
  throw new Error('The grant changed under every attempt to record a consent')
}

/** Records a no, and answers `access_denied`. Nothing that was allowed earlier is touched by it. */
export async function deny(
  request: AuthorizationRequest,
  { account }: Answerer,
  shown: Decision['shown'],
  origin: Origin,
  parts: ProtocolParts,
  closed: ClosedInteraction,
): Promise<Decided> {
  const at = parts.clock()
  const answer = { response: respondError(request.target, deniedByPerson(), parts) }
  const outcome = await parts.consents.record({
    interaction: { interaction_id: closed.interaction_id, sealed_response: closed.seal(answer) },
    consent: consentRecord(request, account, 'denied', shown, at),
    event: consentEvent(request, account, 'consent_denied', origin, at, { detail: {} }),
  })
  return outcome === 'recorded' ? answer : 'already_decided'
}

/** A new grant, or the standing one with what this decision adds; what was asked now and not ticked is given up. */
function grantAsItShallStand(
  request: AuthorizationRequest,
  account: Account,
  { permissions, access_for }: Decision,
  held: Grant | undefined,
  at: EpochSeconds,
  { settings }: Pick<ProtocolParts, 'settings'>,
): Grant {
  const { lifetimes } = settings
  const once = access_for.value === 'once'
  const expires_at = once
    ? at + lifetimes.authorization_code + lifetimes.access_token
    : access_for.seconds !== undefined && at + access_for.seconds
  const isHeld = held !== undefined && grantIsLive(held, at)
  const asked = new Set(request.permissions.map(permissionKey))
  const kept = isHeld ? held.permissions.filter((permission) => !asked.has(permissionKey(permission))) : []
  return {
    grant_id: held?.grant_id ?? newId(),
    account_id: account.account_id,
    client_id: request.client.client_id,
    permissions: [...kept, ...permissions],
    kind: once ? 'once' : 'standing',
    access_for: access_for.value,
    granted_at: isHeld ? held.granted_at : at,
    ...(expires_at !== false && { expires_at }),
    revision: (held?.revision ?? 0) + 1,
  }
}

function draftAnswer(
  request: AuthorizationRequest,
  {
    session,
    grant,
    permissions,
  }: { readonly session: Session; readonly grant: Grant; readonly permissions: readonly Permission[] },
  parts: ProtocolParts,
): { readonly authorization: Authorization; readonly response: HttpResponse } {
  const at = parts.clock()
  const { lifetimes } = parts.settings
  const authorization_id = newId()
  const code = parts.secrets.issue('authorization_code', authorization_id)
  const session_bound = isBrowserBased(request) && !permissions.some(({ scope }) => scope === 'offline_access')
  const ends = [at + lifetimes.refresh_token_max, grant.expires_at, session_bound ? session.expires_at : undefined]
  const expires_at = Math.min(...ends.filter((end) => end !== undefined))
  const authorization: Authorization = {
    authorization_id,
    grant_id: grant.grant_id,
    account_id: grant.account_id,
    client_id: grant.client_id,
    session_id: session.session_id,
    session_bound,
    permissions,
    redirect_uri: request.target.redirect_uri,
    ...(request.nonce !== undefined && { nonce: request.nonce }),
    auth_time: session.auth_time,
    acr: session.acr,
    amr: session.amr,
    bindings: request.bindings.toJSON(),
    created_at: at,
    expires_at,
    code_hash: code.hash,
    code_expires_at: Math.min(at + lifetimes.authorization_code, expires_at),
  }
  return { authorization, response: respond(request.target, { code: code.value }, parts) }
}

/** A page in a browser keeps no secret and no session of its own: what it holds ends when the person signs out. */
function isBrowserBased({ client, target }: AuthorizationRequest): boolean {
  return client.metadata.token_endpoint_auth_method === 'none' && target.redirect_uri.startsWith('https://')
}

function consentRecord(
  request: AuthorizationRequest,
  account: Account,
  decision: Consent['decision'],
  shown: Consent['shown'],
  decided_at: EpochSeconds,
  grant_id?: string,
): Consent {
  const who = { account_id: account.account_id, client_id: request.client.client_id }
  return { consent_id: newId(), ...who, decision, decided_at, shown, ...(grant_id !== undefined && { grant_id }) }
}

function consentEvent(
  request: AuthorizationRequest,
  account: Account,
  event: string,
  { address, request_id }: Origin,
  at: EpochSeconds,
  more: Pick<AuditEvent, 'grant_id' | 'detail'>,
): AuditEvent {
  const { account_id } = account
  const { client_id } = request.client
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
