/** How the driver's requests travel: each over a connection that carries no other meanwhile. */
import { Agent, request as requestTo } from 'node:http'
import type { Send } from '../testing/sender.ts'

/** How long whoever asks waits for a sign of life, milliseconds. */
const patience = 10_000

/** Opens a sender to an origin: a request has a connection as soon as it is made, and waits for nobody else's answer. */
export function openOwnConnections(origin: string, host: string): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 4000, maxFreeSockets: 500 })
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
