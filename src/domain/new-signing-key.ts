import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { jwkThumbprint } from '../kernel/jwk-thumbprint.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, EpochSeconds } from '../kernel/time.ts'
import type { SigningAlgorithm } from '../vocabulary/algorithms.ts'
import type { SigningKey } from './signing-key.ts'

const generated = promisify(generateKeyPair)

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** How a pair is made for each algorithm. 2048 bits of RSA are RFC 7518 §3.3's least, since each signature is paid for. */
const pairs: Readonly<Record<SigningAlgorithm, () => Promise<KeyPair>>> = {
  ES256: () => generated('ec', { namedCurve: 'P-256' }),
  RS256: () => generated('rsa', { modulusLength: 2048 }),
  PS256: () => generated('rsa', { modulusLength: 2048 }),
  EdDSA: () => generated('ed25519', {}),
}

/** The purpose under which private halves are sealed at rest. */
export const signingKeyPurpose = 'signing_key'

/**
 * Makes a key pair, off the event loop. It is named by its RFC 7638 thumbprint, which never begins with `-`, so that no
 * command takes it for an option; and its private half is sealed before it leaves here.
 *
 * @param active_from when it begins to sign
 */
export async function newSigningKey(
  alg: SigningAlgorithm,
  active_from: EpochSeconds,
  { secrets, clock }: { readonly secrets: Secrets; readonly clock: Clock },
): Promise<SigningKey> {
  const { public_half, privateKey, kid } = await namedPair(alg)
  return {
    kid,
    alg,
    public_jwk: { ...public_half, kid, alg, use: 'sig' },
    sealed_private_jwk: secrets.sealAtRest(signingKeyPurpose, JSON.stringify(privateKey.export({ format: 'jwk' }))),
    created_at: clock(),
    active_from,
  }
}

async function namedPair(alg: SigningAlgorithm) {
  for (;;) {
    const { publicKey, privateKey } = await pairs[alg]()
    const public_half = publicKey.export({ format: 'jwk' })
    const kid = jwkThumbprint({ ...public_half })
    if (!kid.startsWith('-')) return { public_half, privateKey, kid }
  }
}
