import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { jwkThumbprint } from '../kernel/jwk-thumbprint.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, EpochSeconds } from '../kernel/time.ts'
import type { SigningAlgorithm, SigningKey } from './signing-key.ts'

const generated = promisify(generateKeyPair)

/** The purpose under which private halves are sealed at rest. */
export const signingKeyPurpose = 'signing_key'

/**
 * Makes a key pair, off the event loop: P-256 for ES256, 2048 bits of RSA for RS256 (RFC 7518 §3.3's least, since each
 * signature is paid for). It is named by its RFC 7638 thumbprint, and its private half is sealed before it leaves here.
 *
 * @param active_from when it begins to sign
 */
export async function newSigningKey(
  alg: SigningAlgorithm,
  active_from: EpochSeconds,
  { secrets, clock }: { readonly secrets: Secrets; readonly clock: Clock },
): Promise<SigningKey> {
  const { publicKey, privateKey } =
    alg === 'ES256' ? await generated('ec', { namedCurve: 'P-256' }) : await generated('rsa', { modulusLength: 2048 })
  const public_half = publicKey.export({ format: 'jwk' })
  const kid = jwkThumbprint({ ...public_half })
  return {
    kid,
    alg,
    public_jwk: { ...public_half, kid, alg, use: 'sig' },
    sealed_private_jwk: secrets.sealAtRest(signingKeyPurpose, JSON.stringify(privateKey.export({ format: 'jwk' }))),
    created_at: clock(),
    active_from,
  }
}
