/** A DPoP proof and every check of it: RFC 9449 §4.3. */
import { createPublicKey } from 'node:crypto'
import { compactVerify } from 'jose/jws/compact/verify'
import type { Json } from '../../kernel/binding.ts'
import { sha256base64url } from '../../kernel/hash.ts'
import { jwkThumbprint } from '../../kernel/jwk-thumbprint.ts'
import { refusal, type Detail } from '../../kernel/refusal.ts'
import type { Seconds } from '../../kernel/time.ts'
import { readPublicJwks } from '../../domain/public-jwks.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import { mayHaveSigned } from '../client-authentication/assertion-algorithms.ts'
import { isMoment, readForeignJwt, type ForeignJwt } from '../client-authentication/compact-jws.ts'
import type { FeatureParts } from '../feature.ts'
import { isCurrentNonce } from './nonce.ts'
import { isTarget } from './target-uri.ts'

const malformed = refusal('invalid_dpop_proof', 'dpop_proof_malformed', 'The DPoP header is not one signed JWT')
const typeWrong = refusal('invalid_dpop_proof', 'dpop_type_wrong', 'The typ of the DPoP proof is not dpop+jwt')
const algorithmNotAllowed = refusal(
  'invalid_dpop_proof',
  'dpop_algorithm_not_allowed',
  'The alg of the DPoP proof is not among dpop_signing_alg_values_supported',
)
const keyUnusable = refusal(
  'invalid_dpop_proof',
  'dpop_key_unusable',
  'The jwk of the DPoP proof is not a public key for its alg',
)
const methodMismatch = refusal('invalid_dpop_proof', 'dpop_htm_mismatch', 'The htm of the DPoP proof is another method')
const targetMismatch = refusal('invalid_dpop_proof', 'dpop_htu_mismatch', 'The htu of the DPoP proof is another URI')
const identifierMissing = refusal('invalid_dpop_proof', 'dpop_jti_missing', 'The DPoP proof has no jti')
const notCurrent = refusal(
  'invalid_dpop_proof',
  'dpop_proof_not_current',
  'The iat of the DPoP proof is missing, or too far from now',
)
const nonceNeeded = refusal('use_dpop_nonce', 'dpop_nonce_needed', 'The DPoP proof needs the nonce of this answer')
const tokenMismatch = refusal(
  'invalid_dpop_proof',
  'dpop_ath_mismatch',
  'The ath of the DPoP proof is not that of the access token',
)
const signatureWrong = refusal('invalid_dpop_proof', 'dpop_signature_wrong', 'The DPoP proof is not signed by its jwk')
const replayed = refusal('invalid_dpop_proof', 'dpop_proof_replayed', 'The DPoP proof was used before')

/** Every way in which a proof is refused. */
export const proofRefusals = [
  malformed,
  typeWrong,
  algorithmNotAllowed,
  keyUnusable,
  methodMismatch,
  targetMismatch,
  identifierMissing,
  notCurrent,
  nonceNeeded,
  tokenMismatch,
  signatureWrong,
  replayed,
]

/** The algorithms a proof may be signed by: those of FAPI 2.0 Security Profile §5.4.1, and the new name of one of them. */
export const dpopAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const

/** How far from now `iat` may be, either way (R17). With a nonce, the nonce tells the time instead. */
const window: Seconds = 60
/** How long a proof is remembered: longer than it, or its nonce, could be taken, on a node whose clock is behind, too. */
const memory: Seconds = 300

/** What a proof must be made for. */
export interface Proven {
  readonly request: HttpRequest
  /** The access token it comes with; absent where tokens are asked for. */
  readonly token?: string
  /** For the log, and the answer. */
  readonly detail: Detail
}

/**
 * Checks the proof in a header field, and spends it: of many that are sent at once one is taken, on whichever node.
 *
 * @returns the thumbprint of the key that signed it, RFC 7638
 * @throws `invalid_dpop_proof`, a reason for each rule; `use_dpop_nonce` where a nonce is required and this one is not current
 */
export async function provenKey(field: string, made: Proven, parts: FeatureParts): Promise<string> {
  const { detail } = made
  // Several header fields arrive joined by a comma, which no JWT has.
  const proof = readForeignJwt(field)
  if (proof === undefined) throw malformed(detail)
  // What costs nothing first: a signature check is dear enough to be flooded with.
  const alg = checkHeader(proof, detail)
  const jti = checkClaims(proof, made, parts)
  const jwk = readKey(proof, alg, detail)
  await checkSignature(field, jwk, alg).catch((cause: unknown) => {
    throw signatureWrong(detail, cause)
  })
  const jkt = jwkThumbprint({ ...jwk })
  const forget_at = parts.clock() + memory
  const spent = await parts.usedOnce.spend(`dpop_proof ${jkt}`, jti, forget_at)
  if (spent !== 'first') throw replayed(detail)
  return jkt
}

function checkHeader({ header }: ForeignJwt, detail: Detail): string {
  const { typ, alg } = header
  if (typ !== 'dpop+jwt') throw typeWrong(detail)
  const allowed = dpopAlgorithms.find((one) => one === alg)
  if (allowed === undefined) throw algorithmNotAllowed(detail)
  return allowed
}

/** What the proof says it is for, when, and with what: answers its `jti`. */
function checkClaims({ claims }: ForeignJwt, { request, token, detail }: Proven, parts: FeatureParts): string {
  const { htm, htu, iat, jti, ath, nonce } = claims
  if (htm !== request.method) throw methodMismatch(detail)
  if (typeof htu !== 'string' || !isTarget(htu, request, parts)) throw targetMismatch(detail)
  if (typeof jti !== 'string' || jti === '') throw identifierMissing(detail)
  if (!isMoment(iat)) throw notCurrent(detail)
  if (parts.settings.dpop_nonce === 'required') {
    if (typeof nonce !== 'string' || !isCurrentNonce(nonce, request, parts)) throw nonceNeeded(detail)
  } else if (Math.abs(parts.clock() - iat) > window) {
    throw notCurrent({ ...detail, seconds_late: parts.clock() - iat })
  }
  if (token !== undefined && ath !== sha256base64url(token)) throw tokenMismatch(detail)
  return jti
}

/** Reads the key in the header as strictly as a registered one: public, of a size and kind we take, on its curve. */
function readKey({ header: { jwk, kid } }: ForeignJwt, alg: string, detail: Detail): PublicJwk {
  const [key] = tryToRead(jwk, detail).keys
  const named = kid === undefined || key?.kid === undefined || key.kid === kid
  if (key === undefined || !named || !mayHaveSigned(key, alg, undefined, 'fapi2')) throw keyUnusable(detail)
  return key
}

function tryToRead(jwk: Json | undefined, detail: Detail): ReturnType<typeof readPublicJwks> {
  try {
    return readPublicJwks({ keys: [jwk] })
  } catch (cause) {
    throw keyUnusable(detail, cause)
  }
}

async function checkSignature(proof: string, jwk: PublicJwk, alg: string): Promise<void> {
  const key = createPublicKey({ key: Object.fromEntries(Object.entries(jwk)), format: 'jwk' })
  await compactVerify(proof, key, { algorithms: [alg] })
}
