/**
 * `tls_client_auth`: the client shows a certificate that an authority of ours issued, for the one name that is
 * registered for it; RFC 8705 §2.1.
 */
import { isCurrent, type ClientCertificate } from '../../http/client-certificate.ts'
import { readDistinguishedName } from '../../kernel/distinguished-name.ts'
import { canonicalAddress } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { ClientMetadata } from '../../vocabulary/client-metadata.ts'
import { authenticationFailed, type ClientAuthenticationMethod } from './method.ts'
import { none } from './none.ts'

const tell = authenticationFailed
const certificateMissing = refusal('invalid_client', 'client_certificate_missing', tell)
const certificateExpired = refusal('invalid_client', 'client_certificate_expired', tell)
const authorityUnknown = refusal('invalid_client', 'client_certificate_of_unknown_authority', tell)
const subjectMismatch = refusal('invalid_client', 'client_certificate_subject_mismatch', tell)

export const tlsClientAuth: ClientAuthenticationMethod = {
  method: 'tls_client_auth',
  read: none.read,

  check({ client_id, certificate }, client, { clock }) {
    const detail = { client_id: client_id.slice(0, 200) }
    const problem = (): ReturnType<typeof certificateMissing> | undefined => {
      if (certificate === undefined) return certificateMissing(detail)
      if (!isCurrent(certificate, clock())) return certificateExpired(detail)
      if (certificate.issued_by !== 'our_authority') return authorityUnknown(detail)
      return client !== undefined && isNamed(certificate, client.metadata) ? undefined : subjectMismatch(detail)
    }
    return Promise.resolve(problem())
  },
}

/** MT-03: compared whole and exactly, with the one name that is registered; no pattern and no second chance. */
function isNamed({ subject, dns, uri, ip, email }: ClientCertificate, metadata: ClientMetadata): boolean {
  const {
    tls_client_auth_subject_dn: dn,
    tls_client_auth_san_dns: san_dns,
    tls_client_auth_san_uri: san_uri,
    tls_client_auth_san_ip: san_ip,
    tls_client_auth_san_email: san_email,
  } = metadata
  if (dn !== undefined) return readDistinguishedName(dn) === subject
  if (san_dns !== undefined) return dns.includes(san_dns)
  if (san_uri !== undefined) return uri.includes(san_uri)
  if (san_ip !== undefined) return ip.includes(canonicalAddress(san_ip) ?? san_ip)
  return san_email !== undefined && email.includes(san_email)
}
