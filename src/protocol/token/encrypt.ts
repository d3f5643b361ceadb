/** Encryption for a client, by a key that it published: JWE, RFC 7516, in the compact serialisation. */
import { refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../domain/client.ts'
import {
  contentEncryptionAlgorithms,
  type ContentEncryptionAlgorithm,
  type KeyManagementAlgorithm,
} from '../../vocabulary/algorithms.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import type { ProtocolParts } from '../parts.ts'

const keyMissing = refusal(
  'invalid_request',
  'client_encryption_key_missing',
  'The client asks for encryption and publishes no key that fits',
)

/** What is to be encrypted, and how the client wants it. */
export interface Plain {
  readonly text: string
  /** What is inside, RFC 7516 §4.1.12: `JWT` for one that is signed (RFC 7519 §5.2), `json` for plain claims. */
  readonly cty: 'JWT' | 'json'
  readonly alg: KeyManagementAlgorithm
  readonly enc: ContentEncryptionAlgorithm | undefined
}

/**
 * Encrypts for a client alone, by the first of its keys that is for the algorithm, one that says so before one that does
 * not (RFC 7517 §4.2).
 *
 * @throws `invalid_request` when it has none: nothing is spent, and nothing leaves in clear
 */
export async function encryptedFor(
  client: Client,
  { text, cty, alg, enc = contentEncryptionAlgorithms[0] }: Plain,
  { clientKeys }: Pick<ProtocolParts, 'clientKeys'>,
): Promise<string> {
  const fitting = (await clientKeys.find(client, undefined)).filter((jwk) => fits(jwk, alg))
  const jwk = fitting.find(({ use }) => use === 'enc') ?? fitting[0]
  if (jwk === undefined) throw keyMissing({ client_id: client.client_id, alg })
  const header = { alg, enc, cty, ...(jwk.kid !== undefined && { kid: jwk.kid }) }
  const { key_ops: _, x5c: __, ...members } = jwk
  // Loaded with the first client that asks for it: few do.
  const [{ CompactEncrypt }, { importJWK }] = await Promise.all([
    import('jose/jwe/compact/encrypt'),
    import('jose/key/import'),
  ])
  const key = await importJWK(members, alg)
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(key)
}

/** RFC 7518 §4.1: RSA keys for RSA-OAEP-256, keys on a NIST curve for ECDH-ES. */
function fits({ kty, use, alg: keyAlg }: PublicJwk, alg: KeyManagementAlgorithm): boolean {
  const isForEncryption = use !== 'sig' && (keyAlg === undefined || keyAlg === alg)
  return isForEncryption && kty === (alg === 'RSA-OAEP-256' ? 'RSA' : 'EC')
}
