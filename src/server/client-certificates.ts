/** Where client certificates come from: our own TLS listener, or a header field of a proxy that is trusted (MT-01). */
import type { X509Certificate } from 'node:crypto'
import { readClientCertificate, type ClientCertificate } from '../http/client-certificate.ts'
import { sha256base64url } from '../kernel/hash.ts'
import { inNetworks, type Networks } from '../kernel/network.ts'
import { Recent } from '../kernel/recent.ts'
import type { Arrival } from './edge.ts'

/** Finds the certificate that a request came with; undefined when there is none that can be read. */
export type CertificateOf = (arrival: Arrival) => ClientCertificate | undefined

/** Whose word is believed, and who is an authority. */
export interface CertificateSources {
  /** The header field, in lower case, in which a trusted proxy hands on what it was shown. */
  readonly header: string | undefined
  readonly trusted_proxies: Networks
  readonly authorities: readonly X509Certificate[]
}

/** How many certificates are remembered as they were read: about 1 MB. */
const remembered = 1000

/** Makes the finder. What a proxy shows us of itself is never taken for what a client showed it. */
export function openClientCertificates({ header, trusted_proxies, authorities }: CertificateSources): CertificateOf {
  const known = new Recent<{ readonly read: ClientCertificate | undefined }>(remembered)

  return ({ certificate, headers, peer }) => {
    const isForwarded = header !== undefined && inNetworks(peer, trusted_proxies)
    const der = isForwarded ? forwarded(headers[header]) : certificate
    if (der === undefined) return undefined
    const key = sha256base64url(der.toString('base64'))
    const found = known.get(key) ?? { read: readClientCertificate(der, authorities) }
    known.set(key, found)
    return found.read
  }
}

/**
 * Reads the field: RFC 9440 §2.2, a byte sequence of structured fields, `:MIIB…:`; or a PEM that is percent-encoded, as
 * nginx has it in `$ssl_client_escaped_cert`. Two fields arrive joined by a comma, which neither has.
 */
function forwarded(field: string | undefined): Buffer | undefined {
  const [, sequence] = /^ *:([A-Za-z0-9+/]+={0,2}): *$/.exec(field ?? '') ?? []
  const encoded = sequence ?? pemBody(field ?? '')
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64')
}

function pemBody(field: string): string | undefined {
  if (!/^[A-Za-z0-9%._~+/= -]+$/.test(field) || /%(?![0-9A-Fa-f]{2})/.test(field)) return undefined
  const octets = field.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const [, body] = /^-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/.exec(octets) ?? []
  return body?.replace(/\s/g, '')
}
