/**
 * A protected resource: postcards that belong to a person. Every request is admitted by its access token or answered with
 * a challenge that says what was missing (RFC 6750), and where to get a token (RFC 9728).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protectedResource, Refused, type AccessToken } from '@licet/resource-server'

/** What the API has to know. */
export interface ProtectedApiOptions {
  /** The authorization server's issuer identifier. */
  readonly issuer: string
  /** The port to listen on; 0 for any. */
  readonly port: number
  /** The resource indicator that tokens must name; where left out, the address it listens on. */
  readonly resource?: string
  /** Credentials for introspection, so that what a person removes is refused within `seconds`. */
  readonly introspection: { readonly client_id: string; readonly client_secret: string; readonly seconds?: number }
}

/** An example that is running. */
export interface Running {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Starts the API on loopback. */
export async function start(options: ProtectedApiOptions): Promise<Running> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const api = protectedResource({
    issuer: options.issuer,
    resource: options.resource ?? `${url}/`,
    scopes: ['postcards.read', 'postcards.send'],
    introspection: options.introspection,
  })
  const postcards = new Map<string, string[]>()

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    // For every agent, one that runs in a browser too.
    if (pathname === api.metadataPath) {
      return Response.json(api.metadata(), { headers: { 'access-control-allow-origin': '*' } })
    }
    if (pathname !== '/postcards') return new Response('There are only /postcards here\n', { status: 404 })
    if (request.method === 'GET') return Response.json(cardsOf(await api.admit(request, 'postcards.read')))
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })
    const token = await api.admit(request, 'postcards.send')
    cardsOf(token).push((await request.text()).slice(0, 200))
    return Response.json(cardsOf(token), { status: 201 })
  }

  function cardsOf({ sub }: AccessToken): string[] {
    const cards = postcards.get(sub) ?? ['The Eiffel Tower, from Paul', 'A very long beach, from Grace']
    postcards.set(sub, cards)
    return cards
  }

  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    void (async () => {
      const response = await answer(await requestOf(incoming, url)).catch((error: unknown) => {
        if (error instanceof Refused) return error.response()
        console.error(error)
        return new Response(null, { status: 500 })
      })
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(await response.text())
    })()
  })
  return { url, close: () => closed(server) }
}

async function requestOf(incoming: IncomingMessage, url: string): Promise<Request> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers.set(name, value)
  const method = incoming.method ?? 'GET'
  if (method === 'GET' || method === 'HEAD') return new Request(`${url}${incoming.url ?? '/'}`, { method, headers })
  let body = ''
  for await (const piece of incoming) body = (body + String(piece)).slice(0, 1000)
  return new Request(`${url}${incoming.url ?? '/'}`, { method, headers, body })
}

function closed(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
