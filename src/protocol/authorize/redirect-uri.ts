/** Which redirect URI is whose: RFC 9700 §2.1, with the one exception of RFC 8252 §7.3. */
import { readLoopbackRedirect } from '../../domain/loopback-redirect.ts'

/**
 * Tells whether a presented redirect URI is the registered one: the same bytes (RFC 9700 §2.1, RFC 6749 §3.1.2.3), or
 * both are loopback redirects that differ in the port alone (RFC 8252 §7.3).
 *
 * It works on the raw texts. No URL parser runs before the answer, since two parsers that read one text differently
 * are how codes end up with strangers.
 */
export function redirectUriMatches(registered: string, presented: string): boolean {
  if (registered === presented) return true
  // Only a loopback redirect begins so: the common mismatch costs no regular expression.
  if (!registered.startsWith('http://')) return false
  const ours = readLoopbackRedirect(registered)
  const theirs = readLoopbackRedirect(presented)
  return ours !== undefined && theirs !== undefined && ours.host === theirs.host && ours.rest === theirs.rest
}
