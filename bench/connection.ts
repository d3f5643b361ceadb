/** One keep-alive connection: what a virtual user sends its requests over, one after the other. */
import { Client, type Dispatcher } from 'undici'

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
    send({ method, path, headers, body }) {
      const received = Promise.withResolvers<Answer>()
      client.dispatch({ method, path, headers, body: body ?? null }, new Reception(received))
      return received.promise
    },
    close: () => client.destroy(),
  }
}

/** Gathers one answer. Undici's callbacks, not its streams: those would cost as much as a fast server does. */
class Reception implements Dispatcher.DispatchHandler {
  readonly #received: PromiseWithResolvers<Answer>
  #status = 0
  #location: string | undefined
  #body = ''

  constructor(received: PromiseWithResolvers<Answer>) {
    this.#received = received
  }

  onRequestStart(): void {
    // Nothing to do: undici asks for the method.
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, { location }: Record<string, unknown>): void {
    this.#status = status
    if (typeof location === 'string') this.#location = location
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body += chunk.toString('utf8')
  }

  onResponseEnd(): void {
    this.#received.resolve({ status: this.#status, location: this.#location, body: this.#body })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#received.reject(error)
  }
}

/** The headers of a form that a client sends in its own name. */
export function formHeaders(authorization: string): Record<string, string> {
  return { authorization, 'content-type': 'application/x-www-form-urlencoded' }
}
