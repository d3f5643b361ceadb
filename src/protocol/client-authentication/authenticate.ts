/**
 * Client authentication, RFC 6749 §2.3: one file for each method that a client may be registered with, and here the
 * way through them, which is the same at every endpoint that a client calls.
 *
 * A request authenticates by one method, and that is the one registered for its client. Whoever fails is told nothing
 * but that: an unknown client, a wrong secret and a disabled client have one answer, and take as long.
 */
import type { Parameters } from '../../kernel/parameters.ts'
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Client } from '../../domain/client.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { TokenEndpointAuthMethod } from '../../vocabulary/client-metadata.ts'
import { clientSecretBasic } from './client-secret-basic.ts'
import { clientSecretPost } from './client-secret-post.ts'
import {
  authenticationFailed,
  type ClientAuthenticationMethod,
  type ClientAuthenticationParts,
  type Credentials,
} from './method.ts'
import { none } from './none.ts'
import { privateKeyJwt } from './private-key-jwt.ts'
import { selfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts'
import { tlsClientAuth } from './tls-client-auth.ts'

const severalMethods = refusal(
  'invalid_request',
  'client_authentication_several',
  'A client authenticates by one method at a time',
)
const idContradicted = refusal(
  'invalid_request',
  'client_id_contradicted',
  'client_id is not the client that authenticates',
)
const missing = refusal('invalid_client', 'client_authentication_missing', authenticationFailed)
const unknown = refusal('invalid_client', 'client_authentication_unknown_client', authenticationFailed)
const disabled = refusal('invalid_client', 'client_authentication_disabled_client', authenticationFailed)
const expired = refusal('invalid_client', 'client_authentication_expired_client', authenticationFailed)
const otherMethod = refusal('invalid_client', 'client_authentication_method_mismatch', authenticationFailed)

/** A client_id that nobody has. */
const nobody = 'nobody has this client_id'

/** The methods that prove something. `none` is what is left when a request uses none of them. */
const proving: readonly ClientAuthenticationMethod[] = [clientSecretBasic, clientSecretPost, privateKeyJwt]

/** The methods whose proof comes with the connection, and not in the request. */
const connected: readonly ClientAuthenticationMethod[] = [tlsClientAuth, selfSignedTlsClientAuth]

/** Every method, by its registered name. */
const clientAuthenticationMethods: readonly ClientAuthenticationMethod[] = [...proving, ...connected, none]

/** The names of the methods that a client can use here: those that take a certificate only where one can reach us. */
export function offeredMethods(mtls: object | undefined): readonly TokenEndpointAuthMethod[] {
  return clientAuthenticationMethods
    .filter((one) => mtls !== undefined || !connected.includes(one))
    .map(({ method }) => method)
}

/**
 * Authenticates the client of a request.
 *
 * @returns the client, enabled; a public one only by its own word (`isPublic`)
 * @throws {OAuthError} `invalid_client` (401) when it fails, `invalid_request` for two methods at once or a `client_id`
 *   that contradicts them, `temporarily_unavailable` (429) after too many failures
 */
export async function authenticateClient(
  request: HttpRequest,
  parameters: Parameters,
  parts: ClientAuthenticationParts,
): Promise<Client> {
  const { method, credentials } = presented(request, parameters)
  const { client_id } = credentials
  return parts.clientFailures.attempt(request.address, client_id, () => proven(method, credentials, parts))
}

async function proven(
  found: ClientAuthenticationMethod,
  credentials: Credentials,
  parts: ClientAuthenticationParts,
): Promise<Client> {
  const { client_id } = credentials
  const client = await parts.clients.find(client_id)
  const method = usedBy(client, found)
  const problem = await method.check(credentials, client, parts)
  const authenticated = judged(method, client, problem, { client_id: client_id.slice(0, 200), at: parts.clock() })
  if (!(authenticated instanceof OAuthError)) return authenticated
  // A client that exists is found in memory, one that does not is looked for in the database. Looking once more for
  // what is not there makes the two take as long (CA-09).
  if (client !== undefined) await parts.clients.find(nobody)
  throw authenticated
}

/** A certificate comes with every request of a connection; whether it is meant to prove anything only the registration says. */
function usedBy(client: Client | undefined, found: ClientAuthenticationMethod): ClientAuthenticationMethod {
  if (found !== none) return found
  return connected.find(({ method }) => method === client?.metadata.token_endpoint_auth_method) ?? none
}

/** The client, or the first thing that is wrong: for the log, since the stranger reads the same in each case. */
function judged(
  { method }: ClientAuthenticationMethod,
  client: Client | undefined,
  problem: OAuthError | undefined,
  { client_id, at }: { readonly client_id: string; readonly at: EpochSeconds },
): Client | OAuthError {
  if (client === undefined) return unknown({ client_id, method })
  if (client.disabled) return disabled({ client_id, method })
  // RFC 6749 §5.2 `invalid_client`: what a client that registers itself takes as the sign to do so again (R11).
  if (client.provisional_until !== undefined && client.provisional_until <= at) return expired({ client_id, method })
  const registered = client.metadata.token_endpoint_auth_method
  return registered === method ? (problem ?? client) : otherMethod({ client_id, method, registered })
}

/** Tells whether a client proves nothing when it authenticates: it may not introspect tokens, nor have any of its own. */
export function isPublic(client: Client): boolean {
  return client.metadata.token_endpoint_auth_method === 'none'
}

function presented(
  request: HttpRequest,
  parameters: Parameters,
): { readonly method: ClientAuthenticationMethod; readonly credentials: Credentials } {
  const found = proving.flatMap((method) => {
    const credentials = method.read(request, parameters)
    return credentials === undefined ? [] : [{ method, credentials }]
  })
  const client_id = parameters.get('client_id')
  // RFC 6749 §2.3: no more than one method in a request.
  if (found.length > 1) throw severalMethods({ methods: found.map(({ method }) => method.method) })
  const [one] = found
  const credentials = one?.credentials ?? none.read(request, parameters)
  if (credentials === undefined || credentials.client_id === '') throw missing()
  if (client_id !== undefined && client_id !== credentials.client_id) {
    throw idContradicted({ client_id: client_id.slice(0, 200), authenticates: credentials.client_id.slice(0, 200) })
  }
  return { method: one?.method ?? none, credentials }
}
