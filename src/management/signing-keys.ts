/**
 * Signing keys: how they come and go. A new one is published before it signs, so that everyone who caches the key set
 * has it by then; the one it replaces stays published until nothing that it signed can still be in use. At any time
 * each algorithm has one key without an end.
 */
import { newSigningKey } from '../domain/new-signing-key.ts'
import { byAge, isPublished, keyThatSigns, type SigningKey, type SigningKeys } from '../domain/signing-key.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { SigningAlgorithm } from '../vocabulary/algorithms.ts'
import { recorded, type OperatorParts } from './operator.ts'

/** What managing signing keys takes. */
export interface KeyManagementParts extends OperatorParts {
  readonly signingKeys: SigningKeys
  readonly secrets: Secrets
  /** How long a new key is published before it signs: the setting `keys.publish_before`. */
  readonly publish_before: Seconds
  /** The longest life of anything that is signed. */
  readonly longest_token: Seconds
}

/** A key as an operator sees it: no private half. */
export interface ListedKey extends Pick<SigningKey, 'kid' | 'alg' | 'created_at' | 'active_from' | 'retired_at'> {
  /** `waiting`: published, its time to sign is still to come. `kept`: replaced, what it signed is still accepted. */
  readonly state: 'waiting' | 'signing' | 'kept' | 'retired'
}

/** The result of a rotation: a new key, or the one that an earlier rotation made and that still waits. */
export type Rotated = { readonly outcome: 'rotated' | 'waiting'; readonly key: ListedKey }

/** How far the clocks of those who check tokens may be behind ours. */
const skew: Seconds = 60

/** Lists the keys, the newest first. */
export async function listSigningKeys(parts: KeyManagementParts): Promise<readonly ListedKey[]> {
  const keys = await parts.signingKeys.list()
  const at = parts.clock()
  return keys.map((key) => listed(key, keys, at)).toSorted((one, other) => byAge(other, one))
}

/**
 * Makes a new key of an algorithm, and gives those it replaces their end.
 *
 * @param when `published_first`: it signs after `publish_before`. `at_once`: it signs now, for when the old one is no
 *   longer trusted; those who cache the key set may refuse its tokens until they look again.
 */
export async function rotateSigningKey(
  alg: SigningAlgorithm,
  when: 'published_first' | 'at_once',
  parts: KeyManagementParts,
): Promise<Rotated> {
  const at = parts.clock()
  const keys = await publishedKeys(alg, parts)
  const waiting = keys.find(({ active_from, retired_at }) => active_from > at && retired_at === undefined)
  if (waiting !== undefined && when === 'published_first') {
    return { outcome: 'waiting', key: listed(waiting, keys, at) }
  }
  const begins = when === 'at_once' ? at : at + parts.publish_before
  // One that waits already takes over from this one when its time comes.
  const ends = waiting && { retired_at: waiting.active_from + kept(parts) }
  const key: SigningKey = { ...(await newSigningKey(alg, begins, parts)), ...ends }
  const replaced = keys.filter(
    ({ active_from, retired_at }) => active_from <= begins && (retired_at ?? Infinity) > begins + kept(parts),
  )
  await recorded('signing_key_rotated', about(key), parts, () =>
    Promise.all([
      parts.signingKeys.create(key),
      ...replaced.map(({ kid }) => parts.signingKeys.retire(kid, begins + kept(parts))),
    ]),
  )
  return { outcome: 'rotated', key: listed(key, [...keys, key], at) }
}

/**
 * Removes a key: what it signed is refused at our own endpoints as soon as they have read the keys again. Where it was
 * the one without an end, another is made; it signs at once when nothing else can.
 */
export async function removeSigningKey(kid: string, parts: KeyManagementParts): Promise<'removed' | 'unknown'> {
  const key = (await parts.signingKeys.list()).find((one) => one.kid === kid)
  if (key === undefined) return 'unknown'
  const others = (await publishedKeys(key.alg, parts)).filter((one) => one.kid !== kid)
  const successor = others.some(({ retired_at }) => retired_at === undefined)
    ? undefined
    : await newSigningKey(key.alg, beginsAfter(others, parts), parts)
  const [removed] = await recorded('signing_key_removed', about(key), parts, () =>
    Promise.all([parts.signingKeys.delete(kid), successor && parts.signingKeys.create(successor)]),
  )
  return removed === 'deleted' ? 'removed' : 'unknown'
}

/** When a key must sign so that those that are left can be kept to their ends: later than now where they allow it. */
function beginsAfter(others: readonly SigningKey[], parts: KeyManagementParts): EpochSeconds {
  const at = parts.clock()
  const last = Math.max(...others.map(({ retired_at }) => (retired_at ?? 0) - kept(parts)))
  return Math.max(at, Math.min(at + parts.publish_before, last))
}

async function publishedKeys(alg: SigningAlgorithm, parts: KeyManagementParts): Promise<readonly SigningKey[]> {
  const keys = await parts.signingKeys.list()
  return keys.filter((key) => key.alg === alg && isPublished(key, parts.clock()))
}

/** How long a key is needed after its last signature (R17). */
function kept({ longest_token }: KeyManagementParts): Seconds {
  return longest_token + skew
}

function listed(key: SigningKey, keys: readonly SigningKey[], at: EpochSeconds): ListedKey {
  const { kid, alg, created_at, active_from, retired_at } = key
  const times = { created_at, active_from, ...(retired_at !== undefined && { retired_at }) }
  return { kid, alg, ...times, state: stateOf(key, keys, at) }
}

function stateOf(key: SigningKey, keys: readonly SigningKey[], at: EpochSeconds): ListedKey['state'] {
  if (!isPublished(key, at)) return 'retired'
  if (keyThatSigns(keys, key.alg, at)?.kid === key.kid) return 'signing'
  return key.active_from > at ? 'waiting' : 'kept'
}

function about({ kid, alg, active_from }: SigningKey) {
  return { detail: { kid, alg, active_from } }
}
