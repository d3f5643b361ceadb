/** Whether a client has signed what it sends: its assertions and its request objects alike. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose/jws/compact/verify'
import type { Client } from '../../domain/client.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import type { ProtocolParts } from '../parts.ts'
import { mayHaveSigned } from './assertion-algorithms.ts'
import type { KeyHolder } from './client-keys.ts'
import { textOf, type ForeignJwt } from './compact-jws.ts'

/** How many keys without a `kid` are tried at most: each try costs a signature check. */
const mostTries = 4

/** Why a signature is not the client's, and what its header said. */
export interface SignatureProblem {
  readonly problem: 'key_unknown' | 'signature_wrong'
  readonly kid: string | undefined
  readonly alg: string
}

/**
 * Checks that a client signed a JWT: undefined when one of its keys did.
 *
 * The caller has judged which algorithm may have been used. Whatever else the header says of keys (`jwk`, `jku`, `x5u`,
 * `x5c`) is not looked at: only a registered key counts (SECURITY: JA-07).
 *
 * @param compact the text that `jwt` was read from
 */
export async function findSignatureProblem(
  compact: string,
  { header }: ForeignJwt,
  client: KeyHolder & Pick<Client, 'profile'>,
  { clientKeys }: Pick<ProtocolParts, 'clientKeys'>,
): Promise<SignatureProblem | undefined> {
  const alg = textOf(header['alg'])
  const kid = header['kid'] === undefined ? undefined : textOf(header['kid'])
  const told = { kid: kid?.slice(0, 100), alg: alg.slice(0, 100) }
  const candidates = (await clientKeys.find(client, kid)).filter((jwk) => mayHaveSigned(jwk, alg, kid, client.profile))
  if (candidates.length === 0) return { problem: 'key_unknown', ...told }
  for (const jwk of candidates.slice(0, mostTries)) {
    try {
      await compactVerify(compact, keyObject(jwk), { algorithms: [alg] })
      return undefined
    } catch {
      // signed by another key: perhaps by the next
    }
  }
  return { problem: 'signature_wrong', ...told }
}

const keyObjects = new WeakMap<PublicJwk, KeyObject>()

function keyObject(jwk: PublicJwk): KeyObject {
  let key = keyObjects.get(jwk)
  if (key === undefined)
    keyObjects.set(jwk, (key = createPublicKey({ key: Object.fromEntries(Object.entries(jwk)), format: 'jwk' })))
  return key
}
