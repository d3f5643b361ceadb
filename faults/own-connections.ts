/** How the driver's requests travel: each over a connection that carries no other meanwhile. */
import type { Send } from '../testing/sender.ts'
import { openHttpConnection, type HttpConnection } from './http-connection.ts'

/**
 * Where a request's connection comes from.
 *
 * - `kept_or_new`: one that is free, else a new one, so that it waits for nobody else's answer
 * - `new`: always a new one, as from that many strangers
 * - `fleet`: one of a few that stay, as from a proxy in front; where all are taken, it waits for one
 */
export type Connections = 'kept_or_new' | 'new' | 'fleet'

/** How many there are at most, and whether the server is asked to leave them open. */
const bounds: Readonly<Record<Connections, { readonly most: number; readonly kept: boolean }>> = {
  kept_or_new: { most: 4000, kept: true },
  new: { most: Infinity, kept: false },
  fleet: { most: 256, kept: true },
}

/** Opens a sender to an origin. */
export function openOwnConnections(origin: string, host: string, connections: Connections = 'kept_or_new'): Send {
  const { most, kept } = bounds[connections]
  const { hostname, port } = new URL(origin)
  // Asking for the address each time would take a thread, and more than the request.
  const peer = { hostname: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) }
  const free: HttpConnection[] = []
  const waiting: ((connection: HttpConnection) => void)[] = []
  let open = 0

  function openOne(): HttpConnection {
    open += 1
    const one = openHttpConnection(peer, () => {
      open -= 1
      const index = free.indexOf(one)
      if (index !== -1) free.splice(index, 1)
      waiting.shift()?.(openOne())
    })
    return one
  }

  function take(): HttpConnection | Promise<HttpConnection> {
    const one = free.pop()
    if (one !== undefined) return one
    if (open < most) return openOne()
    return new Promise((resolve) => waiting.push(resolve))
  }

  function giveBack(one: HttpConnection): void {
    const next = waiting.shift()
    if (next !== undefined) next(one)
    else free.push(one)
  }

  return async ({ path, body = '', method = body === '' ? 'GET' : 'POST', headers = {} }) => {
    const sized = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const fields = { host, ...headers, ...sized, connection: kept ? 'keep-alive' : 'close' }
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    const one = await take()
    const answer = await one.exchange(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`)
    // A server that is about to end, or that refuses a body, leaves no connection open.
    if (kept && answer.headers['connection'] !== 'close') giveBack(one)
    return answer
  }
}
