/** Which public keys of a client we take, RFC 7517 and RFC 7518 §6: registered ones and those fetched from `jwks_uri` alike. */
import { createPublicKey, X509Certificate } from 'node:crypto'
import { isMapping } from '../kernel/mapping.ts'
import { refusal } from '../kernel/refusal.ts'
import type { PublicJwk, PublicJwks } from '../vocabulary/client-metadata.ts'

const malformed = refusal(
  'invalid_client_metadata',
  'client_jwks_malformed',
  'The key set is not an object with an array named keys, of one to thirty-two keys',
)
const holdsPrivateKey = refusal(
  'invalid_client_metadata',
  'client_jwk_private',
  'The key set holds a private key; replace that key, for it has been sent over the network',
)
const symmetric = refusal('invalid_client_metadata', 'client_jwk_symmetric', 'The key set holds a symmetric key')
const unsupported = refusal(
  'invalid_client_metadata',
  'client_jwk_unsupported',
  'A key is neither RSA, nor EC on P-256, P-384 or P-521, nor Ed25519',
)
const weak = refusal(
  'invalid_client_metadata',
  'client_jwk_weak',
  'An RSA key is not of 2048 to 8192 bits with an odd exponent of 3 to 4294967295',
)
const invalid = refusal(
  'invalid_client_metadata',
  'client_jwk_invalid',
  'A key is not a point of its curve, or damaged',
)
const kidMissing = refusal(
  'invalid_client_metadata',
  'client_jwk_kid_missing',
  'In a set of several keys each needs a kid of its own',
)
const kidRepeated = refusal('invalid_client_metadata', 'client_jwk_kid_repeated', 'Two keys have the same kid')

const certificateForeign = refusal(
  'invalid_client_metadata',
  'client_jwk_certificate_foreign',
  'The first certificate in the x5c of a key cannot be read, or is not of that key',
)

const mostKeys = 32
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const publicMembers = ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'] as const
/** Curves by name, RFC 7518 §6.2.1.1 and RFC 8037 §2, with the key type they go with. */
const curves: Readonly<Record<string, string>> = { 'P-256': 'EC', 'P-384': 'EC', 'P-521': 'EC', Ed25519: 'OKP' }
const base64url = /^[A-Za-z0-9_-]+$/

/**
 * Reads a set of public keys, keeping only what describes the keys: nothing in it that points elsewhere (`x5u`) stays.
 *
 * @throws {OAuthError} `invalid_client_metadata`, a reason for each rule
 */
export function readPublicJwks(input: unknown): PublicJwks {
  if (!isMapping(input) || !Array.isArray(input['keys'])) throw malformed()
  const given: readonly unknown[] = input['keys']
  if (given.length === 0 || given.length > mostKeys) throw malformed()
  const keys = given.map(readPublicJwk)
  const kids = keys.map((key) => key.kid)
  // OpenID Connect Core §10.1: with several keys, the kid alone says which one signed.
  if (keys.length > 1 && kids.includes(undefined)) throw kidMissing()
  if (new Set(kids).size !== kids.length) throw kidRepeated()
  return { keys }
}

function readPublicJwk(input: unknown): PublicJwk {
  if (!isMapping(input)) throw malformed()
  if (input['kty'] === 'oct') throw symmetric()
  if (privateMembers.some((member) => Object.hasOwn(input, member))) throw holdsPrivateKey()
  const key: Record<string, unknown> = {}
  for (const member of publicMembers) {
    const value = input[member]
    if (value === undefined) continue
    if (typeof value !== 'string' || value.length > 2048) throw malformed({ member })
    key[member] = value
  }
  if (key['kty'] === 'RSA') checkRsa(key)
  else if (typeof key['crv'] !== 'string' || !Object.hasOwn(curves, key['crv']) || curves[key['crv']] !== key['kty'])
    throw unsupported()
  try {
    // OpenSSL checks that the point lies on its curve: one that does not leaks the other side's secret, bit by bit.
    createPublicKey({ key, format: 'jwk' })
  } catch (cause) {
    throw invalid({}, cause)
  }
  if (input['x5c'] !== undefined) key['x5c'] = [readCertificate(input['x5c'], key)]
  return key as unknown as PublicJwk // each member was checked above; the compiler cannot follow a loop
}

/** RFC 7517 §4.7: the first certificate is of the key itself. The others are its chain, which nobody here asks about. */
function readCertificate(x5c: unknown, key: Readonly<Record<string, unknown>>): string {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined
  if (typeof first !== 'string' || first.length > 16_384 || !/^[A-Za-z0-9+/]+={0,2}$/.test(first)) {
    throw certificateForeign()
  }
  try {
    const { publicKey, raw } = new X509Certificate(Buffer.from(first, 'base64'))
    if (publicKey.equals(createPublicKey({ key, format: 'jwk' }))) return raw.toString('base64')
  } catch (cause) {
    throw certificateForeign({}, cause)
  }
  throw certificateForeign()
}

/** RFC 7518 §3.3 demands 2048 bits; the ceilings bound what one verification can cost us. */
function checkRsa(key: Readonly<Record<string, unknown>>): void {
  const modulus = unsignedInteger(key['n'])
  const exponent = unsignedInteger(key['e'])
  if (modulus === undefined || exponent === undefined) throw invalid()
  const bits = modulus.toString(2).length
  if (bits < 2048 || bits > 8192 || exponent < 3n || exponent > 0xffff_ffffn || exponent % 2n === 0n)
    throw weak({ bits })
}

function unsignedInteger(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !base64url.test(text)) return undefined
  return BigInt(`0x${Buffer.from(text, 'base64url').toString('hex') || '0'}`)
}
