import type { Profile } from '../../domain/client.ts'
import { profiles } from '../../domain/profile.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'

/** Which key an algorithm is for, RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2. */
const keyFor: Readonly<Record<string, Pick<PublicJwk, 'kty' | 'crv'>>> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** The algorithms a client may sign its assertions with: asymmetric ones only. */
export const assertionAlgorithms: readonly string[] = Object.keys(keyFor)

/** RFC 9864 §2.2: of a key on Ed25519 they say the same, and libraries differ in which they write. */
const namesOfOne: readonly string[] = ['EdDSA', 'Ed25519']

function isSameAlgorithm(one: string, other: string): boolean {
  return one === other || (namesOfOne.includes(one) && namesOfOne.includes(other))
}

/** The algorithms that a client may sign by: the one it registered, by each of its names; where it said nothing, all. */
export function allowedAlgorithms(registered: string | undefined): readonly string[] {
  return assertionAlgorithms.filter((alg) => registered === undefined || isSameAlgorithm(alg, registered))
}

/** Tells whether a client's key may have signed by an algorithm: it is a key for it, for signing, and of that name. */
export function mayHaveSigned(jwk: PublicJwk, alg: string, kid: string | undefined, profile: Profile): boolean {
  const wanted = Object.hasOwn(keyFor, alg) ? keyFor[alg] : undefined
  if (wanted === undefined || jwk.kty !== wanted.kty || jwk.crv !== wanted.crv) return false
  // FAPI 2.0 Security Profile §5.4.1: no RSASSA-PKCS1-v1_5.
  if (profiles[profile].signing_algorithms?.includes(alg) === false) return false
  const isForSigning = jwk.use !== 'enc' && jwk.key_ops?.includes('verify') !== false
  return (
    isForSigning &&
    (jwk.alg === undefined || isSameAlgorithm(jwk.alg, alg)) &&
    (kid === undefined || jwk.kid === kid || jwk.kid === undefined)
  )
}
