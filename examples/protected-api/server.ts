/**
 * A protected resource: postcards that belong to a person. Every request is admitted by its access token or answered with
 * a challenge that says what was missing (RFC 6750), and where to get a token (RFC 9728).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeRequest, protectedResource, Refused, type AccessToken } from '@licet/resource-server'

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

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path] = (incoming.url ?? '').split('?', 1)
    if (path === api.metadataPath) {
      // For every agent, one that runs in a browser too.
      outgoing.setHeader('access-control-allow-origin', '*')
      return json(outgoing, 200, api.metadata())
    }
    if (path !== '/postcards') return void outgoing.writeHead(404).end('There are only /postcards here\n')
    if (incoming.method === 'GET') {
      return json(outgoing, 200, cardsOf(await api.admit(nodeRequest(incoming), 'postcards.read')))
    }
    if (incoming.method !== 'POST') return void outgoing.writeHead(405, { allow: 'GET, POST' }).end()
    const token = await api.admit(nodeRequest(incoming), 'postcards.send')
    cardsOf(token).push(await textOf(incoming))
    return json(outgoing, 201, cardsOf(token))
  }

  function cardsOf({ sub }: AccessToken): string[] {
    const cards = postcards.get(sub) ?? ['The Eiffel Tower, from Paul', 'A very long beach, from Grace']
    postcards.set(sub, cards)
    return cards
  }

  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      if (error instanceof Refused) return error.send(outgoing)
      // Whoever goes away while they send something has no answer coming.
      if (!incoming.complete) return outgoing.destroy()
      console.error(error)
      return outgoing.writeHead(500).end()
    })
  })
  return { url, close: () => closed(server) }
}

function json(outgoing: ServerResponse, status: number, value: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of incoming.setEncoding('utf8')) text = (text + String(piece)).slice(0, 200)
  return text
}

function closed(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
