/** Sends requests to one origin over connections that stay open, and takes what comes back as it is: nothing is followed. */
import { Pool } from 'undici'
import type { Received } from './visitor.ts'

/** A request as it is sent. */
export interface Request {
  /** `GET` where nothing is said, `POST` with a body. */
  readonly method?: string
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends one request and awaits its whole answer. */
export type Send = (request: Request) => Promise<Received>

/** A sender and its connections. */
export interface Sender {
  readonly send: Send
  close(): Promise<void>
}

/** As many requests as are in flight together; the others wait for a connection. */
const connections = 100

/** Opens a sender; a connection is made when it is needed. */
export function openSender(origin: string): Sender {
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 })
  return {
    async send({ path, body, method = body === undefined ? 'GET' : 'POST', headers = {} }) {
      const answer = await pool.request({ method, path, headers, body: body ?? null })
      return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() }
    },
    close: () => pool.destroy(),
  }
}
