import type { ClientCertificate } from './client-certificate.ts'

/** A request as handlers see it, whatever framework listens. */
export interface HttpRequest {
  readonly method: string
  /** The path as matched, without query. */
  readonly path: string
  /** The raw query, without the question mark; empty when there is none. */
  readonly query: string
  /** Header fields by lower-case name; several of one name joined as Node joins them. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The raw body, at most the edge's limit; empty when there is none. */
  readonly body: string
  /** What the route's path parameters matched. */
  readonly params: Readonly<Record<string, string>>
  /** The network address of the peer, or of its client when the peer is a trusted proxy. */
  readonly address: string
  /** What the client showed of itself as it connected, to us or to a trusted proxy; absent when nothing. */
  readonly certificate?: ClientCertificate
  /** Names this request in the log, in the answer and on error pages. */
  readonly request_id: string
}

/** An answer as handlers make it. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
  /** The body where it is not a text; `body` is empty then. */
  readonly bytes?: Uint8Array
}

/** Answers one request. It never throws for what a client did wrong; what it throws is our own fault. */
export type Handler = (request: HttpRequest) => Promise<HttpResponse>

/**
 * Tells whom nobody would serve so at once, before they stand in line and take the place of somebody else; undefined:
 * a handler answers. It never throws, waits for nothing, and costs as little as turning away does.
 */
export type AtOnce = (request: HttpRequest) => HttpResponse | undefined

/** Answers with JSON that no cache may keep, RFC 6749 §5.1. */
export function json(status: number, value: unknown, headers: HttpResponse['headers'] = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache', ...headers },
    body: JSON.stringify(value),
  }
}

/** Sends the browser elsewhere by GET: 303, so that a form's contents are never sent on (RFC 9700 §4.12). */
export function seeOther(location: string, headers: HttpResponse['headers'] = {}): HttpResponse {
  return {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', ...headers },
    body: '',
  }
}

/** Adds header fields to an answer; `set-cookie` is appended to, every other one replaced. */
export function withHeaders(response: HttpResponse, headers: HttpResponse['headers']): HttpResponse {
  const [before, after] = [response.headers['set-cookie'], headers['set-cookie']]
  const cookies = before !== undefined && after !== undefined && { 'set-cookie': [before, after].flat() }
  return { ...response, headers: { ...response.headers, ...headers, ...cookies } }
}
