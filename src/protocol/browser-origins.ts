/** Which origins a browser-based client runs at: those it lets the person return to. */
import type { Client, Clients } from '../domain/client.ts'
import { readLoopbackRedirect } from '../domain/loopback-redirect.ts'
import type { OriginCheck } from '../http/cors.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'
import { isPublic } from './client-authentication/authenticate.ts'

/** How old the index may be: a new client waits no longer than that for its first request. */
const freshFor: Seconds = 2
/** How many origins are indexed at most. */
const most = 100_000

/**
 * Opens the index of origins whose scripts may read the answers of token, revocation and userinfo endpoint: the origins
 * of the redirect URIs of enabled public clients. A preflight names no client, so it is one index for all; what it
 * gives away is only that an answer can be read, never a right.
 *
 * Loopback origins fit whatever their port, as redirect URIs do (RFC 8252 §7.3): development servers move about.
 */
export function openBrowserOrigins(parts: { readonly clients: Clients; readonly clock: Clock }): OriginCheck {
  let origins: ReadonlySet<string> = new Set()
  let indexed_at: EpochSeconds | undefined
  let indexing: Promise<void> | undefined

  const index = async (): Promise<void> => {
    const at = parts.clock()
    try {
      origins = new Set((await parts.clients.list()).flatMap(originsOf).slice(0, most))
      indexed_at = at
    } catch {
      // While the database is away scripts can still read that it is: the index stays as it was.
    } finally {
      indexing = undefined
    }
  }

  return async (origin) => {
    const at = parts.clock()
    if (indexed_at === undefined || at < indexed_at || at >= indexed_at + freshFor) await (indexing ??= index())
    const loopback = readLoopbackRedirect(origin)
    const key = loopback?.rest === '' ? loopbackKey(loopback.host) : origin
    // A page whose client was stored with the consent a moment ago asks for its token at once.
    if (!origins.has(key) && at !== indexed_at) await (indexing ??= index())
    return origins.has(key)
  }
}

/** A confidential client calls from its server, where no browser asks for permission. */
function originsOf(client: Client): readonly string[] {
  if (client.disabled || !isPublic(client)) return []
  return client.metadata.redirect_uris.flatMap((uri) => {
    const loopback = readLoopbackRedirect(uri)
    if (loopback !== undefined) return [loopbackKey(loopback.host)]
    return uri.startsWith('https://') && URL.canParse(uri) ? [new URL(uri).origin] : []
  })
}

function loopbackKey(host: string): string {
  return `http://${host}`
}
