/**
 * The edge: what happens to a request before and after its handler, whatever framework listens.
 *
 * `admit` judges the head of a request, before a byte of its body is read: size, target, host, path, method. `answer`
 * hands it to the handler of its route and finishes the answer: security headers, request id, and, for what a handler
 * threw, a page or a JSON error that tells nothing.
 */
import { newOpaqueId } from '../kernel/ids.ts'
import { clientAddress, inNetworks, type Networks } from '../kernel/network.ts'
import { OAuthError, refusal } from '../kernel/refusal.ts'
import { milliseconds, type Milliseconds, type Seconds } from '../kernel/time.ts'
import type { EventLog } from '../domain/event-log.ts'
import { openToAll, openToOrigins, type OriginCheck } from '../http/cors.ts'
import { databaseAway, errorResponse, internalFailure, isDatabaseAway } from '../http/errors.ts'
import type { AtOnce, Handler, HttpRequest, HttpResponse } from '../http/message.ts'
import type { OverloadGate } from '../http/overload.ts'
import type { ProtocolSettings } from '../protocol/parts.ts'
import { crowdedErrorPage, errorPage } from '../interaction/error/handler.ts'
import type { CertificateOf } from './client-certificates.ts'
import { aliasCheck, hostCheck, type ListeningAddress } from './hosts.ts'
import { matcher, type Match } from './match.ts'
import { routes, type Handlers, type Route, type RouteName } from './routes.ts'
import { securityHeaders } from './security-headers.ts'

const headersTooMany = refusal('invalid_request', 'headers_too_many', 'The request has too many header fields', 431)
const headerRepeated = refusal('invalid_request', 'header_repeated', 'A header field came more than once')
const codingNotTaken = refusal('invalid_request', 'transfer_coding_not_taken', 'A body is sent plain or chunked, once')
const hostMissing = refusal('invalid_request', 'host_missing', 'The request does not say for which host it is')
const hostNotOurs = refusal('invalid_request', 'host_not_ours', 'This server does not go by that name', 421)
const targetMalformed = refusal(
  'invalid_request',
  'target_malformed',
  'The request target is not a path of this server',
)
const httpsRequired = refusal('invalid_request', 'https_required', 'This server is reached by https')
const pathUnknown = refusal('invalid_request', 'path_unknown', 'There is nothing at this address', 404)
const methodNotTaken = refusal('invalid_request', 'method_not_taken', 'This address does not take this method', 405)
const bodyTooLarge = refusal('invalid_request', 'body_too_large', 'The body of the request is too large', 413)
const bodyUnreadable = refusal('invalid_request', 'body_unreadable', 'The body of the request cannot be read')
const headRefusals = {
  too_large: refusal('invalid_request', 'head_too_large', 'The head of the request is too large', 431),
  too_slow: refusal('invalid_request', 'request_too_slow', 'The request took too long to arrive', 408),
  unreadable: refusal('invalid_request', 'head_unreadable', 'This is not an HTTP request that can be read'),
}
const tooBusy = refusal('temporarily_unavailable', 'server_overloaded', 'Too many ask at once: try again in a moment')
const notReady = refusal('temporarily_unavailable', 'not_ready', 'The server is starting')

/** After these nobody knows where on the connection the next request would begin. */
const leaveConnection: readonly string[] = [bodyUnreadable.reason, codingNotTaken.reason]

/** Longest body that is read, in bytes. */
export const longestBody = 65_536
/** Most header fields, and most cookies in one, that anybody honest sends. */
const mostHeaders = 100
const mostCookies = 200
/** When to come back after there was no room, in seconds. */
const busyFor: Seconds = 1
/** Made once: whoever makes an error walks the stack for it, and no log shows this one. */
const noRoom = tooBusy({ retry_after: busyFor })
/** What must not come twice: two readers could believe two different ones. */
const single = ['host', 'content-length', 'content-type', 'authorization', 'origin', 'x-forwarded-proto']

/** The head of a request as it arrived. */
export interface Arrival {
  readonly method: string
  /** The request target, raw. */
  readonly target: string
  readonly headers: HttpRequest['headers']
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  /** The address at the other end of the connection. */
  readonly peer: string
  /** What was shown at the other end, DER, where the listener asks for it and somebody showed it. */
  readonly certificate?: Buffer
}

/** A request that may be read on: its route is known. */
export interface Admitted {
  readonly match: Match<(typeof routes)[number]> | undefined
  readonly request: Omit<HttpRequest, 'body'>
  readonly begun: Milliseconds
}

/** What the edge is made with. */
export interface EdgeParts {
  readonly issuer: string
  readonly settings: Pick<ProtocolSettings, 'language' | 'brands'>
  readonly trusted_proxies: Networks
  readonly certificateOf: CertificateOf
  /** The other origin at which clients find our endpoints, with their certificates; pages are at the issuer alone. */
  readonly alias: string | undefined
  readonly log: EventLog
  readonly overload: OverloadGate
  /** Undefined while the server is starting: only probes are answered then. */
  readonly handlers: Handlers | Pick<Handlers, 'health' | 'readiness' | 'metrics'>
  /** What some routes tell before anybody stands in line. */
  readonly atOnce: Readonly<Partial<Record<RouteName, AtOnce>>>
  readonly isKnownOrigin: OriginCheck
  /** Told of every answer; must not throw. */
  readonly observe: (route: RouteName | 'none', status: number, took: Milliseconds) => void
  /** True once the process is about to end: connections are not kept. */
  readonly isDraining: () => boolean
}

/** The edge of one composition. */
export interface Edge {
  /** Judges the head of a request: the answer when it is refused, else what `answer` takes. */
  admit(arrival: Arrival, listening: ListeningAddress | undefined): Promise<HttpResponse> | Admitted
  /** Answers an admitted request. Never throws. */
  answer(admitted: Admitted, body: string): Promise<HttpResponse>
  /** Answers a request whose body could not be read: too large, or broken off. */
  refuseBody(admitted: Admitted, why: 'too_large' | 'unreadable'): Promise<HttpResponse>
  /** Answers bytes that make no request: what was read of them is not known. */
  refuseHead(why: keyof typeof headRefusals, peer: string): HttpResponse
  /** Answers an admitted request whose own answer turned out to be none, and writes down why. */
  fail(admitted: Admitted, cause: unknown): HttpResponse
}

/** Makes the edge. */
export function edge(parts: EdgeParts): Edge {
  const { issuer, trusted_proxies, log, observe, overload, atOnce, isDraining } = parts
  const match = matcher<(typeof routes)[number]>(routes, issuer)
  const always = { nobody: securityHeaders(issuer, 'nobody'), anybody: securityHeaders(issuer, 'anybody') }
  const wrapped = new Map<RouteName, Handler>(
    routes.map((route) => [route.name, opened(route, handlerOf(route.name, parts), parts)]),
  )
  const noRoomPage = crowdedErrorPage(noRoom, parts)
  let knownAt: ListeningAddress | undefined
  let isOurs = hostCheck(issuer, undefined)
  const isAlias = aliasCheck(parts.alias)

  function admit(arrival: Arrival, listening: ListeningAddress | undefined): Promise<HttpResponse> | Admitted {
    if (listening !== knownAt) {
      isOurs = hostCheck(issuer, listening)
      knownAt = listening
    }
    const { headers, method, peer } = arrival
    const begun = milliseconds()
    const { path, query, host } = readTarget(arrival)
    const found = path === undefined ? undefined : match(path)
    const certificate = parts.certificateOf(arrival)
    const request = {
      method,
      path: path ?? '/',
      query,
      headers,
      params: found?.params ?? {},
      address: clientAddress(peer, headers['x-forwarded-for'], trusted_proxies),
      request_id: newOpaqueId(),
      ...(certificate && { certificate }),
    }
    const admitted: Admitted = { match: found, request, begun }
    const problem = problemOf(arrival, { path, host, route: found?.route })
    if (problem !== undefined) return refuse(admitted, problem)
    if (!hasRoom(found?.route)) return Promise.resolve(turnAway(admitted))
    return admitted
  }

  /** What is wrong with the head of a request, the gravest first. */
  function problemOf(arrival: Arrival, { path, host, route }: Judged): OAuthError | undefined {
    const { rawHeaders, headers, method, peer } = arrival
    if (rawHeaders.length > 2 * mostHeaders) return headersTooMany({ fields: rawHeaders.length / 2 })
    if ((headers['cookie']?.split(';', mostCookies + 1).length ?? 0) > mostCookies) return headersTooMany()
    // Node takes `identity, chunked` for chunked. A proxy in front may take it for something else, and then what we read as
    // the next request is what it read as this one's body (SECURITY: PX-05).
    const coding = headers['transfer-encoding']
    if (coding !== undefined && coding.toLowerCase() !== 'chunked')
      return codingNotTaken({ header: 'transfer-encoding' })
    const twice = repeatedOf(rawHeaders)
    if (twice !== undefined) return headerRepeated({ header: twice })
    if (path === undefined) return targetMalformed({ target: arrival.target.slice(0, 200) })
    if (route?.host !== 'any') {
      if (host === undefined || host === '') return hostMissing()
      if (!isOurs(host) && !(route?.speaks === 'json' && isAlias(host)))
        return hostNotOurs({ host: host.slice(0, 200) })
      // A proxy of ours that says the browser came by http is believed so far: we would be handing secrets to the network.
      const forwarded = headers['x-forwarded-proto']
      if (forwarded === 'http' && issuer.startsWith('https:') && inNetworks(peer, trusted_proxies))
        return httpsRequired()
    }
    if (route === undefined) return pathUnknown({ path: path.slice(0, 200) })
    if (!takes(route, method)) return methodNotTaken({ allow: allowed(route), method: method.slice(0, 40) })
    const length = headers['content-length']
    if (length !== undefined && Number(length) > longestBody) return bodyTooLarge({ length })
    return undefined
  }

  function hasRoom(route: Route | undefined): boolean {
    return route === undefined || route.rank === 'always' || overload.admits(route.rank)
  }

  /**
   * Says that there is no room now. It is no line of the log and no measurement of time: what is done for each of those who
   * are turned away is taken from those who are not. The metrics count them.
   */
  function turnAway(admitted: Admitted): HttpResponse {
    const request = { ...admitted.request, body: '' }
    const speaks = admitted.match?.route.speaks
    return finished(speaks === 'page' ? noRoomPage(request) : errorResponse(noRoom, request, issuer), admitted)
  }

  async function answer(admitted: Admitted, body: string): Promise<HttpResponse> {
    const rank = admitted.match?.route.rank ?? 'always'
    if (rank === 'always') return answerNow(admitted, body)
    const early = toldAtOnce(admitted, body)
    if (early !== undefined) return early
    const turn = overload.enter(rank)
    if (turn !== undefined) await turn
    try {
      return await answerNow(admitted, body)
    } finally {
      overload.leave(rank)
    }
  }

  function toldAtOnce(admitted: Admitted, body: string): HttpResponse | undefined {
    const { match: found, request } = admitted
    const response = found && atOnce[found.route.name]?.({ ...request, body })
    return response && answered(response, admitted)
  }

  async function answerNow(admitted: Admitted, body: string): Promise<HttpResponse> {
    const { match: found, request } = admitted
    const handler = found && wrapped.get(found.route.name)
    const whole = { ...request, body }
    let response: HttpResponse
    try {
      response = handler === undefined ? told(pathUnknown(), admitted, whole) : await handler(whole)
    } catch (error) {
      response = told(error, admitted, whole)
    }
    return answered(response, admitted)
  }

  function answered(response: HttpResponse, admitted: Admitted): HttpResponse {
    observe(admitted.match?.route.name ?? 'none', response.status, milliseconds() - admitted.begun)
    return finished(response, admitted)
  }

  /** Refuses on behalf of a route's handler, so that scripts which may read its answers may read this one. */
  async function refuse(admitted: Admitted, error: OAuthError): Promise<HttpResponse> {
    const { match: found, request } = admitted
    const whole = { ...request, body: '' }
    const response = await opened(found?.route, async () => told(error, admitted, whole), parts)(whole)
    const closing = [413, 431].includes(error.status) || leaveConnection.includes(error.reason)
    return answered(
      closing ? { ...response, headers: { ...response.headers, connection: 'close' } } : response,
      admitted,
    )
  }

  /** Writes down what was thrown, and says it as the route speaks. */
  function told(thrown: unknown, admitted: Admitted, request: HttpRequest): HttpResponse {
    const { match: found } = admitted
    const error =
      thrown instanceof OAuthError
        ? thrown
        : (isDatabaseAway(thrown) ? databaseAway : internalFailure)({ retry_after: 2 }, thrown)
    const where = { endpoint: found?.route.name, request_id: request.request_id, address: request.address }
    if (thrown instanceof OAuthError) {
      log.warn('refused', { ...error.detail, ...where, error: error.error, reason: error.reason })
    } else {
      log.error(error.reason, where, thrown)
    }
    return spoken(error, admitted, request)
  }

  /** Says an error as the route speaks. */
  function spoken(error: OAuthError, { match: found }: Admitted, request: HttpRequest): HttpResponse {
    const speaks = found?.route.speaks ?? (request.headers['accept']?.includes('text/html') === true ? 'page' : 'json')
    return speaks === 'page' ? errorPage(error, request, parts) : errorResponse(error, request, issuer)
  }

  function finished(response: HttpResponse, { match: found, request: { request_id } }: Admitted): HttpResponse {
    const route: Route | undefined = found?.route
    return {
      status: response.status,
      headers: {
        ...always[route?.framedBy ?? 'nobody'],
        ...response.headers,
        'x-request-id': request_id,
        ...(isDraining() && { connection: 'close' }),
      },
      body: response.body,
      ...(response.bytes && { bytes: response.bytes }),
    }
  }

  function refuseHead(why: keyof typeof headRefusals, peer: string): HttpResponse {
    const nothing = { method: '', path: '/', query: '', headers: {}, params: {}, address: peer }
    const request = { ...nothing, request_id: newOpaqueId(), body: '' }
    const admitted: Admitted = { match: undefined, request, begun: milliseconds() }
    const response = told(headRefusals[why](), admitted, request)
    observe('none', response.status, 0)
    return finished({ ...response, headers: { ...response.headers, connection: 'close' } }, admitted)
  }

  return {
    admit,
    answer,
    refuseHead,
    fail: (admitted, cause) => finished(told(cause, admitted, { ...admitted.request, body: '' }), admitted),
    refuseBody: (admitted, why) => refuse(admitted, (why === 'too_large' ? bodyTooLarge : bodyUnreadable)()),
  }
}

interface Judged {
  readonly path: string | undefined
  readonly host: string | undefined
  readonly route: Route | undefined
}

/** Cuts up the request target: a path, or the absolute form that RFC 9112 §3.2.2 lets anybody send. */
function readTarget({ target, headers }: Arrival): {
  readonly path: string | undefined
  readonly query: string
  readonly host: string | undefined
} {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target)
  const rest = absolute === null ? target : target.slice(absolute[0].length) || '/'
  const mark = rest.indexOf('?')
  const path = mark === -1 ? rest : rest.slice(0, mark)
  const isPath = path.startsWith('/') && !target.includes('#')
  return {
    path: isPath ? path : undefined,
    query: mark === -1 ? '' : rest.slice(mark + 1),
    host: absolute?.[1] ?? headers['host'],
  }
}

function repeatedOf(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!single.includes(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

function takes(route: Route, method: string): boolean {
  return route.methods.some((one) => one === method) || (method === 'OPTIONS' && route.cors !== 'nobody')
}

function allowed(route: Route): string {
  return [...route.methods, ...(route.cors === 'nobody' ? [] : ['OPTIONS'])].join(', ')
}

/** Lets scripts read the answer, as far as the route's row says. */
function opened(route: Route | undefined, handler: Handler, { isKnownOrigin }: EdgeParts): Handler {
  const methods = route?.methods.join(', ') ?? ''
  if (route?.cors === 'everybody') return openToAll(methods, handler)
  if (route?.cors === 'registered clients') return openToOrigins(isKnownOrigin, methods, handler)
  return handler
}

function handlerOf(name: RouteName, { handlers }: EdgeParts): Handler {
  const found = Object.entries(handlers).find(([one]) => one === name)?.[1]
  return found ?? (() => Promise.reject(notReady({ retry_after: 2 })))
}
