/** What may be registered as a redirect URI: RFC 7591 §2, RFC 8252 §7 and §8, RFC 9700 §2.1. */
import { refusal } from '../kernel/refusal.ts'
import type { ApplicationType } from '../vocabulary/client-metadata.ts'
import { readLoopbackRedirect } from './loopback-redirect.ts'

const tooLong = refusal('invalid_redirect_uri', 'redirect_uri_too_long', 'A redirect URI has more than 2048 characters')
const characterForbidden = refusal(
  'invalid_redirect_uri',
  'redirect_uri_character_forbidden',
  'A redirect URI has a character that no URI has; write other alphabets in punycode and percent-encoding',
)
const hasWildcard = refusal(
  'invalid_redirect_uri',
  'redirect_uri_has_wildcard',
  'A redirect URI has a wildcard; they are compared character by character, so register each one in full',
)
const hasFragment = refusal('invalid_redirect_uri', 'redirect_uri_has_fragment', 'A redirect URI has a fragment')
const relative = refusal('invalid_redirect_uri', 'redirect_uri_relative', 'A redirect URI is not absolute')
const schemeForbidden = refusal(
  'invalid_redirect_uri',
  'redirect_uri_scheme_forbidden',
  'A redirect URI is neither https nor, for a native client, a private-use scheme with a dot such as com.example.app',
)
const notHttps = refusal(
  'invalid_redirect_uri',
  'redirect_uri_not_https',
  'A redirect URI with http goes to another host than localhost, 127.0.0.1 or [::1]',
)
const loopbackOfWebClient = refusal(
  'invalid_redirect_uri',
  'redirect_uri_loopback_of_web_client',
  'A redirect URI goes to a loopback address, which is for clients whose application_type is native',
)
const hasUserinfo = refusal('invalid_redirect_uri', 'redirect_uri_has_userinfo', 'A redirect URI has a user name in it')
const hostMalformed = refusal(
  'invalid_redirect_uri',
  'redirect_uri_host_malformed',
  'A redirect URI has no proper host',
)
const dotSegment = refusal(
  'invalid_redirect_uri',
  'redirect_uri_dot_segment',
  'A redirect URI has a path that a browser would rewrite, such as one with /../',
)

/** Longest redirect URI, in characters. */
const longest = 2048
/** The characters of RFC 3986 §2, a `%` only before two hexadecimal digits. */
const uriCharacters = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const schemeThenRest = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/
const hostThenPort = /^([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/
/** A reverse domain name: RFC 8252 §8.4 has a private-use scheme without a dot refused. */
const privateUseScheme = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+$/

/** Whose redirect URI it is, as far as that matters. */
export interface RedirectUriOwner {
  readonly application_type: ApplicationType
  /** True: a web client, too, may return to a loopback address (development). */
  readonly allow_http_loopback: boolean
}

/**
 * Checks that a text may be registered as a redirect URI.
 *
 * @throws {OAuthError} `invalid_redirect_uri`, a reason for each rule
 */
export function checkRedirectUri(uri: string, owner: RedirectUriOwner): void {
  if (uri.length > longest) throw tooLong()
  const detail = { redirect_uri: uri }
  if (!uriCharacters.test(uri)) throw characterForbidden(detail)
  if (uri.includes('*')) throw hasWildcard(detail)
  // RFC 6749 §3.1.2: no fragment.
  if (uri.includes('#')) throw hasFragment(detail)
  const [, scheme, rest = ''] = schemeThenRest.exec(uri) ?? []
  if (scheme === undefined) throw relative(detail)
  if (rest.startsWith('//') && authority(rest).includes('@')) throw hasUserinfo(detail)
  if (scheme === 'https') return checkHost(uri, rest)
  if (scheme === 'http') {
    if (readLoopbackRedirect(uri) === undefined) throw notHttps(detail)
    // OpenID Connect Registration §2: loopback is for native clients.
    if (owner.application_type !== 'native' && !owner.allow_http_loopback) throw loopbackOfWebClient(detail)
    return checkHost(uri, rest)
  }
  if (owner.application_type !== 'native' || !privateUseScheme.test(scheme)) throw schemeForbidden(detail)
}

/** What stands between `//` and the path or query. */
function authority(rest: string): string {
  return rest.slice(2).split(/[/?]/, 1)[0] ?? ''
}

/** Refuses a host or path that browsers read differently from how it is written: the person would end up elsewhere. */
function checkHost(uri: string, rest: string): void {
  const detail = { redirect_uri: uri }
  const written = rest.startsWith('//') ? authority(rest) : ''
  const host = hostThenPort.exec(written)?.[1]
  if (host === undefined || !URL.canParse(uri)) throw hostMalformed(detail)
  const read = new URL(uri)
  if (read.hostname !== host.toLowerCase()) throw hostMalformed(detail)
  const path = rest.slice(2 + written.length).split('?', 1)[0] ?? ''
  if (read.pathname !== (path === '' ? '/' : path)) throw dotSegment(detail)
}
