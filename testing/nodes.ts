/**
 * Several nodes behind one address: processes over one PostgreSQL database, and a proxy that hands each request to any
 * of them. No request has a way to prefer a node, or to find the one that answered before.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer, request as requestTo, type IncomingMessage, type ServerResponse } from 'node:http'
import { openSender, type Send } from './sender.ts'
import { startServer, visitorOf, type ServerOptions, type TestServer } from './server.ts'
import type { Visitor } from './visitor.ts'

/** Nodes that serve as one. */
export interface TestNodes {
  readonly issuer: string
  /** The nodes themselves: each takes requests directly as well. */
  readonly nodes: readonly TestServer[]
  /** Sends a request to whichever node the proxy picks. */
  readonly send: Send
  /** A browser that was never here; each of its requests goes to any node. */
  visitor(): Visitor
  /** How many requests the proxy handed to each node. */
  readonly handed: readonly number[]
  /** Ends all. Rejects when a node did not end well. */
  stop(): Promise<void>
}

/**
 * Starts nodes over one database, and the proxy in front of them. Who starts them stops them.
 *
 * @param options `database` is the URL of a PostgreSQL database; `issuer` is the proxy's
 */
export async function startNodes(
  count: number,
  options: Omit<ServerOptions, 'issuer'> & { readonly database: string },
): Promise<TestNodes> {
  const proxy = createServer()
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const bound = proxy.address()
  const issuer = `http://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}`
  // All at once, as after a power cut: which of them migrates the database and makes the signing keys is their affair.
  const nodes = await Promise.all(Array.from({ length: count }, () => startServer({ ...options, issuer })))

  const handed = nodes.map(() => 0)
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  proxy.on('request', (incoming, outgoing) => {
    const index = randomInt(nodes.length)
    handed[index] = (handed[index] ?? 0) + 1
    handOver(incoming, outgoing, { agent, port: nodes[index]?.port ?? 0 })
  })
  const sender = openSender(issuer)
  return {
    issuer,
    nodes,
    handed,
    send: sender.send,
    visitor: () => visitorOf(issuer, sender.send),
    async stop() {
      await sender.close()
      proxy.closeAllConnections()
      proxy.close()
      agent.destroy()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

function handOver(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  to: { readonly agent: Agent; port: number },
): void {
  const { method, url, headers } = incoming
  const onward = requestTo({ ...to, host: '127.0.0.1', method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
  incoming.pipe(onward)
}
