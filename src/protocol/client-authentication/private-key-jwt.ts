/**
 * `private_key_jwt`: the client signs a short JWT that says who it is and to whom it says so; RFC 7523 §2.2 and §3,
 * OpenID Connect Core §9, with the audience as FAPI 2.0 and policy A5 have it.
 */
import type { Json } from '../../kernel/binding.ts'
import { sha256base64url } from '../../kernel/hash.ts'
import { refusal, type OAuthError } from '../../kernel/refusal.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { Client } from '../../domain/client.ts'
import { profiles } from '../../domain/profile.ts'
import { paths } from '../paths.ts'
import { allowedAlgorithms } from './assertion-algorithms.ts'
import { findSignatureProblem } from './client-signature.ts'
import { isMoment, readForeignJwt, shown, textOf, type ForeignJwt } from './compact-jws.ts'
import { authenticationFailed, type ClientAuthenticationMethod, type ClientAuthenticationParts } from './method.ts'

const tell = authenticationFailed
const assertionMalformed = refusal('invalid_client', 'client_assertion_malformed', tell)
const typeUnsupported = refusal('invalid_client', 'client_assertion_type_unsupported', tell)
const algorithmNotAllowed = refusal('invalid_client', 'client_assertion_algorithm_not_allowed', tell)
const issuerMismatch = refusal('invalid_client', 'client_assertion_issuer_mismatch', tell)
const audienceMismatch = refusal('invalid_client', 'client_assertion_audience_mismatch', tell)
const expired = refusal('invalid_client', 'client_assertion_expired', tell)
const livesTooLong = refusal('invalid_client', 'client_assertion_lives_too_long', tell)
const notYetValid = refusal('invalid_client', 'client_assertion_not_yet_valid', tell)
const identifierMissing = refusal('invalid_client', 'client_assertion_jti_missing', tell)
const keyUnknown = refusal('invalid_client', 'client_assertion_key_unknown', tell)
const signatureWrong = refusal('invalid_client', 'client_assertion_signature_wrong', tell)
const replayed = refusal('invalid_client', 'client_assertion_replayed', tell)

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** How far a client's clock may be off (R17). */
const skew: Seconds = 60
/** How far ahead an assertion may end: what must be remembered of it is bounded by this. */
const longestLife: Seconds = 3600
/** A JWT made for another purpose is not for us, RFC 8725 §3.11; libraries write `JWT` or nothing. */
const types = ['jwt', 'client-authentication+jwt', 'application/jwt', 'application/client-authentication+jwt']

export const privateKeyJwt: ClientAuthenticationMethod = {
  method: 'private_key_jwt',

  read(_request, parameters) {
    const proof = parameters.get('client_assertion')
    const type = parameters.get('client_assertion_type')
    if (proof === undefined && type === undefined) return undefined
    if (type !== jwtBearer) throw typeUnsupported({ client_assertion_type: type?.slice(0, 100) })
    const client_id = proof === undefined ? undefined : readForeignJwt(proof)?.claims['sub']
    if (proof === undefined || typeof client_id !== 'string' || client_id === '') throw assertionMalformed()
    return { client_id, proof }
  },

  async check({ proof }, client, parts) {
    const jwt = readForeignJwt(proof)
    if (client === undefined || jwt === undefined) return keyUnknown()
    // What costs nothing first: a signature check is dear enough to be flooded with.
    return (
      checkAlgorithm(jwt, client) ??
      checkClaims(jwt, client, parts) ??
      (await checkSignature(proof, jwt, client, parts)) ??
      (await spendIdentifier(jwt, client, parts))
    )
  },
}

/** JA-06: the algorithm is the registered one, or one that a key of the client is for; never just the header's choice. */
function checkAlgorithm({ header }: ForeignJwt, client: Client): OAuthError | undefined {
  const { alg, typ } = header
  const allowed = allowedAlgorithms(client.metadata.token_endpoint_auth_signing_alg)
  const isTyped = typ === undefined || (typeof typ === 'string' && types.includes(typ.toLowerCase()))
  if (isTyped && typeof alg === 'string' && allowed.includes(alg)) return undefined
  return algorithmNotAllowed({
    client_id: client.client_id,
    alg: shown(alg),
    typ: shown(typ),
  })
}

/** RFC 7523 §3: by whom, to whom, from when, until when. */
function checkClaims({ claims }: ForeignJwt, client: Client, parts: ClientAuthenticationParts): OAuthError | undefined {
  const { client_id } = client
  const { iss, sub, aud, exp, nbf, iat, jti } = claims
  const at = parts.clock()
  if (iss !== client_id || sub !== client_id) return issuerMismatch({ client_id, iss: shown(iss) })
  if (!isForUs(aud, client, parts.issuer)) return audienceMismatch({ client_id, aud: shown(aud) })
  if (!isMoment(exp) || exp + skew <= at)
    return expired({ client_id, seconds_late: isMoment(exp) ? at - exp : undefined })
  if (exp > at + longestLife + skew) return livesTooLong({ client_id, seconds_ahead: exp - at })
  for (const moment of [nbf, iat]) {
    if (moment === undefined) continue
    if (!isMoment(moment) || moment > at + skew) {
      return notYetValid({ client_id, seconds_ahead: isMoment(moment) ? moment - at : undefined })
    }
  }
  return typeof jti === 'string' && jti !== '' ? undefined : identifierMissing({ client_id })
}

/** Policy A5: the issuer as one text, so that no other server can pass on what was made for it. */
function isForUs(aud: Json | undefined, { profile }: Client, issuer: string): boolean {
  if (aud === issuer) return true
  if (profiles[profile].assertion_audience === 'issuer') return false
  return Array.isArray(aud) ? aud.includes(issuer) : aud === issuer + paths.token_endpoint
}

async function checkSignature(
  proof: string,
  jwt: ForeignJwt,
  client: Client,
  parts: ClientAuthenticationParts,
): Promise<OAuthError | undefined> {
  const found = await findSignatureProblem(proof, jwt, client, parts)
  if (found === undefined) return undefined
  const { problem, ...told } = found
  return (problem === 'key_unknown' ? keyUnknown : signatureWrong)({ client_id: client.client_id, ...told })
}

/**
 * Spends the `jti`, for this client, on all nodes at once (JA-04). The memory outlives the last moment at which the
 * assertion is taken, by as much again as clocks of nodes may differ (JA-05).
 */
async function spendIdentifier(
  { claims }: ForeignJwt,
  { client_id }: Client,
  { usedOnce }: ClientAuthenticationParts,
): Promise<OAuthError | undefined> {
  const forget_at = Math.ceil(Number(claims['exp'])) + 2 * skew
  const spent = await usedOnce.spend(`client_assertion ${client_id}`, sha256base64url(textOf(claims['jti'])), forget_at)
  return spent === 'first' ? undefined : replayed({ client_id })
}
