/**
 * Listening: Fastify carries requests to the edge and answers back, and bounds what a peer can make it hold. It decides
 * nothing: which address is what, and how an error looks, is the edge's.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket, type SecureContextOptions } from 'node:tls'
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import type { HttpResponse } from '../http/message.ts'
import { longestBody, type Admitted, type Arrival, type Edge } from './edge.ts'
import { assertFree, openDoors, sharesAddress } from './doors.ts'
import type { ListeningAddress } from './hosts.ts'

// An `import` of it touches every export, a WebSocket among them, and so loads Node's whole `fetch`: 16 MB at rest.
const http = process.getBuiltinModule('node:http')

declare module 'fastify' {
  interface FastifyRequest {
    admitted: Admitted | undefined
  }
}

/** Bounds of a connection (SECURITY: DS-01, DS-02, RL-21), in milliseconds and bytes. */
const usualBounds = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 32_768,
  maxConnections: 16_384,
  inactivity: 60_000,
  handshakeTimeout: 10_000,
}

/** How many connections may wait at each door to be taken. */
const backlog = 1024

/** How Node calls bytes that it cannot read as a request. Of anything else, such as failed TLS or a reset, nobody is told. */
const unread = { HPE_HEADER_OVERFLOW: 'too_large', ERR_HTTP_REQUEST_TIMEOUT: 'too_slow' } as const

/** How much of a body that was refused is thrown away at most, in milliseconds and bytes. */
const linger = { longest: 2_000, most: 16_777_216 }

/** How many requests of one connection may wait for the answer to the one before them. */
const longestPipeline = 32

/**
 * No route has a schema: what is sent is judged where it is read, and what is answered is text already. Fastify would
 * load two compilers of schemas all the same, a hundred files and more.
 */
const withoutSchemas = {
  compilersFactory: { buildValidator: () => noCompiler, buildSerializer: () => noCompiler },
}

function noCompiler(): never {
  throw new Error('no route of ours has a schema')
}

/** TLS 1.2 with forward secrecy and authenticated encryption only, and TLS 1.3: RFC 9325 §4.2. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')

/** Our own certificate, when we speak TLS ourselves: paths of PEM files. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | undefined
  /** Whether clients are asked for a certificate as they connect: none is needed, and whose it is nobody judges here. */
  readonly client_certificates: 'asked_for' | 'not_asked_for'
  /** The edge as it is now: another one after the configuration was read again. */
  readonly edge: () => Edge
  /** Other bounds than the usual ones. */
  readonly bounds?: Partial<typeof usualBounds>
}

/** A server that listens. */
export interface Listening {
  readonly address: ListeningAddress
  /** Uses the certificate that the files hold now. Connections that are open keep theirs. */
  reloadCertificate(tls: TlsFiles): void
  /** Takes no more connections, and ends when every request in flight is answered. */
  close(): Promise<void>
  /** Breaks off whatever is still open. */
  breakOff(): void
}

/**
 * Listens.
 *
 * @throws {Error} with `code` `EADDRINUSE`, `EACCES` and the like as Node has them, or when the certificate is unreadable
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { edge, host, port, tls } = options
  const bounds = { ...usualBounds, ...options.bounds }
  const server = tls === undefined ? undefined : secureServer(tls, bounds, options)
  const bound: { address?: ListeningAddress } = {}
  const plain = http.createServer({ ...bounds, requireHostHeader: false })
  const used: Server | SecureServer = server ?? plain
  used.timeout = bounds.inactivity
  used.maxConnections = bounds.maxConnections

  const app = fastify({
    serverFactory: (handler) => used.on('request', inShortPipelines(handler)),
    // One route for everything: the edge matches the raw path, which a router would decode.
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    bodyLimit: longestBody,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    schemaController: withoutSchemas,
    clientErrorHandler: (error, socket) => refuseBytes(error, socket, edge()),
  })
  app.decorateRequest('admitted', undefined)
  app.removeAllContentTypeParsers()
  // Every type. Of what a pattern takes Fastify remembers the types; for `*` it would read each header field anew.
  app.addContentTypeParser(/^/, { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', async (request, reply) => {
    const outcome = edge().admit(arrivalOf(request.raw), bound.address)
    if (outcome instanceof Promise) return send(reply, await outcome)
    request.admitted = outcome
  })
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { admitted, body } = request
    if (admitted === undefined) throw new Error('A request came past the edge')
    return send(reply, await edge().answer(admitted, typeof body === 'string' ? body : ''))
  }
  app.route({ method: app.supportedMethods, url: '/', handler: answer })
  app.setNotFoundHandler(answer)
  // What Fastify itself throws is about the body: the head was admitted, and the edge does not throw.
  app.setErrorHandler(async (error, request, reply) => {
    const { admitted } = request
    const unwritable = error instanceof UnwritableAnswer
    if (admitted === undefined) return reply.code(unwritable ? 500 : 400).send()
    if (unwritable) return send(reply, edge().fail(admitted, error.cause))
    const { code, statusCode } = error as Partial<FastifyError>
    // It took no body, since nothing is of such a type: which one is taken is the endpoint's to say.
    if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return send(reply, await edge().answer(admitted, ''))
    const tooLarge = statusCode === 413
    return send(reply, await edge().refuseBody(admitted, tooLarge ? 'too_large' : 'unreadable'))
  })

  const reusePort = sharesAddress()
  if (reusePort && port !== 0) await assertFree({ host, port })
  await app.listen({ host, port, backlog, ...(reusePort && { reusePort }) })
  const address = { host, port: boundPort(used, port) }
  bound.address = address
  const doors = reusePort ? await openDoors(used, { ...address, backlog }) : undefined
  return {
    address,
    reloadCertificate: (files) => server?.setSecureContext(secureContextOf(files)),
    async close() {
      await Promise.all([doors?.close(), app.close()])
    },
    breakOff: () => used.closeAllConnections(),
  }
}

/**
 * Hands requests on. Node reads whatever a connection sends and hands out every request in it, answered or not: whoever
 * sent tens of thousands at once, and read no answer, would have them all begun. So a connection that sends
 * many more before it has read the first answer is ended, as RFC 9112 §9.3.2 allows: nothing but a flood does that.
 */
function inShortPipelines(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    // An answer that already has the connection waits for no other.
    if (response.socket !== null) return handle(request, response)
    const { socket } = request
    const before = waiting.get(socket) ?? 0
    if (before >= longestPipeline || socket.destroyed) return void socket.destroy()
    waiting.set(socket, before + 1)
    response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
    return handle(request, response)
  }
}

function secureServer(
  tls: TlsFiles,
  bounds: typeof usualBounds,
  { client_certificates }: Pick<ListenOptions, 'client_certificates'>,
): SecureServer {
  return createHttpsServer({
    ...bounds,
    requireHostHeader: false,
    ...secureContextOf(tls),
    requestCert: client_certificates === 'asked_for',
    rejectUnauthorized: false,
  })
}

/** All that TLS is spoken with. A context replaces the whole of the one before: what it does not say is Node's default. */
function secureContextOf({ certificate, key }: TlsFiles): SecureContextOptions {
  return {
    cert: readFileSync(certificate, 'utf8'),
    key: readFileSync(key, 'utf8'),
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
  }
}

function arrivalOf(raw: IncomingMessage & { readonly originalUrl?: string }): Arrival {
  const shown = raw.socket instanceof TLSSocket ? raw.socket.getPeerX509Certificate() : undefined
  return {
    method: raw.method ?? 'GET',
    target: raw.originalUrl ?? raw.url ?? '/',
    headers: raw.headers as Readonly<Record<string, string | undefined>>,
    rawHeaders: raw.rawHeaders,
    peer: raw.socket.remoteAddress ?? '',
    ...(shown && { certificate: shown.raw }),
  }
}

/** Node refuses to send this: a header field with characters that HTTP cannot carry. */
class UnwritableAnswer extends Error {
  override readonly name = 'UnwritableAnswer'
}

/**
 * Writes an answer as it is: Fastify would add a charset to JSON, which has none (RFC 8259 §11).
 *
 * @throws {UnwritableAnswer} before a byte of it is written, or the client would wait for ever (RL-24)
 */
function send(reply: FastifyReply, { status, headers, body, bytes }: HttpResponse): FastifyReply {
  const { raw } = reply
  const hasBody = status !== 204 && status !== 304
  try {
    if (!raw.destroyed) {
      raw.writeHead(status, {
        ...(headers as OutgoingHttpHeaders),
        ...(hasBody && { 'content-length': Buffer.byteLength(bytes ?? body) }),
      })
    }
  } catch (cause) {
    throw new UnwritableAnswer('the answer cannot be written', { cause })
  }
  reply.hijack()
  if (raw.destroyed) return reply
  // Node leaves out the body of an answer to HEAD by itself, and keeps its length.
  if (status === 413) endBeforeBody(reply, body)
  else endTogether(raw, bytes ?? body)
  return reply
}

let leaving: { readonly raw: ServerResponse; readonly body: string | Uint8Array }[] = []

/**
 * Ends an answer with all else that this turn of the event loop answers. Whoever waits on the same machine, a proxy
 * most often, is woken once for all of them: waking it for each costs more than making the answer (docs/speed.md).
 */
function endTogether(raw: ServerResponse, body: string | Uint8Array): void {
  if (leaving.length === 0) setImmediate(sendAnswers)
  leaving.push({ raw, body })
}

/** Sends all answers that are made so far, which the end of this turn would send otherwise. */
export function sendAnswers(): void {
  const all = leaving
  leaving = []
  for (const { raw, body } of all) raw.end(body)
}

/**
 * Ends an answer, and its connection, before the body was read. A connection that is closed on unread bytes is reset,
 * and the answer is lost with it: so we say that we are done, and throw away what still comes, as `linger` bounds it.
 */
function endBeforeBody({ raw, request: { raw: incoming } }: FastifyReply, body: string): void {
  const { socket } = incoming
  const late = setTimeout(() => socket.destroy(), linger.longest)
  socket.once('close', () => clearTimeout(late))
  let discarded = 0
  incoming.on('data', (piece: Buffer) => {
    discarded += piece.length
    if (discarded > linger.most) socket.destroy()
  })
  incoming.once('end', () => socket.destroySoon())
  raw.write(body, () => socket.end())
}

/**
 * Answers bytes that make no request, and ends the connection: what would follow is nobody's request. Node tells of
 * every piece that still comes, which is how it is thrown away.
 */
function refuseBytes({ code }: NodeJS.ErrnoException, socket: Socket, { refuseHead }: Edge): void {
  const why = Object.entries(unread).find(([one]) => one === code)?.[1]
  const isSaid = why !== undefined || code?.startsWith('HPE_') === true
  if (!isSaid || (!socket.writable && socket.bytesRead > linger.most)) {
    socket.destroy()
    return
  }
  if (!socket.writable) return
  const { status, headers, body } = refuseHead(why ?? 'unreadable', socket.remoteAddress ?? '')
  const late = setTimeout(() => socket.destroy(), linger.longest)
  socket.once('close', () => clearTimeout(late))
  const fields = { ...headers, 'content-length': Buffer.byteLength(body) }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)
  socket.end([`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}`, ...head, '', body].join('\r\n'))
}

function boundPort(server: Server | SecureServer, asked: number): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : asked
}
