/**
 * Cross-origin resource sharing: which answers a script of another origin may read. Never with credentials, since no
 * endpoint that answers scripts looks at a cookie; and never at the authorization endpoint, which browsers are sent to.
 */
import { withHeaders, type Handler, type HttpResponse } from './message.ts'

/** Tells whether scripts of an origin, as the `Origin` header spells it, may read answers. */
export type OriginCheck = (origin: string) => Promise<boolean>

/** What a script may send and read: `*` stands for every header but Authorization. */
const sendable = '*, authorization'
const readable = 'www-authenticate, dpop-nonce, retry-after, x-request-id'
/** How long a browser may remember what a preflight said, in seconds. */
const preflightAge = '600'

/** Opens what everybody may read, errors too, to scripts of every origin. */
export function openToAll(methods: string, handler: Handler): Handler {
  return async (request) => {
    const answer = request.method === 'OPTIONS' ? preflightAnswer(methods) : await handler(request)
    return withHeaders(answer, { 'access-control-allow-origin': '*', 'access-control-expose-headers': readable })
  }
}

/**
 * Opens an endpoint, errors too, to scripts of those origins that the check knows: a browser-based client must be able
 * to read why it was refused. To others the answer is the same, but unreadable.
 *
 * @param methods what the endpoint takes, as `Access-Control-Allow-Methods` has it: `POST`
 */
export function openToOrigins(isKnown: OriginCheck, methods: string, handler: Handler): Handler {
  return async (request) => {
    const { origin } = request.headers
    const answer = request.method === 'OPTIONS' ? preflightAnswer(methods) : await handler(request)
    // The answer depends on the header, even when it is missing: otherwise a cache would hand it to the wrong origin.
    const varied = withHeaders(answer, { vary: 'Origin' })
    if (origin === undefined || !(await isKnown(origin))) return withoutPermissions(varied)
    return withHeaders(varied, { 'access-control-allow-origin': origin, 'access-control-expose-headers': readable })
  }
}

function preflightAnswer(methods: string): HttpResponse {
  return {
    status: 204,
    headers: {
      allow: `${methods}, OPTIONS`,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': sendable,
      'access-control-max-age': preflightAge,
    },
    body: '',
  }
}

function withoutPermissions(answer: HttpResponse): HttpResponse {
  const isPermission = (name: string): boolean => name.startsWith('access-control-')
  if (!Object.keys(answer.headers).some(isPermission)) return answer
  const kept = Object.entries(answer.headers).filter(([name]) => !isPermission(name))
  return { ...answer, headers: Object.fromEntries(kept) }
}
