/** How the driver's requests travel: each over a connection that carries no other meanwhile. */
import { Agent, request as requestTo, type AgentOptions } from 'node:http'
import type { Send } from '../testing/sender.ts'

/** How long whoever asks waits for a sign of life, milliseconds. */
const patience = 10_000

/**
 * Where a request's connection comes from.
 *
 * - `kept_or_new`: one that is free, else a new one, so that it waits for nobody else's answer
 * - `new`: always a new one, as from that many strangers
 * - `fleet`: one of a few that stay, as from a proxy in front; where all are taken, it waits for one
 */
export type Connections = 'kept_or_new' | 'new' | 'fleet'

const agents: Readonly<Record<Connections, AgentOptions>> = {
  kept_or_new: { keepAlive: true, maxSockets: 4000, maxFreeSockets: 500 },
  new: { keepAlive: false },
  fleet: { keepAlive: true, maxSockets: 256 },
}

/** Opens a sender to an origin. */
export function openOwnConnections(origin: string, host: string, connections: Connections = 'kept_or_new'): Send {
  const agent = new Agent(agents[connections])
  const { hostname, port } = new URL(origin)
  return ({ path, body, method = body === undefined ? 'GET' : 'POST', headers = {} }) =>
    new Promise((resolve, reject) => {
      const sized = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const asked = requestTo(
        { agent, hostname, port, method, path, headers: { host, ...headers, ...sized }, timeout: patience },
        (answer) => {
          const pieces: Buffer[] = []
          answer.on('data', (piece: Buffer) => pieces.push(piece))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(pieces).toString(),
            }),
          )
        },
      )
      asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })))
      asked.on('error', reject)
      asked.end(body)
    })
}
