/**
 * Request objects: an authorization request that its client has signed, RFC 9101 and OpenID Connect Core §6. Here one is
 * read and judged; where it comes from and what else counts beside it is decided in `authorize/resolve.ts`.
 */
import type { Json } from '../kernel/binding.ts'
import { refusal } from '../kernel/refusal.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Client } from '../domain/client.ts'
import { profiles } from '../domain/profile.ts'
import { allowedAlgorithms } from './client-authentication/assertion-algorithms.ts'
import { findSignatureProblem } from './client-authentication/client-signature.ts'
import { isMoment, readForeignJwt, shown, type ForeignJwt } from './client-authentication/compact-jws.ts'
import type { ProtocolParts } from './parts.ts'

const encrypted = refusal(
  'invalid_request_object',
  'request_object_encrypted',
  'Encrypted request objects are not taken: send it signed, best by a pushed authorization request',
)
const malformed = refusal(
  'invalid_request_object',
  'request_object_malformed',
  'The request object is not a signed JWT in the compact form, or has a value that is not a parameter',
)
const algorithmNotAllowed = refusal(
  'invalid_request_object',
  'request_object_algorithm_not_allowed',
  'The request object is of another type, or not signed by an algorithm that this client may use',
)
const keyUnknown = refusal(
  'invalid_request_object',
  'request_object_key_unknown',
  'No registered key of this client fits the header of the request object',
)
const signatureWrong = refusal(
  'invalid_request_object',
  'request_object_signature_wrong',
  'The request object is not signed by a registered key of this client',
)
const ofAnotherClient = refusal(
  'invalid_request_object',
  'request_object_of_another_client',
  'client_id and iss of the request object must be the client that sends it, and sub must not be',
)
const audienceMismatch = refusal(
  'invalid_request_object',
  'request_object_audience_mismatch',
  'The aud of the request object must be the issuer identifier of this server',
)
const expired = refusal('invalid_request_object', 'request_object_expired', 'The request object has expired')
const notYetValid = refusal(
  'invalid_request_object',
  'request_object_not_yet_valid',
  'The request object is not valid yet',
)
const livesTooLong = refusal(
  'invalid_request_object',
  'request_object_lives_too_long',
  'The request object needs exp and nbf: nbf at most an hour ago, exp at most an hour after nbf',
)
const nested = refusal(
  'invalid_request',
  'request_object_nested',
  'A request object holds neither request nor request_uri',
)

/** The parameters in a request object, names with all values. */
export type SignedParameters = Readonly<Record<string, readonly string[]>>

/** How far a client's clock may be off (R17). */
const skew: Seconds = 60
/** FAPI 2.0 Message Signing §5.3.1: from nbf to exp, and from nbf to now. */
const longestLife: Seconds = 3600
/** RFC 9101 §10.8: a JWT made for another purpose is not one; clients of OpenID Connect write `JWT` or nothing. */
const types = ['oauth-authz-req+jwt', 'application/oauth-authz-req+jwt', 'jwt', 'application/jwt']
/** What a JWT says of itself, RFC 7519 §4.1: no parameters. */
const ofTheJwt = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/**
 * Tells whether OpenID Connect Core §6.1 holds for the request objects of a client: `exp`, `nbf`, `aud` and `client_id`
 * may be left out, and parameters beside the object count. RFC 9101 forbids both; it holds for all other clients, and
 * for every client that must sign its requests.
 */
export function followsOpenIdConnect({ profile, metadata }: Client): boolean {
  return profiles[profile].request_objects === 'openid_connect' && metadata.require_signed_request_object !== true
}

/**
 * Reads a request object, and checks that this client signed it for us, for now.
 *
 * @param repeatable the parameters that may come several times, which are lists in an object
 * @throws {OAuthError} `invalid_request_object`, or `invalid_request` for an object that points to another
 */
export async function readRequestObject(
  compact: string,
  client: Client,
  repeatable: readonly string[],
  parts: Pick<ProtocolParts, 'issuer' | 'clock' | 'clientKeys'>,
): Promise<SignedParameters> {
  const detail = { client_id: client.client_id }
  if (compact.split('.').length === 5) throw encrypted(detail)
  const jwt = readForeignJwt(compact)
  if (jwt === undefined) throw malformed(detail)
  checkAlgorithm(jwt, client)
  const unsigned = await findSignatureProblem(compact, jwt, client, parts)
  if (unsigned !== undefined) {
    const { problem, ...told } = unsigned
    throw (problem === 'key_unknown' ? keyUnknown : signatureWrong)({ ...detail, ...told })
  }
  checkParties(jwt, client, parts.issuer)
  checkTimes(jwt, client, parts.clock())
  return parametersIn(jwt, client, repeatable)
}

/** JR-01: the algorithm is the registered one, or one that a key of the client is for; `none` is never among them. */
function checkAlgorithm({ header }: ForeignJwt, { client_id, metadata }: Client): void {
  const { alg, typ } = header
  const allowed = allowedAlgorithms(metadata.request_object_signing_alg)
  const isTyped = typ === undefined || (typeof typ === 'string' && types.includes(typ.toLowerCase()))
  if (isTyped && typeof alg === 'string' && allowed.includes(alg)) return
  throw algorithmNotAllowed({ client_id, alg: shown(alg), typ: shown(typ) })
}

/** By whom and to whom. A `sub` would make it pass for a client assertion elsewhere (RFC 9101 §10.8). */
function checkParties({ claims }: ForeignJwt, client: Client, issuer: string): void {
  const { client_id } = client
  const { iss = client_id, sub, aud } = claims
  const named = claims['client_id'] ?? (followsOpenIdConnect(client) ? client_id : undefined)
  if (named !== client_id || iss !== client_id || sub === client_id) {
    throw ofAnotherClient({ client_id, given: shown(named), iss: shown(iss) })
  }
  if (aud === undefined && followsOpenIdConnect(client)) return
  const isForUs = Array.isArray(aud) ? aud.includes(issuer) : aud === issuer
  if (!isForUs) throw audienceMismatch({ client_id, aud: shown(aud) })
}

/** From when and until when. What is there is always checked; that both ends are there, not for OpenID Connect. */
function checkTimes({ claims }: ForeignJwt, client: Client, at: EpochSeconds): void {
  const { client_id } = client
  const { exp, nbf, iat } = claims
  if (exp !== undefined && !(isMoment(exp) && exp + skew > at)) throw expired({ client_id, given: shown(exp) })
  for (const moment of [nbf, iat]) {
    if (moment !== undefined && !(isMoment(moment) && moment <= at + skew))
      throw notYetValid({ client_id, given: shown(moment) })
  }
  if (followsOpenIdConnect(client)) return
  const isShort = isMoment(exp) && isMoment(nbf) && nbf + longestLife + skew >= at && exp <= nbf + longestLife
  if (!isShort) throw livesTooLong({ client_id, given: `nbf ${shown(nbf)}, exp ${shown(exp)}` })
}

function parametersIn({ claims }: ForeignJwt, { client_id }: Client, repeatable: readonly string[]): SignedParameters {
  if ('request' in claims || 'request_uri' in claims) throw nested({ client_id })
  const entries = Object.entries(claims)
    .filter(([name]) => !ofTheJwt.has(name))
    .map(([name, value]) => {
      const values = spelled(value, repeatable.includes(name))
      if (values === undefined) throw malformed({ client_id, parameter: name.slice(0, 100) })
      return [name, values] as const
    })
  return Object.fromEntries(entries)
}

/** RFC 9101 §4: texts, numbers and truth values as they are written in a query; what is JSON there is JSON here. */
function spelled(value: Json, isRepeatable: boolean): readonly string[] | undefined {
  if (value === null) return undefined
  if (typeof value !== 'object') return [String(value)]
  if (!isRepeatable || !Array.isArray(value)) return [JSON.stringify(value)]
  const texts = value.filter((each: Json) => typeof each === 'string')
  return texts.length === value.length ? texts : undefined
}
