import { hash, hkdfSync, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

/** Hashes with SHA-256 and spells it in base64url without padding: RFC 7636 §4.2, RFC 7638 §3. */
export function sha256base64url(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Compares two secrets in a time that depends on their lengths alone. */
export function sameSecret(one: string, other: string): boolean {
  const left = Buffer.from(one)
  const right = Buffer.from(other)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Derives a 256-bit key for one purpose from the configured secret, RFC 5869. */
export function derivedKey(secret: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), `licet ${purpose}`, 32)))
}
