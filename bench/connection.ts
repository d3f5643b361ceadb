/** One keep-alive connection: what a virtual user sends its requests over, one after the other. */
import { Client } from 'undici'

/** What is sent. */
export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** A connection to a server. */
export interface Connection {
  send(sent: Sent): Promise<Answer>
  close(): Promise<void>
}

/** Opens a connection; it is made again when the server lets it fall. */
export function openConnection(origin: string): Connection {
  const client = new Client(origin, { pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 })
  return {
    async send({ method, path, headers, body }) {
      const response = await client.request({ method, path, headers, body: body ?? null })
      const { location } = response.headers
      return {
        status: response.statusCode,
        location: typeof location === 'string' ? location : undefined,
        body: await response.body.text(),
      }
    },
    close: () => client.destroy(),
  }
}

/** The headers of a form that a client sends in its own name. */
export function formHeaders(authorization: string): Record<string, string> {
  return { authorization, 'content-type': 'application/x-www-form-urlencoded' }
}
