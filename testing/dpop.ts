/** DPoP proofs as a client makes them, right in all but what a test says. */
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, SignJWT, type JWK, type JWTHeaderParameters } from 'jose'

/** A client's key for proofs. */
export interface DpopKey {
  readonly privateKey: KeyObject
  readonly jwk: JWK
  /** Its thumbprint, RFC 7638. */
  readonly jkt: string
}

/** What a proof is for, and what is wrong with it. */
export interface MadeProof {
  readonly htm?: string
  readonly htu: string
  /** Seconds since the epoch. */
  readonly at: number
  /** Added to the usual claims, or replacing them; an undefined one is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
}

/** Makes a new key, ES256. */
export async function newDpopKey(): Promise<DpopKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  return { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) }
}

/** Makes a proof, RFC 9449 §4.2. */
export function dpopProof(
  { privateKey, jwk }: Pick<DpopKey, 'jwk'> & { readonly privateKey: KeyObject | CryptoKey },
  { htm = 'POST', htu, at, claims, header }: MadeProof,
): Promise<string> {
  const usual = { htm, htu, iat: at, jti: randomUUID(), ...claims }
  const said = Object.fromEntries(Object.entries(usual).filter(([, value]) => value !== undefined))
  const shown = { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }
  return new SignJWT(said).setProtectedHeader(shown).sign(privateKey)
}
