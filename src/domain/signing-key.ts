import type { EpochSeconds } from '../kernel/time.ts'
import type { SigningAlgorithm } from '../vocabulary/algorithms.ts'

/** A signing key: published from `created_at` to `retired_at`, it signs from `active_from` until a newer one does. */
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

/** Tells whether a key is in the published set, so that what it signed is accepted. */
export function isPublished(key: Pick<SigningKey, 'retired_at'>, at: EpochSeconds): boolean {
  return key.retired_at === undefined || at < key.retired_at
}

/** Sorts keys, the oldest first. Of two that begin in the same second, the one that stays longer is the newer. */
export function byAge(one: KeySpan, other: KeySpan): number {
  const end = ({ retired_at = Number.MAX_SAFE_INTEGER }: KeySpan): EpochSeconds => retired_at
  return one.active_from - other.active_from || end(one) - end(other)
}

type KeySpan = Pick<SigningKey, 'active_from' | 'retired_at'>

/**
 * Finds the key that signs: of the published ones of that algorithm the newest that has begun; where none has begun yet,
 * the one that begins first, since an early key is better than none.
 */
export function keyThatSigns<Key extends Pick<SigningKey, 'alg' | 'active_from' | 'retired_at'>>(
  keys: readonly Key[],
  alg: SigningAlgorithm,
  at: EpochSeconds,
): Key | undefined {
  const [first, ...later] = keys.filter((key) => key.alg === alg && isPublished(key, at)).toSorted(byAge)
  return later.findLast(({ active_from }) => active_from <= at) ?? first
}

/** Port: where signing keys live. */
export interface SigningKeys {
  list(): Promise<readonly SigningKey[]>
  /** Stores a key; with `firstOf`, only the first of its algorithm: of nodes that race at a first start one is told `created`. */
  create(key: SigningKey, options?: { readonly firstOf: SigningAlgorithm }): Promise<'created' | 'exists'>
  retire(kid: string, retired_at: EpochSeconds): Promise<'retired' | 'unknown'>
  /** Removes a key at once: nothing it signed is accepted any more. */
  delete(kid: string): Promise<'deleted' | 'unknown'>
}
