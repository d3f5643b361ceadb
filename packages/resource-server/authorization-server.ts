/** The authorization server as a resource needs it: found by its metadata, and asked about tokens where that is wanted. */
import { createRemoteJWKSet, customFetch } from 'jose'

/** What is used of the authorization server, from its own metadata. */
export interface AuthorizationServer {
  readonly keys: ReturnType<typeof createRemoteJWKSet>
  readonly introspection_endpoint: string
}

/** Finds the authorization server by its metadata, RFC 8414 §3, once; after a failure again. */
export function discoverer(issuer: string): () => Promise<AuthorizationServer> {
  let found: Promise<AuthorizationServer> | undefined
  const discover = async (): Promise<AuthorizationServer> => {
    const { origin, pathname } = new URL(issuer)
    const path = pathname === '/' ? '' : pathname
    const answer = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(5000),
    })
    if (!answer.ok) throw new Error(`The authorization server answers ${answer.status}`)
    const { issuer: told, jwks_uri, introspection_endpoint } = (await answer.json()) as Record<string, string>
    // RFC 8414 §3.3: metadata of another issuer must not be used.
    if (told !== issuer) throw new Error('The metadata is of another issuer')
    return {
      keys: createRemoteJWKSet(new URL(jwks_uri ?? ''), { [customFetch]: fetch }),
      introspection_endpoint: introspection_endpoint ?? '',
    }
  }
  return () => {
    found ??= discover().catch((error: unknown) => {
      found = undefined
      throw error
    })
    return found
  }
}

/** How the authorization server is asked whether a token still lives, RFC 7662. */
export interface Introspection {
  readonly client_id: string
  readonly client_secret: string
  /** How long an answer is believed, 0 to 60 s; 5 where left out. */
  readonly seconds?: number
}

/** What the authorization server says of a token; an error where it says nothing that can be read. */
type Liveness = boolean | Error

/**
 * Asks about a token at most once in `seconds`, however many present it meanwhile; what it remembers is bounded. An
 * answer counts from when it was asked for: a slow one is no older when it is believed.
 */
export function introspector(
  server: () => Promise<AuthorizationServer>,
  { client_id, client_secret, seconds = 5 }: Introspection,
  now: () => number,
): (token: string) => Promise<Liveness> {
  const known = new Map<string, { readonly live: Promise<Liveness>; readonly until: number }>()
  const credentials = [client_id, client_secret].map((half) => encodeURIComponent(half)).join(':')
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  const ask = async (token: string): Promise<Liveness> => {
    const answer = await fetch((await server()).introspection_endpoint, {
      method: 'POST',
      headers: { authorization, accept: 'application/json' },
      body: new URLSearchParams({ token }),
      redirect: 'error',
      signal: AbortSignal.timeout(5000),
    })
    const { active } = answer.ok ? ((await answer.json()) as { active?: unknown }) : {}
    if (typeof active !== 'boolean') throw new Error(`The introspection endpoint answers ${answer.status}`)
    return active
  }
  return async (token) => {
    const remembered = known.get(token)
    if (remembered !== undefined && now() < remembered.until) return remembered.live
    if (known.size >= 1000) known.clear()
    const asked = {
      live: ask(token).catch((cause: unknown) => new Error('It cannot be asked whether a token lives', { cause })),
      until: now() + seconds * 1000,
    }
    known.set(token, asked)
    const live = await asked.live
    // The next one asks anew where nothing was heard.
    if (live instanceof Error && known.get(token) === asked) known.delete(token)
    return live
  }
}
