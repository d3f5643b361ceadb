/** The signer: port and JWS. */
import type { SigningAlgorithm } from '../../domain/signing-key.ts'

/** What a signed token says. */
export type JwtClaims = Readonly<Record<string, unknown>>

/** Signs and checks our own tokens. Only the mint gate signs. */
export interface Signer {
  /**
   * Signs claims as a compact JWS (RFC 7515 §3.1) with the active key of that algorithm.
   *
   * @param typ the media type that tells one kind of token from another, RFC 8725 §3.11: `at+jwt` (RFC 9068 §2.1), `JWT`
   */
  sign(typ: string, alg: SigningAlgorithm, claims: JwtClaims): Promise<string>
  /**
   * Reads a token of ours: the claims when one of our published keys signed it with that key's own algorithm and the
   * `typ` is the one asked for. Expiry is the caller's to judge.
   */
  verify(typ: string, token: string): JwtClaims | undefined
  /** The published keys, RFC 7517 §5: public halves only. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** Reads the keys again, so that a key made on another node is published and used here. */
  reload(): Promise<void>
}
