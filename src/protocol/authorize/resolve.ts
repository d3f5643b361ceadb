/**
 * What an authorization request says, wherever it says it: in the browser's own parameters, in a request object that the
 * client signed (RFC 9101), or in a request that it pushed (RFC 9126).
 *
 * It is resolved once, at the top of the authorization endpoint. What comes after it (target, checks, pages, the row of
 * the interaction) sees the resolved parameters alone, and never a `request` or `request_uri`.
 */
import { Parameters } from '../../kernel/parameters.ts'
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../domain/client.ts'
import type { StoredRequest } from '../../domain/interaction.ts'
import { profiles } from '../../domain/profile.ts'
import { findPushed, pushedRequestPrefix } from '../par/push.ts'
import type { ProtocolParts } from '../parts.ts'
import { followsOpenIdConnect, readRequestObject, type SignedParameters } from '../request-object.ts'
import { fetchRequestObject } from '../request-uri.ts'
import { checkedRequest, namedClient, provenTarget, type AuthorizationRequest, type ResponseTarget } from './request.ts'
import { repeatableIn } from '../feature.ts'

const notPushed = refusal(
  'invalid_request',
  'request_not_pushed',
  'This client must push its authorization requests (RFC 9126)',
)
const notSigned = refusal('invalid_request', 'request_not_signed', 'This client must sign its authorization requests')
const objectTwice = refusal(
  'invalid_request',
  'request_object_twice',
  'A request has one request object: send request or request_uri, once',
)
const outsideContradicts = refusal(
  'invalid_request_object',
  'request_object_contradicted',
  'response_type must be sent along with the request object, and must not contradict it',
)

/** What resolving takes. */
export type ResolvingParts = Pick<
  ProtocolParts,
  | 'issuer'
  | 'clock'
  | 'secrets'
  | 'settings'
  | 'features'
  | 'clients'
  | 'clientKeys'
  | 'requestObjectFailures'
  | 'outbound'
  | 'pushedRequests'
>

/** An authorization request as it counts. */
export interface ResolvedRequest {
  readonly client_id: string
  readonly parameters: Parameters
  /** What the browser brought, where the client had signed the request. */
  readonly sent?: Parameters
  /** The pushed request they are from. */
  readonly pushed_request_id?: string
  /** Why the request object does not count. The parameters are then those sent along with it, and only say where to tell so. */
  readonly problem?: OAuthError
}

/**
 * Resolves an authorization request.
 *
 * @param address who sends it: a network that keeps sending what no client signed is no longer listened to (DS-06)
 * @throws {OAuthError} for a page: no client to speak of, a pushed request that is not there, and a client that must push
 *   and did not. What is wrong with a request object is returned, to be told at the proved target.
 */
export async function resolvedRequest(
  parameters: Parameters,
  address: string,
  parts: ResolvingParts,
): Promise<ResolvedRequest> {
  const client = await namedClient(parameters, parts)
  const { client_id } = client
  const request_uri = parameters.get('request_uri')
  if (request_uri?.startsWith(pushedRequestPrefix) === true) {
    // RFC 9126 §4: whatever comes along with it is the browser's word against the client's (SECURITY: PA-06).
    onlyObject(parameters, client)
    const pushed = await findPushed(request_uri, client, parts)
    const { pushed_request_id } = pushed
    return { client_id, parameters: Parameters.from(pushed.parameters), pushed_request_id }
  }
  if (mustPush(client, parts)) throw notPushed({ client_id })
  try {
    const signed = await signedParameters(parameters, client, address, parts)
    if (signed === undefined) return { client_id, parameters }
    return { client_id, parameters: counted(signed, parameters, client), sent: parameters }
  } catch (problem) {
    if (!(problem instanceof OAuthError)) throw problem
    return { client_id, parameters, problem }
  }
}

/** Spells a request for the row of its interaction. */
export function toStore({ client_id, parameters, sent, pushed_request_id, problem }: ResolvedRequest): StoredRequest {
  return {
    client_id,
    parameters: parameters.toJSON(),
    ...(sent && { sent: sent.toJSON() }),
    ...(pushed_request_id !== undefined && { pushed_request_id }),
    ...(problem && { unresolved: true }),
  }
}

/**
 * Reads it back. A request object that did not count is judged again, as everything is within an interaction.
 *
 * @throws as `resolvedRequest`
 */
export async function resolvedAgain(
  stored: StoredRequest,
  address: string,
  parts: ResolvingParts,
): Promise<ResolvedRequest> {
  const { client_id, sent, pushed_request_id, unresolved } = stored
  const parameters = Parameters.from(stored.parameters)
  if (unresolved) return resolvedRequest(parameters, address, parts)
  return {
    client_id,
    parameters,
    ...(sent && { sent: Parameters.from(sent) }),
    ...(pushed_request_id !== undefined && { pushed_request_id }),
  }
}

/**
 * Proves where an answer may go; where nothing is proved, a request object that does not count is what to tell first.
 *
 * @throws as `provenTarget`
 */
export async function targetAsResolved(
  { parameters, problem }: ResolvedRequest,
  parts: ResolvingParts,
): Promise<ResponseTarget> {
  try {
    return await provenTarget(parameters, parts)
  } catch (error) {
    throw problem ?? error
  }
}

/**
 * Checks the request of a proved target.
 *
 * @throws the refusal to send to the target: what is wrong with its request object, or what `checkedRequest` refuses
 */
export async function checkedAsResolved(
  target: ResponseTarget,
  { parameters, pushed_request_id, problem }: ResolvedRequest,
  parts: ProtocolParts,
): Promise<AuthorizationRequest> {
  if (problem !== undefined) throw problem
  const checked = await checkedRequest(target, parameters, parts)
  return { ...checked, ...(pushed_request_id !== undefined && { pushed_request_id }) }
}

/**
 * Reads the request object that comes with a request; undefined when none does and none must.
 *
 * @throws {OAuthError} `invalid_request_object` or `invalid_request_uri` for an object that does not count,
 *   `invalid_request` where one is missing that must be there, `temporarily_unavailable` after too many that did not count
 */
export async function signedParameters(
  parameters: Parameters,
  client: Client,
  address: string,
  parts: Omit<ResolvingParts, 'secrets' | 'clients' | 'pushedRequests'>,
): Promise<SignedParameters | undefined> {
  const detail = { client_id: client.client_id }
  const first = onlyObject(parameters, client)
  if (first === undefined) {
    if (client.metadata.require_signed_request_object === true) throw notSigned(detail)
    return undefined
  }
  const repeatable = repeatableIn(parts.features)
  return parts.requestObjectFailures.attempt(address, client.client_id, async () => {
    const compact = parameters.has('request') ? first : await fetchRequestObject(first, client, parts)
    return readRequestObject(compact, client, repeatable, parts)
  })
}

/** RFC 9101 §5: the object itself or where it is, not both; and each once, RFC 6749 §3.1. Neither is undefined. */
function onlyObject(parameters: Parameters, { client_id }: Client): string | undefined {
  const [first, second] = [...parameters.all('request'), ...parameters.all('request_uri')]
  if (second !== undefined) throw objectTwice({ client_id })
  return first
}

/** Tells whether a client may come to the authorization endpoint only with what it has pushed. */
function mustPush({ profile, metadata }: Client, { settings }: Pick<ProtocolParts, 'settings'>): boolean {
  if (profiles[profile].pushed_authorization_requests === 'required') return true
  return settings.authorization_requests.require_pushed || metadata.require_pushed_authorization_requests === true
}

/**
 * RFC 9101 §6.3: what comes along with the object does not count, or the browser could add to what was signed (JR-02).
 * In OpenID Connect Core §6.1 the object prevails, and what it leaves out is taken from the plain parameters.
 */
function counted(signed: SignedParameters, sent: Parameters, client: Client): Parameters {
  const { client_id } = client
  if (!followsOpenIdConnect(client)) return Parameters.from(signed)
  const { request: _, request_uri: _uri, ...plain } = sent.toJSON()
  const response_type = sent.get('response_type')
  const inside = signed['response_type']?.[0]
  if (response_type === undefined || (inside !== undefined && inside !== response_type))
    throw outsideContradicts({ client_id })
  return Parameters.from({ ...plain, ...signed })
}
