/**
 * The guard at the only way out: every request to an address that somebody else named passes here.
 *
 * The URL is judged, its host looked up once, each address found judged, and the connection made to one of those very
 * addresses, so that a name which changes its mind in between (DNS rebinding) changes nothing. Everything the other
 * side could stretch has an end: time, bytes, how many at once, how many to one host.
 */
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { Outbound, OutboundAnswer, OutboundContent, OutboundLimits, OutboundRefusal } from '../domain/outbound.ts'
import { isAddress, isPrivateAddress } from '../kernel/network.ts'

/** One address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** What the guard is set up with. */
export interface OutboundOptions {
  /** `host:port` that may be reached although http, another port or a private address: the setting `outbound.allow`. */
  readonly allow: readonly string[]
  /** Finds every address of a name. Default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>
  /** Requests in flight at once, beyond which `busy` is the answer. Default 64. */
  readonly concurrency?: number
  /** Of these, to one host and port. Default 8. */
  readonly concurrencyPerHost?: number
  /** Of all, to addresses that strangers named. Default half of them. */
  readonly concurrencyForStrangers?: number
  /** Certificates in PEM to trust besides the system's: for an operator with an authority of their own. */
  readonly certificateAuthority?: string
}

interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly content: OutboundContent | undefined
  readonly limits: OutboundLimits & Required<Pick<OutboundLimits, 'maximum' | 'timeout'>>
  readonly secureContext: SecureContext | undefined
}

type Addresses = readonly ResolvedAddress[] | OutboundRefusal

/** Opens the way out. One for the whole process, since the bounds on how many are counted in it. */
export function openOutbound(options: OutboundOptions): Outbound {
  const { concurrency = 64, concurrencyPerHost = 8, concurrencyForStrangers = concurrency / 2 } = options
  const { certificateAuthority } = options
  const secureContext =
    certificateAuthority === undefined
      ? undefined
      : createSecureContext({ ca: [...getCACertificates('default'), certificateAuthority] })
  const hosts = new Map<string, number>()
  const inFlight = new Map<string, Promise<OutboundAnswer | OutboundRefusal>>()
  let running = 0
  let forStrangers = 0

  function hasRoom({ url: { host }, limits: { named_by } }: OutboundRequest): boolean {
    if (named_by === 'stranger' && forStrangers >= concurrencyForStrangers) return false
    return running < concurrency && (hosts.get(host) ?? 0) < concurrencyPerHost
  }

  function leave({ url: { host }, limits: { named_by } }: OutboundRequest): void {
    running -= 1
    if (named_by === 'stranger') forStrangers -= 1
    const left = (hosts.get(host) ?? 1) - 1
    if (left === 0) hosts.delete(host)
    else hosts.set(host, left)
  }

  async function ask(request: OutboundRequest): Promise<OutboundAnswer | OutboundRefusal> {
    const { host } = request.url
    if (!hasRoom(request)) return { refused: 'busy', why: 'too_many_requests' }
    running += 1
    if (request.limits.named_by === 'stranger') forStrangers += 1
    hosts.set(host, (hosts.get(host) ?? 0) + 1)
    const addresses = findAddresses(request.url, options)
    const answer = guarded(request, addresses)
    // A lookup cannot be interrupted: it keeps its place until it ends, or slow names would pile up behind the resolver.
    void Promise.allSettled([addresses, answer]).then(() => leave(request))
    return answer
  }

  const complete = (limits: OutboundLimits) => ({ maximum: 65_536, timeout: 3000, ...limits })

  return {
    async get(address, given) {
      const url = readUrl(address, options.allow)
      if ('refused' in url) return url
      const limits = complete(given)
      const key = JSON.stringify([url.href, limits.accept, limits.maximum, limits.timeout, limits.authorization])
      const under = inFlight.get(key)
      if (under !== undefined) return under
      const answer = ask({ method: 'GET', url, content: undefined, limits, secureContext }).finally(() =>
        inFlight.delete(key),
      )
      inFlight.set(key, answer)
      return answer
    },
    async post(address, content, limits) {
      const url = readUrl(address, options.allow)
      if ('refused' in url) return url
      return ask({ method: 'POST', url, content, limits: complete(limits), secureContext })
    },
  }
}

/** Reads a URL that we may ask: https on port 443, or a host and port that the operator allowed. */
function readUrl(address: string, allow: readonly string[]): URL | OutboundRefusal {
  const refused = 'not_allowed'
  if (
    address.length > 2048 ||
    !/^[a-z]+:\/\/[\x21-\x7e]+$/i.test(address) ||
    address.includes('\\') ||
    !URL.canParse(address)
  ) {
    return { refused, why: 'url_malformed' }
  }
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refused, why: 'scheme' }
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?#]*@/i.test(address))
    return { refused, why: 'userinfo' }
  if (isAllowed(url, allow)) return url
  if (url.protocol !== 'https:') return { refused, why: 'scheme' }
  return url.port === '' ? url : { refused, why: 'port' }
}

function isAllowed(url: URL, allow: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return allow.includes(`${url.hostname}:${port}`)
}

/** Waits for the addresses, connects and reads, all before one deadline. */
async function guarded(
  request: OutboundRequest,
  lookingUp: Promise<Addresses>,
): Promise<OutboundAnswer | OutboundRefusal> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), request.limits.timeout)
  const tooSlow = new Promise<OutboundRefusal>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve({ refused: 'unreachable', why: 'too_slow' }))
  })
  try {
    const addresses = await Promise.race([lookingUp, tooSlow])
    if ('refused' in addresses) return addresses
    return await Promise.race([exchange(request, addresses, deadline.signal), tooSlow])
  } finally {
    clearTimeout(timer)
    deadline.abort()
  }
}

/** Every address of the host; a refusal when one of them is private, since it is chance which one would be connected to. */
async function findAddresses(url: URL, options: OutboundOptions): Promise<Addresses> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const { resolve = resolveBySystem } = options
  let addresses: readonly ResolvedAddress[]
  try {
    addresses = isAddress(host) ? [{ address: host, family: host.includes(':') ? 6 : 4 }] : await resolve(host)
  } catch {
    return { refused: 'unreachable', why: 'name_unknown' }
  }
  if (addresses.length === 0) return { refused: 'unreachable', why: 'name_unknown' }
  if (isAllowed(url, options.allow)) return addresses
  if (addresses.some(({ address }) => isPrivateAddress(address)))
    return { refused: 'unreachable', why: 'private_address' }
  return addresses
}

async function resolveBySystem(hostname: string): Promise<readonly ResolvedAddress[]> {
  return lookup(hostname, { all: true, order: 'verbatim' })
}

/** One request on a connection of its own to the addresses that were judged; never to what the name means by then. */
async function exchange(
  request: OutboundRequest,
  addresses: readonly ResolvedAddress[],
  signal: AbortSignal,
): Promise<OutboundAnswer | OutboundRefusal> {
  const { url, limits, secureContext } = request
  // Loaded with the first request that leaves: many servers send none, and it costs some 8 MB of memory.
  const { Client } = await import('undici')
  const client = new Client(url.origin, {
    allowH2: false,
    maxHeaderSize: 16_384,
    connect: {
      lookup: pinned(addresses),
      timeout: limits.timeout,
      ...(secureContext !== undefined && { secureContext }),
    },
    headersTimeout: limits.timeout,
    bodyTimeout: limits.timeout,
  })
  try {
    const response = await client.request({
      method: request.method,
      path: url.pathname + url.search,
      headers: {
        accept: limits.accept,
        'accept-encoding': 'identity',
        'user-agent': 'licet',
        ...(limits.authorization !== undefined && { authorization: limits.authorization }),
        ...request.content?.headers,
        ...(request.content && { 'content-type': request.content.type }),
      },
      ...(request.content && { body: request.content.text }),
      signal,
      reset: true,
    })
    return await readAnswer(response, limits.maximum)
  } catch (cause) {
    return { refused: 'unreachable', why: whyUnreachable(cause) }
  } finally {
    // This also ends what is left of a body that we did not want.
    await client.destroy().catch(() => undefined)
  }
}

/** A resolver that knows one answer. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, { all }, found) => {
    const [first] = addresses
    if (all === true) found(null, [...addresses])
    else found(null, first?.address ?? '', first?.family)
  }
}

async function readAnswer(
  response: Dispatcher.ResponseData,
  maximum: number,
): Promise<OutboundAnswer | OutboundRefusal> {
  response.body.on('error', () => undefined) // an answer given up midway is no news
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  if (response.statusCode >= 300 && response.statusCode < 400) return { refused: 'redirected', why: 'redirect' }
  // A megabyte can unpack to a gigabyte. We asked for neither.
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { refused: 'unreachable', why: 'compressed' }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength
    if (length > maximum) return { refused: 'too_large', why: 'too_many_bytes' }
    chunks.push(chunk)
  }
  return { status: response.statusCode, headers, body: Buffer.concat(chunks) }
}

const certificateCodes = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_)/
const answerCodes = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES|UND_ERR_INFO)/

function whyUnreachable(cause: unknown): OutboundRefusal['why'] {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (certificateCodes.test(code)) return 'certificate'
  if (answerCodes.test(code) || (cause instanceof Error && cause.name === 'HTTPParserError')) return 'malformed_answer'
  return /TIMEOUT|ABORT/.test(code) ? 'too_slow' : 'connection_failed'
}
