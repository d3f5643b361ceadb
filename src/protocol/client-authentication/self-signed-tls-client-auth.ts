/**
 * `self_signed_tls_client_auth`: the client shows a certificate that is registered for it, in the `x5c` of a key of its
 * set; who issued it does not matter. RFC 8705 §2.2.
 */
import { createHash } from 'node:crypto'
import { isCurrent } from '../../http/client-certificate.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { PublicJwk } from '../../vocabulary/client-metadata.ts'
import { authenticationFailed, type ClientAuthenticationMethod } from './method.ts'
import { none } from './none.ts'

const tell = authenticationFailed
const certificateMissing = refusal('invalid_client', 'self_signed_certificate_missing', tell)
const certificateExpired = refusal('invalid_client', 'self_signed_certificate_expired', tell)
const certificateUnregistered = refusal('invalid_client', 'self_signed_certificate_unregistered', tell)

export const selfSignedTlsClientAuth: ClientAuthenticationMethod = {
  method: 'self_signed_tls_client_auth',
  read: none.read,

  async check({ client_id, certificate }, client, { clock, clientKeys }) {
    const detail = { client_id: client_id.slice(0, 200) }
    if (certificate === undefined) return certificateMissing(detail)
    if (!isCurrent(certificate, clock())) return certificateExpired(detail)
    const keys = client === undefined ? [] : await clientKeys.find(client, undefined)
    return keys.some((key) => sameSecret(thumbprintOf(key), certificate.thumbprint))
      ? undefined
      : certificateUnregistered(detail)
  },
}

const thumbprints = new WeakMap<PublicJwk, string>()

/** The thumbprint of the certificate of a key, RFC 7517 §4.7; empty where it has none. */
function thumbprintOf(key: PublicJwk): string {
  const [certificate] = key.x5c ?? []
  if (certificate === undefined) return ''
  let thumbprint = thumbprints.get(key)
  if (thumbprint === undefined) {
    thumbprint = createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url')
    thumbprints.set(key, thumbprint)
  }
  return thumbprint
}
