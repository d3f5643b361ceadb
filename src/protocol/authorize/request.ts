/**
 * The authorization request: RFC 6749 §4.1.1, OAuth 2.1 §4.1.1, OpenID Connect Core §3.1.2.1.
 *
 * Read in two steps. First the target: which client, and where an answer may go; what is wrong here is shown to the
 * person and never sent anywhere. Then the request itself: what is wrong here goes to the proved target.
 */
import { Bindings } from '../../kernel/binding.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { isPlainText } from '../../kernel/plain-text.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { AcrWish } from '../../domain/authentication-context.ts'
import type { Client } from '../../domain/client.ts'
import { profiles } from '../../domain/profile.ts'
import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import type { Permission } from '../../domain/grant.ts'
import { enabledOf, ownersOf, type ProtectedResource } from '../../domain/protected-resource.ts'
import { brings, type ResponseType } from '../../vocabulary/response-types.ts'
import { filling, repeatableIn, type AuthorizationRequestDraft } from '../feature.ts'
import type { HttpResponse } from '../../http/message.ts'
import type { ProtocolParts } from '../parts.ts'
import { acrWish, checkReachable, requiredAcr, signInDemands, type SignInDemands } from './demands.ts'
import { hintedSubject } from './id-token-hint.ts'
import { redirectUriMatches } from './redirect-uri.ts'
import { redirectUriDifference } from './redirect-uri-difference.ts'
import { chosenMode, openResponseType, type ChosenMode } from './response-modes.ts'
import { claimPermissions, knownClaims, permissionsFor, requestedScope, withinResources } from './scope.ts'

const requestMalformed = refusal('invalid_request', 'request_malformed', 'The request is not well-formed form encoding')
const clientIdMissing = refusal('invalid_request', 'client_id_missing', 'client_id is required')
const clientIdRepeated = refusal('invalid_request', 'client_id_repeated', 'client_id must come once')
const clientUnknown = refusal(
  'invalid_request',
  'client_unknown',
  'No application is registered under this client_id',
  400,
)
const clientDisabled = refusal('invalid_request', 'client_disabled', 'This application has been switched off here')
/** Told to the client, at the address that its own id vouches for: it can register again and come back (R11). */
const registrationExpired = refusal(
  'invalid_client',
  'client_registration_expired',
  'The registration was not used in time: register again',
)
const redirectUriMissing = refusal('invalid_request', 'redirect_uri_missing', 'redirect_uri is required')
const redirectUriRepeated = refusal('invalid_request', 'redirect_uri_repeated', 'redirect_uri must come once')
const redirectUriUnregistered = refusal(
  'invalid_request',
  'redirect_uri_unregistered',
  'redirect_uri is not registered for this application',
)

const parameterRepeated = refusal('invalid_request', 'request_parameter_repeated', 'A parameter came more than once')
const responseModeUnsupported = refusal(
  'invalid_request',
  'response_mode_unsupported',
  'This response_mode is unknown, or not for this application and response_type',
)
const responseTypeMissing = refusal('invalid_request', 'response_type_missing', 'response_type is required')
const responseTypeUnsupported = refusal(
  'unsupported_response_type',
  'response_type_unsupported',
  'This response_type is not supported',
)
const responseTypeNotAllowed = refusal(
  'unauthorized_client',
  'response_type_not_allowed',
  'This application may not use the authorization code flow',
)
const registrationUnsupported = refusal(
  'registration_not_supported',
  'registration_unsupported',
  'registration is not supported',
)
const nonceMissing = refusal('invalid_request', 'nonce_missing', 'nonce is required for this response_type')
const openidMissing = refusal('invalid_request', 'id_token_without_openid', 'An id_token needs openid in scope')
const tokenMustBeBound = refusal(
  'unauthorized_client',
  'front_channel_token_unbound',
  'The access tokens of this application are bound to a key, which none from this endpoint can be',
)

/** Where an answer goes: proved before anything else is looked at. */
export interface ResponseTarget {
  readonly client: Client
  readonly redirect_uri: string
  readonly response_mode: ChosenMode
  readonly state?: string
  /** As it came, unchecked. */
  readonly scope?: string
  /** As it came, OpenID Connect Core §3.1.2.1. */
  readonly ui_locales?: string
}

/** An authorization request that has passed every check. */
export interface AuthorizationRequest extends SignInDemands {
  readonly target: ResponseTarget
  readonly client: Client
  readonly parameters: Parameters
  readonly response_type: ResponseType
  readonly permissions: readonly Permission[]
  /** The resources the tokens will be for. */
  readonly resources: readonly ProtectedResource[]
  readonly bindings: Bindings
  /** Which authentication context is wished, or required, of the sign-in. */
  readonly acr: AcrWish
  /** Whom the answer must be about, as the client knows them: all of these, if any. */
  readonly subjects: readonly string[]
  readonly nonce?: string
  readonly login_hint?: string
  /** The pushed request it came from, which its answer spends. */
  readonly pushed_request_id?: string
  /** The device that asks in place of a browser, RFC 8628. */
  readonly device?: AskingDevice
}

/** A device that waits for the answer. */
export interface AskingDevice extends Pick<DeviceAuthorization, 'device_id' | 'device_hash' | 'expires_at'> {
  /** As the device shows it. */
  readonly user_code: string
  /** What the person who answered sees; the device learns the answer by asking. */
  readonly respond: (decision: 'allowed' | 'denied') => HttpResponse
}

/** How long a client_id may be that is looked up: a client's metadata may be in it, or at an address. */
const longestClientId = 2000

/**
 * Finds the client that a request names.
 *
 * @throws `invalid_request` for a missing, unknown or disabled client: to be shown to the person (RFC 6749 §3.1.2.4)
 */
export async function namedClient(parameters: Parameters, parts: Pick<ProtocolParts, 'clients'>): Promise<Client> {
  if (parameters.malformed) throw requestMalformed()
  if (parameters.repeated().includes('client_id')) throw clientIdRepeated()
  const client_id = parameters.get('client_id')
  if (client_id === undefined) throw clientIdMissing()
  const client = isPlainText(client_id, longestClientId) ? await parts.clients.find(client_id) : undefined
  if (client === undefined) throw clientUnknown({ client_id: client_id.slice(0, 200) })
  if (client.disabled) throw clientDisabled({ client_id })
  return client
}

/**
 * Finds the client and proves where an answer may go.
 *
 * @throws `invalid_request` for a missing, unknown or disabled client and for any redirect_uri but a registered one:
 *   to be shown to the person, since there is no place these could be sent to (RFC 6749 §3.1.2.4)
 */
export async function provenTarget(
  parameters: Parameters,
  parts: Pick<ProtocolParts, 'clients' | 'features' | 'settings' | 'clock'>,
): Promise<ResponseTarget> {
  const client = await namedClient(parameters, parts)
  const repeated = parameters.repeated()
  if (repeated.includes('redirect_uri')) throw redirectUriRepeated({ client_id: client.client_id })
  const redirect_uri = registeredRedirectUri(client, parameters.get('redirect_uri'))
  const [response_type, response_mode] = [parameters.get('response_type'), parameters.get('response_mode')]
  const mode = chosenMode({ client, redirect_uri, response_type, response_mode }, parts)
  return { client, redirect_uri, response_mode: mode, ...echoed(parameters, repeated) }
}

function registeredRedirectUri(client: Client, presented: string | undefined): string {
  const registered = client.metadata.redirect_uris ?? []
  const detail = { client_id: client.client_id }
  if (presented === undefined) {
    // OAuth 2.1 §4.1.1: it may be left out where one complete URI is registered; FAPI 2.0 Security Profile §5.3.2.2: it may not.
    const [only, ...others] = registered
    const mayBeLeftOut = profiles[client.profile].redirect_uri === 'optional'
    if (only === undefined || others.length > 0 || !mayBeLeftOut) throw redirectUriMissing({ ...detail, registered })
    return only
  }
  if (!registered.some((one) => redirectUriMatches(one, presented))) {
    const difference = redirectUriDifference(registered, presented)
    throw redirectUriUnregistered({ ...detail, presented: presented.slice(0, 500), ...difference })
  }
  return presented
}

/** What a response takes over. A state that came twice does not count: sending one of them back would be choosing for the client. */
function echoed(
  parameters: Parameters,
  repeated: readonly string[],
): Pick<ResponseTarget, 'state' | 'scope' | 'ui_locales'> {
  const state = repeated.includes('state') ? undefined : parameters.get('state')
  const [scope, ui_locales] = [parameters.get('scope'), parameters.get('ui_locales')]
  return {
    ...(state !== undefined && { state }),
    ...(scope !== undefined && { scope }),
    ...(ui_locales !== undefined && { ui_locales }),
  }
}

/**
 * Checks the request of a proved target.
 *
 * @throws the refusal to send to the target: `invalid_request`, `unsupported_response_type`, `unauthorized_client`,
 *   `invalid_scope`, `invalid_target`, or what a feature refuses
 */
export async function checkedRequest(
  target: ResponseTarget,
  parameters: Parameters,
  parts: Pick<
    ProtocolParts,
    'issuer' | 'clock' | 'usedOnce' | 'secrets' | 'resources' | 'features' | 'settings' | 'signer'
  >,
): Promise<AuthorizationRequest> {
  const { client } = target
  checkStanding(client, parts)
  const response_type = checkedForm(target, parameters, parts)
  const demands = signInDemands(parameters, client, parts.settings)
  const id_token_hint = parameters.get('id_token_hint')
  const knownResources = enabledOf(await parts.resources.list())
  // A client that asks in detail and names no scope does not get its default scope as well.
  const asked = parameters.get('scope') ?? (parameters.has('authorization_details') ? '' : undefined)
  const scope = requestedScope(asked, client, knownResources, parts.settings)
  const draft: AuthorizationRequestDraft = {
    parameters,
    client,
    response_type,
    details: [],
    knownResources,
    scope,
    resources: ownersOf(scope, knownResources),
    knownClaims: knownClaims(parts.settings),
    claims: [],
    acr: acrWish(parameters, client),
    subjects: id_token_hint === undefined ? [] : [hintedSubject(id_token_hint, client, parts)],
    bindings: new Bindings(),
  }
  for (const feature of filling(parts.features, 'authorizationRequest'))
    await feature.authorizationRequest(draft, parts)
  checkReachable(draft.acr, client)
  const nonce = parameters.get('nonce')
  if (brings(response_type, 'id_token')) checkIdTokenRequest({ client, scope, nonce })
  const login_hint = parameters.get('login_hint')
  const permissions = [
    ...permissionsFor(parameters.has('scope') ? draft : withinResources(draft)),
    ...claimPermissions(draft, parts.settings),
  ]
  return {
    ...demands,
    target,
    client,
    parameters,
    response_type,
    permissions,
    resources: draft.resources,
    bindings: draft.bindings,
    acr: { ...draft.acr, least: requiredAcr(client, permissions, knownResources) },
    subjects: draft.subjects,
    ...(nonce !== undefined && { nonce }),
    ...(login_hint !== undefined && { login_hint }),
  }
}

function checkStanding({ client_id, provisional_until }: Client, { clock }: Pick<ProtocolParts, 'clock'>): void {
  if (provisional_until !== undefined && provisional_until <= clock()) throw registrationExpired({ client_id })
}

/** Checks what can be checked of each parameter by itself, and reads the response type. */
function checkedForm(
  target: ResponseTarget,
  parameters: Parameters,
  parts: Pick<ProtocolParts, 'features' | 'settings' | 'clock'>,
): ResponseType {
  const { client } = target
  const detail = { client_id: client.client_id }
  const repeatable = repeatableIn(parts.features)
  const [repeated] = parameters.repeated(repeatable)
  if (repeated !== undefined) throw parameterRepeated({ ...detail, parameter: repeated.slice(0, 100) })
  if (parameters.has('registration')) throw registrationUnsupported(detail)
  const written = parameters.get('response_type')
  if (written === undefined) throw responseTypeMissing(detail)
  const response_type = openResponseType(written, client, parts)
  if (response_type === undefined) throw responseTypeUnsupported({ ...detail, response_type: written.slice(0, 100) })
  const { grant_types } = client.metadata
  if (brings(response_type, 'code') && !grant_types.includes('authorization_code')) throw responseTypeNotAllowed(detail)
  if (brings(response_type, 'token') && isBound(client)) throw tokenMustBeBound(detail)
  const response_mode = parameters.get('response_mode')
  if (response_mode !== undefined && response_mode !== target.response_mode.name)
    throw responseModeUnsupported({ ...detail, response_mode: response_mode.slice(0, 100) })
  return response_type
}

/** RFC 9449 §5 and RFC 8705 §3: a client that registered for bound tokens gets no other. */
function isBound({ metadata }: Client): boolean {
  return metadata.dpop_bound_access_tokens === true || metadata.tls_client_certificate_bound_access_tokens === true
}

/** OpenID Connect Core §3.2.2.1 and §3.3.2.11: an id_token that comes through the browser answers one request of its client. */
function checkIdTokenRequest(asked: {
  readonly client: Client
  readonly scope: readonly string[]
  readonly nonce: string | undefined
}): void {
  const detail = { client_id: asked.client.client_id }
  if (!asked.scope.includes('openid')) throw openidMissing(detail)
  if (asked.nonce === undefined) throw nonceMissing(detail)
}
