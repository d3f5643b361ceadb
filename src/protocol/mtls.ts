/**
 * Tokens that are bound to the client certificate they were asked for with: RFC 8705 §3. How a client authenticates by
 * its certificate is in `client-authentication/`.
 */
import { isCurrent } from '../http/client-certificate.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Feature } from './feature.ts'
import { paths } from './paths.ts'

const tokenOfAnotherCertificate = refusal(
  'invalid_token',
  'access_token_of_another_certificate',
  'The access token is not valid, or not any more',
)

/** What a client calls by itself: the endpoints that RFC 8705 §5 gives other addresses, as opposed to those of browsers. */
const called = [
  'token_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
] as const

export const mtls = {
  name: 'mutual TLS',
  spec: ['RFC 8705'],
  refusals: [tokenOfAnotherCertificate],

  metadata({ issuer, settings }) {
    if (settings.mtls === undefined) return {}
    const { origin } = settings.mtls
    const path = new URL(issuer).pathname.replace(/\/$/, '')
    return {
      tls_client_certificate_bound_access_tokens: true,
      ...(origin !== undefined && {
        mtls_endpoint_aliases: Object.fromEntries(called.map((name) => [name, origin + path + paths[name]])),
      }),
    }
  },

  // RFC 8705 §3.4: only for clients that registered for it; a certificate that happens to be shown binds nothing.
  proofOfPossession({ request: { certificate }, client }, { clock }) {
    const isAsked = client.metadata.tls_client_certificate_bound_access_tokens === true
    const counts = isAsked && certificate !== undefined && isCurrent(certificate, clock())
    return Promise.resolve(counts ? { 'x5t#S256': certificate.thumbprint } : undefined)
  },

  // RFC 8705 §3: the same certificate as the token says, whatever else comes with it.
  tokenPresented({ request: { certificate }, confirmation }) {
    const bound = confirmation['x5t#S256']
    if (bound !== undefined && certificate?.thumbprint !== bound) throw tokenOfAnotherCertificate()
  },
} satisfies Feature
