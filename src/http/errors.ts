/** The boundary: what was thrown becomes an answer here, and a line of the log. Nobody else reads an `OAuthError`. */
import { errorUri, OAuthError, refusal, type Detail } from '../kernel/refusal.ts'
import { json, type Handler, type HttpRequest, type HttpResponse } from './message.ts'

/** What a stranger is told where something was thrown that is not a refusal: nothing about it. */
export const internalFailure = refusal('server_error', 'internal_failure', 'Something failed on this side')
/** What is told while the database is away. */
export const databaseAway = refusal('temporarily_unavailable', 'database_unavailable', 'Try again in a moment')

/** Where refusals and failures are told: the part of the event log that the edge needs. */
export interface RefusalLog {
  warn(event: string, detail: Detail): void
  error(event: string, detail: Detail, cause: unknown): void
}

/** What the handler of a machine endpoint is made with. */
interface EndpointParts {
  readonly log: RefusalLog
  readonly issuer: string
}

/** When to come back while the database is away, in seconds. */
const databaseRetry = 2

/**
 * Makes the handler of a machine endpoint: whatever `answer` throws is logged once, with its reason, and answered.
 *
 * @param name the endpoint as the log calls it: `token`, `introspection`
 */
export function endpoint(name: string, { log, issuer }: EndpointParts, answer: Handler): Handler {
  return async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      logError(name, error, request, log)
      return errorResponse(error, request, issuer)
    }
  }
}

/**
 * Spells an error as JSON, RFC 6749 §5.2, that no cache keeps. `x-request-id` is the reference under which the log knows
 * it; `error_uri` explains it to whoever wrote the client.
 *
 * A refusal answers with its own status; where its detail has `retry_after` (seconds), `allow` (methods), `scope_needed`
 * or `challenge` (the scheme that a protected resource asks for), they become header fields, and 400 with a challenge
 * becomes 401. A database that is away is 503 with `Retry-After`; anything else is our own fault: 500, and nothing told.
 */
export function errorResponse(error: unknown, request: HttpRequest, issuer: string): HttpResponse {
  const told = asRefusal(error)
  const error_uri = errorUri(issuer, told)
  const { retry_after, allow } = told.detail
  return json(
    told.detail['challenge'] !== undefined && told.status === 400 ? 401 : told.status,
    { error: told.error, error_description: told.tell, error_uri },
    {
      'x-request-id': request.request_id,
      ...(retry_after !== undefined && { 'retry-after': String(retry_after) }),
      ...(allow !== undefined && { allow: String(allow) }),
      ...challenge(told, error_uri),
    },
  )
}

function asRefusal(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  return isDatabaseAway(error) ? databaseAway({ retry_after: databaseRetry }) : internalFailure()
}

/**
 * What a 401 has to say, RFC 9110 §15.5.2: RFC 6749 §5.2 asks for the scheme that the client used, and Basic is the only
 * one there is; RFC 6750 §3 and RFC 9449 §7.1 have their own, with room for where the error is explained.
 */
function challenge({ error, tell, detail }: OAuthError, error_uri: string): HttpResponse['headers'] {
  if (error === 'invalid_client') return { 'www-authenticate': 'Basic realm="licet", charset="UTF-8"' }
  const { scope_needed, challenge: scheme = 'Bearer realm="licet"' } = detail
  if (detail['challenge'] === undefined && error !== 'invalid_token' && error !== 'insufficient_scope') return {}
  const scope = scope_needed === undefined ? '' : `, scope="${String(scope_needed)}"`
  const told = `error="${error}", error_description="${tell}", error_uri="${error_uri}"`
  return { 'www-authenticate': `${String(scheme)}, ${told}${scope}` }
}

/** Tells whether what was thrown says that the database is away: by its name, since the edge does not know the storage. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof Error && error.name === 'DatabaseUnavailable'
}

function logError(name: string, error: unknown, request: HttpRequest, log: RefusalLog): void {
  const where = { endpoint: name, request_id: request.request_id, address: request.address }
  if (error instanceof OAuthError) {
    const { error: code, reason, detail } = error
    log.warn('refused', { ...detail, ...where, error: code, reason })
  } else if (isDatabaseAway(error)) log.error('database_unavailable', where, error)
  else log.error('failed', where, error)
}
