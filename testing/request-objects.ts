/** Request objects, RFC 9101, as a client with a key of its own signs them. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { PublicJwk } from '../src/vocabulary/client-metadata.ts'

/** A key pair of a client: what it keeps, and what it registers. */
export interface ClientKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: PublicJwk
}

/** Makes a key for ES256. */
export function clientKey(kid: string): ClientKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' } as PublicJwk }
}

/** Signs a request object of exactly these claims, with what a test says of its header. */
export function signedRequest(
  claims: Readonly<Record<string, unknown>>,
  { kid, privateKey }: ClientKey,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const encoded = [{ alg: 'ES256', typ: 'oauth-authz-req+jwt', kid, ...header }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const signature = sign('sha256', Buffer.from(encoded.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return [...encoded, signature.toString('base64url')].join('.')
}
