/**
 * One connection over HTTP/1.1 that carries one request at a time. A driver shares the machine with the server that it
 * drives: what this takes for a request, a third of what Node's own client does where connections stay, and two thirds
 * where each has a new one, it does not take from the server.
 */
import { connect } from 'node:net'
import type { Received } from '../testing/visitor.ts'

/** How long whoever asks waits for a sign of life, milliseconds. */
const patience = 10_000

/** Where a connection leads. */
export interface Peer {
  readonly hostname: string
  readonly port: number
}

/** A connection. */
export interface HttpConnection {
  /**
   * Sends a request, and awaits its whole answer. Rejects with an error of the connection, `code` as Node has it:
   * `ECONNRESET` where it ends before the answer does, `ETIMEDOUT` after ten seconds without a sign of life.
   */
  exchange(request: string): Promise<Received>
}

/**
 * Opens a connection.
 *
 * @param closed told once when it is over, whoever ended it
 */
export function openHttpConnection({ hostname, port }: Peer, closed: () => void): HttpConnection {
  let current: PromiseWithResolvers<Received> | undefined
  let reading = newReading()
  let failure: Error | undefined
  const socket = connect({ host: hostname, port, noDelay: true })
    .setTimeout(patience, () => {
      if (current !== undefined) socket.destroy(withCode('no answer in time', 'ETIMEDOUT'))
    })
    .on('data', (piece: Buffer) => {
      const answer = reading(piece)
      if (answer === undefined) return
      const asked = current
      current = undefined
      reading = newReading()
      asked?.resolve(answer)
    })
    .on('error', (error) => (failure = error))
    .once('close', () => {
      failure ??= withCode('the connection ended before its answer', 'ECONNRESET')
      current?.reject(failure)
      closed()
    })
  return {
    exchange(request) {
      if (failure !== undefined) return Promise.reject(failure)
      current = Promise.withResolvers<Received>()
      socket.write(request)
      return current.promise
    },
  }
}

/** Takes the pieces of one answer as they come, and gives it when it is whole. */
function newReading(): (piece: Buffer) => Received | undefined {
  let all: Buffer | undefined
  let head: Head | undefined
  return (piece) => {
    all = all === undefined ? piece : Buffer.concat([all, piece])
    head ??= readHead(all)
    if (head === undefined || all.length < head.end) return undefined
    return { status: head.status, headers: head.headers, body: all.toString('utf8', head.begin, head.end) }
  }
}

interface Head extends Pick<Received, 'status' | 'headers'> {
  /** Where the body begins and ends. */
  readonly begin: number
  readonly end: number
}

/** Reads the head of an answer, once all of it is there. The server tells the length of each answer that has a body. */
function readHead(all: Buffer): Head | undefined {
  const end = all.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [first = '', ...fields] = all.toString('latin1', 0, end).split('\r\n')
  const headers: Record<string, string | string[]> = {}
  const cookies: string[] = []
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).toLowerCase()
    const value = field.slice(colon + 1).trim()
    if (name === 'set-cookie') cookies.push(value)
    else headers[name] = value
  }
  if (cookies.length > 0) headers['set-cookie'] = cookies
  const status = Number(first.slice(9, 12))
  const length = status === 204 || status === 304 ? 0 : Number(headers['content-length'])
  if (Number.isNaN(length)) throw new Error(`an answer that does not tell its length:\n${first}`)
  return { status, headers, begin: end + 4, end: end + 4 + length }
}

const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code })
