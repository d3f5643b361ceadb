import { sha256base64url } from './hash.ts'

/** The members that make a key what it is, in alphabetical order: RFC 7638 §3.2 and, for OKP, RFC 8037 §2. */
const required: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/**
 * Names a public key by what it is: its thumbprint under SHA-256, RFC 7638 §3.
 *
 * @throws {Error} for a key type that has no public half, or a key that lacks a member
 */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const members = required[String(jwk['kty'])]
  if (members === undefined || members.some((member) => typeof jwk[member] !== 'string')) {
    throw new Error('A thumbprint needs a complete EC, OKP or RSA key')
  }
  return sha256base64url(JSON.stringify(Object.fromEntries(members.map((member) => [member, jwk[member]]))))
}
