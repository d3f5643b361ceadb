/**
 * The authorization endpoint, RFC 6749 §3.1. It answers at once what needs nobody: errors, `prompt=none`, and requests
 * under a grant that stands. For all else it begins an interaction, whose pages are in `interaction/`.
 */
import { Parameters } from '../../kernel/parameters.ts'
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import { findSession, keepSession } from '../../domain/session.ts'
import type { Interaction } from '../../domain/interaction.ts'
import { readCookie } from '../../http/cookies.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { push } from '../par/push.ts'
import type { ProtocolParts } from '../parts.ts'
import { allow, answerUnderGrant, type Answer, type Decided } from './answer.ts'
import { beginInteraction } from './browser.ts'
import { nextStep, silentRefusal, type NextStep } from './next-step.ts'
import { checkedRequest, provenTarget, type AuthorizationRequest, type ResponseTarget } from './request.ts'
import { resolvedRequest, type ResolvedRequest } from './resolve.ts'
import { respondError } from './respond.ts'

const requestTooLong = refusal('invalid_request', 'request_too_long', 'The authorization request is too long', 414)

/** The longest query we read, in characters: room for a state of 2,048 bytes in any script. */
const longestQuery = 12_000

/** What the endpoint needs beyond the protocol's parts: how a refusal that may go nowhere is shown to the person. */
export interface AuthorizationEndpointParts extends ProtocolParts {
  readonly errorPage: (error: OAuthError, request: HttpRequest, parts: ProtocolParts) => HttpResponse
}

/** Makes the handler of the authorization endpoint, for GET and POST. */
export function authorizationEndpoint(parts: AuthorizationEndpointParts): Handler {
  return async (request) => {
    let target: ResponseTarget
    let resolved: ResolvedRequest
    try {
      const sent = readParameters(request)
      if (request.method === 'POST') return seeOther(`${parts.issuer}${authorizePath}?${await carried(sent, parts)}`)
      resolved = await resolvedRequest(sent, parts)
      target = await targetOf(resolved, parts)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      logRefusal(error, request, parts)
      return parts.errorPage(error, request, parts)
    }
    try {
      if (resolved.problem !== undefined) throw resolved.problem
      return await answered(request, resolved, await checkedRequest(target, resolved.parameters, parts), parts)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      logRefusal(error, request, parts)
      return respondError(target, error, parts)
    }
  }
}

/** The path of the endpoint under the issuer. */
export const authorizePath = '/authorize'

/**
 * Reads the parameters. A POST is turned into a GET that carries them, since a Lax cookie does not come with a
 * cross-site POST: the person would look signed out (OpenID Connect Core §3.1.2.1 asks for both methods).
 */
function readParameters(request: HttpRequest): Parameters {
  if (request.method === 'POST') return readForm(request, 'any')
  const { length } = request.query
  if (length > longestQuery) throw requestTooLong({ length })
  return Parameters.read(request.query)
}

/**
 * Spells the query of that GET. A signed request may be too long for one; then a row carries it, as if it had been
 * pushed. What nobody signed is never stored for that: a stranger could fill the disk with it.
 */
async function carried(sent: Parameters, parts: ProtocolParts): Promise<string> {
  const query = sent.toString()
  if (query.length <= longestQuery) return query
  const { client, parameters, sent: signed, problem } = await resolvedRequest(sent, parts)
  if (signed === undefined) throw problem ?? requestTooLong({ length: query.length })
  const { request_uri } = await push(client, parameters, parts)
  return new URLSearchParams({ client_id: client.client_id, request_uri }).toString()
}

/** Proves where an answer may go; where nothing is proved, a request object that does not count is what to tell first. */
async function targetOf(resolved: ResolvedRequest, parts: ProtocolParts): Promise<ResponseTarget> {
  try {
    return await provenTarget(resolved.parameters, parts)
  } catch (error) {
    throw resolved.problem ?? error
  }
}

async function answered(
  request: HttpRequest,
  { parameters, sent, pushed_request_id }: ResolvedRequest,
  checked: AuthorizationRequest,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const pushed = pushed_request_id === undefined ? {} : { pushed_request_id }
  const authorizationRequest = { ...checked, ...pushed }
  const next = await stepFor(request, authorizationRequest, undefined, parts)
  if (authorizationRequest.prompt.has('none')) {
    const refused = silentRefusal(next)
    if (refused !== undefined) throw refused({ client_id: authorizationRequest.client.client_id })
  }
  const answer = await answerWithoutAsking(request, authorizationRequest, next, parts)
  if (answer !== undefined) return answer.response
  const { client_id } = authorizationRequest.client
  const stored = { client_id, parameters: parameters.toJSON(), ...(sent && { sent: sent.toJSON() }), ...pushed }
  return beginInteraction(request, { kind: 'authorization', request: stored }, parts)
}

/** Tells what an authorization request of this browser lacks, within an interaction or before one. */
export async function stepFor(
  request: HttpRequest,
  authorizationRequest: AuthorizationRequest,
  interaction: Interaction | undefined,
  parts: ProtocolParts,
): Promise<NextStep> {
  const at = parts.clock()
  const session = await findSession(readCookie(request, 'session'), parts, at)
  if (session !== undefined) await keepSession(session, parts)
  const account = session && (await parts.accounts.find(session.account_id))
  const grant = account && (await parts.grants.findStanding(account.account_id, authorizationRequest.client.client_id))
  return nextStep({
    request: authorizationRequest,
    session,
    account,
    grant,
    signed_in_at: interaction?.signed_in_at,
    at,
  })
}

/**
 * Answers where nobody needs to be asked: under a grant that stands, or for a first-party client. Undefined where
 * somebody does, and where a pushed request was answered at the same moment: the pages tell which.
 */
export async function answerWithoutAsking(
  request: HttpRequest,
  authorizationRequest: AuthorizationRequest,
  next: NextStep,
  parts: ProtocolParts,
): Promise<Answer | undefined> {
  if (next.step === 'answer')
    return answerOf(await answerUnderGrant({ request: authorizationRequest, session: next.session }, next.grant, parts))
  if (next.step !== 'record') return undefined
  const access_for = parts.settings.access_for.find(({ value }) => value === parts.settings.access_for_default)
  if (access_for === undefined) throw new Error('consent.default is not among consent.access_for')
  const decision = { permissions: authorizationRequest.permissions, access_for, shown: {} }
  const { session, account } = next
  return answerOf(await allow({ request: authorizationRequest, session, account, origin: request }, decision, parts))
}

function answerOf(decided: Decided): Answer | undefined {
  return decided === 'already_decided' ? undefined : decided
}

function logRefusal(error: OAuthError, request: HttpRequest, { log }: Pick<ProtocolParts, 'log'>): void {
  log.warn('authorization_refused', {
    ...error.detail,
    error: error.error,
    reason: error.reason,
    request_id: request.request_id,
  })
}
