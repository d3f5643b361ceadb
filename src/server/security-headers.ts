import type { HttpResponse } from '../http/message.ts'

/** How long a browser remembers to come by https only: two years, in seconds. */
const strictTransportAge = 63_072_000

const allowsNothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/**
 * The header fields that every answer has, whatever made it (SECURITY: BR-01, BR-03, BR-05, BR-06). A handler may set
 * its own content security policy and say how long its answer may be kept; what it does not say is as strict as can be.
 */
export function securityHeaders(issuer: string, framedBy: 'nobody' | 'anybody'): HttpResponse['headers'] {
  return {
    'content-security-policy': allowsNothing,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // The old field knows no exception: whoever may be framed cannot have it.
    ...(framedBy === 'nobody' && { 'x-frame-options': 'DENY' }),
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy':
      'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()',
    ...(issuer.startsWith('https:') && {
      'strict-transport-security': `max-age=${strictTransportAge}`,
    }),
  }
}
