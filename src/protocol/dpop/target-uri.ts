import type { HttpRequest } from '../../http/message.ts'
import type { FeatureParts } from '../feature.ts'

/** Characters of a URI, RFC 3986 §2, less those that a lenient parser would mend. */
const uriCharacters = /^https?:\/\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e#]+$/i
const unreserved = /^[A-Za-z0-9._~-]$/

/**
 * Tells whether a proof's `htu` is where this request was sent to, query and fragment aside: RFC 9449 §4.3, after the
 * normalisations of RFC 3986 §6.2.2 and §6.2.3. Where it was sent to is told by the configuration, never by `Host`.
 */
export function isTarget(
  htu: string,
  { path }: Pick<HttpRequest, 'path'>,
  { issuer, settings }: Pick<FeatureParts, 'issuer' | 'settings'>,
): boolean {
  const told = normalized(htu)
  const origins = [new URL(issuer).origin, settings.mtls?.origin ?? []].flat()
  return told !== undefined && origins.some((origin) => normalized(origin + path) === told)
}

/** Scheme, host and path in their one normal form; undefined for what is not an http URI, or names a user. */
function normalized(uri: string): string | undefined {
  if (!uriCharacters.test(uri) || !URL.canParse(uri)) return undefined
  const { protocol, host, pathname, username, password } = new URL(uri)
  if (username !== '' || password !== '') return undefined
  const path = pathname.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return unreserved.test(character) ? character : escape.toUpperCase()
  })
  return `${protocol}//${host}${path}`
}
