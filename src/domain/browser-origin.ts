/** The origins at which browser-based clients run: those of the redirect URIs of public clients. */
import type { Client } from './client.ts'
import { readLoopbackRedirect } from './loopback-redirect.ts'

/** The longest origin that is looked up, in characters: a host of 253, a scheme and a port. */
const longest = 270

/**
 * Names an origin, as the `Origin` header spells it, for looking it up; undefined for what is too long to be one. On the
 * person's own device the port does not count, as in redirect URIs (RFC 8252 §7.3): development servers move about.
 */
export function originKey(origin: string): string | undefined {
  if (origin.length > longest) return undefined
  const loopback = readLoopbackRedirect(origin)
  return loopback?.rest === '' ? loopbackKey(loopback.host) : origin
}

/**
 * Lists the keys of the origins at which a client runs. A confidential client has none: it calls from its server, where
 * no browser asks for permission.
 */
export function originsOf({ metadata }: Pick<Client, 'metadata'>): readonly string[] {
  if (metadata.token_endpoint_auth_method !== 'none') return []
  const origins = metadata.redirect_uris.flatMap((uri) => {
    const loopback = readLoopbackRedirect(uri)
    if (loopback !== undefined) return [loopbackKey(loopback.host)]
    return uri.startsWith('https://') && URL.canParse(uri) ? [new URL(uri).origin] : []
  })
  return [...new Set(origins)]
}

function loopbackKey(host: string): string {
  return `http://${host}`
}
