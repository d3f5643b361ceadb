import type { EpochSeconds } from '../kernel/time.ts'

/** The algorithms we sign with, RFC 7518 §3.1. */
export type SigningAlgorithm = 'ES256' | 'RS256'

/** A signing key. Published from `created_at`, signs from `active_from` until a newer one does, published until `retired_at`. */
export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  /** The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`. */
  readonly public_jwk: Readonly<Record<string, unknown>>
  /** The private half as a JWK, sealed under the configured secret. */
  readonly sealed_private_jwk: string
  readonly created_at: EpochSeconds
  /** When it begins to sign: after verifiers have had time to fetch it. */
  readonly active_from: EpochSeconds
  /** When it leaves the published set; undefined = not yet decided. */
  readonly retired_at?: EpochSeconds
}

/** Port: where signing keys live. */
export interface SigningKeys {
  list(): Promise<readonly SigningKey[]>
  /** Stores a key. With `firstOf`, only where none of its algorithm exists yet: of racing nodes at a first start one is told `created`. */
  create(key: SigningKey, options?: { readonly firstOf: SigningAlgorithm }): Promise<'created' | 'exists'>
  retire(kid: string, retired_at: EpochSeconds): Promise<'retired' | 'unknown'>
  /** Removes a key at once: nothing it signed is accepted any more. */
  delete(kid: string): Promise<'deleted' | 'unknown'>
}
