/** Which origins a browser-based client runs at: those it lets the person return to. */
import { originKey } from '../domain/browser-origin.ts'
import type { Clients } from '../domain/client.ts'
import type { OriginCheck } from '../http/cors.ts'
import { Recent } from '../kernel/recent.ts'

/** How many origins are remembered for when the database is away. */
const most = 1000

/**
 * Opens the check of origins whose scripts may read the answers of token, revocation and userinfo endpoint: the origins
 * of the redirect URIs of enabled public clients. A preflight names no client, so it is one check for all; what it
 * gives away is only that an answer can be read, never a right.
 */
export function openBrowserOrigins({ clients }: { readonly clients: Pick<Clients, 'hasOrigin'> }): OriginCheck {
  const seen = new Recent<true>(most)

  return async (origin) => {
    const key = originKey(origin)
    if (key === undefined) return false
    try {
      const isKnown = await clients.hasOrigin(key)
      if (isKnown) seen.set(key, true)
      else seen.delete(key)
      return isKnown
    } catch {
      // While the database is away scripts can still read that it is.
      return seen.get(key) === true
    }
  }
}
