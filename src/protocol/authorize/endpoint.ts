/**
 * The authorization endpoint, RFC 6749 §3.1. It answers at once what needs nobody: errors, `prompt=none`, and requests
 * under a grant that stands. For all else it begins an interaction, whose pages are in `interaction/`.
 */
import { Parameters } from '../../kernel/parameters.ts'
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import { registeredItself } from '../../domain/client.ts'
import { bestAcr } from '../../domain/factors.ts'
import { findBehind, keepSession } from '../../domain/session.ts'
import { subjectFor } from '../../domain/subject.ts'
import type { Interaction } from '../../domain/interaction.ts'
import { readCookie } from '../../http/cookies.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { countPush, push } from '../par/push.ts'
import type { ProtocolParts } from '../parts.ts'
import { shownState } from '../session-management/browser-state.ts'
import { allow, answerUnderGrant, type Decided } from './answer.ts'
import { beginInteraction } from './browser.ts'
import type { Answer } from './give.ts'
import { consentRequired, needsLast, nextStep, silentRefusal, type NextStep } from './next-step.ts'
import { namedClient, type AuthorizationRequest, type ResponseTarget } from './request.ts'
import { checkedAsResolved, resolvedRequest, targetAsResolved, toStore, type ResolvedRequest } from './resolve.ts'
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
    try {
      const sent = readParameters(request)
      if (request.method === 'POST') {
        return seeOther(`${parts.issuer}${authorizePath}?${await carried(sent, request.address, parts)}`)
      }
      const resolved = await resolvedRequest(sent, request.address, parts)
      return await answeredAt(await targetAsResolved(resolved, parts), { request, resolved }, parts)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      logRefusal(error, undefined, request, parts)
      return parts.errorPage(error, request, parts)
    }
  }
}

/** Answers at a proved target, errors too; what it throws cannot be told there. */
async function answeredAt(
  target: ResponseTarget,
  { request, resolved }: { readonly request: HttpRequest; readonly resolved: ResolvedRequest },
  parts: ProtocolParts,
): Promise<HttpResponse> {
  try {
    return await answered(request, resolved, await checkedAsResolved(target, resolved, parts), parts)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const isTold = !registeredItself(target.client) || resolved.parameters.get('prompt') === 'none'
    // Policy A4, RFC 9700 §4.11.2: otherwise anybody who registers an address could send people there from ours.
    const response = isTold
      ? await respondError({ target, browser_state: shownState(request, parts) }, error, parts)
      : await beginInteraction(request, { kind: 'authorization', request: toStore(resolved) }, parts)
    logRefusal(error, target, request, parts)
    return response
  }
}

/** The path of the endpoint under the issuer. */
export const authorizePath = '/authorize'

/**
 * Reads the parameters of an authorization request. A POST is turned into a GET that carries them, since a Lax cookie
 * does not come with a cross-site POST: the person would look signed out (OpenID Connect Core §3.1.2.1 asks for both).
 *
 * @throws {OAuthError} `invalid_request` (414) for a query of more than 12,000 characters
 */
export function readParameters(request: HttpRequest): Parameters {
  if (request.method === 'POST') return readForm(request, 'any')
  const { length } = request.query
  if (length > longestQuery) throw requestTooLong({ length })
  return Parameters.read(request.query)
}

/**
 * Spells the query of that GET. A signed request may be too long for one; then a row carries it, as if it had been
 * pushed. What nobody signed is never stored for that: a stranger could fill the disk with it.
 */
async function carried(sent: Parameters, address: string, parts: ProtocolParts): Promise<string> {
  const query = sent.toString()
  if (query.length <= longestQuery) return query
  const { client_id, parameters, sent: signed, problem } = await resolvedRequest(sent, address, parts)
  if (signed === undefined) throw problem ?? requestTooLong({ length: query.length })
  // It may be sent again and again, by whoever has seen it.
  countPush(await namedClient(sent, parts), address, parts)
  const { request_uri } = await push({ client_id }, parameters, parts)
  return new URLSearchParams({ client_id, request_uri }).toString()
}

async function answered(
  request: HttpRequest,
  resolved: ResolvedRequest,
  authorizationRequest: AuthorizationRequest,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const next = await stepFor(request, authorizationRequest, undefined, parts)
  const { client_id } = authorizationRequest.client
  const mayAsk = !authorizationRequest.prompt.has('none')
  const refused = mayAsk ? undefined : silentRefusal(next)
  if (refused !== undefined) throw refused({ client_id })
  const answer = await answerWithoutAsking(request, authorizationRequest, next, parts)
  if (answer !== undefined) return answer.response
  if (!mayAsk) throw consentRequired({ client_id })
  return beginInteraction(request, { kind: 'authorization', request: toStore(resolved) }, parts)
}

/** Tells what an authorization request of this browser lacks, within an interaction or before one. */
export async function stepFor(
  request: HttpRequest,
  authorizationRequest: AuthorizationRequest,
  interaction: Interaction | undefined,
  parts: ProtocolParts,
): Promise<NextStep> {
  const at = parts.clock()
  const { client_id } = authorizationRequest.client
  const find = async (session_id: string) => parts.accounts.findHolding(session_id, client_id)
  const { session, account, held } = (await findBehind(readCookie(request, 'session'), find, parts, at)) ?? {}
  if (session !== undefined) await keepSession(session, parts)
  const grant = account && held
  const decided =
    account && grant && needsLast(authorizationRequest, grant)
      ? await parts.consents.findNewest(account.account_id, grant.grant_id)
      : undefined
  const isWished = authorizationRequest.acr.values.length > 0 || authorizationRequest.acr.least !== undefined
  return nextStep({
    request: authorizationRequest,
    session,
    account,
    subject: account && subjectFor(account, authorizationRequest.client, parts),
    grant,
    last: decided?.shown,
    best_acr: isWished && account ? bestAcr(await parts.factors.held(account.account_id)) : undefined,
    signed_in_at: interaction?.signed_in_at,
    at,
  })
}

/**
 * Answers where nobody needs to be asked: under a grant that stands, or for a first-party client. Undefined where somebody
 * has to be, or where at the same moment the grant ended or the pushed request was answered: the pages tell which.
 */
export async function answerWithoutAsking(
  request: HttpRequest,
  authorizationRequest: AuthorizationRequest,
  next: NextStep,
  parts: ProtocolParts,
): Promise<Answer | undefined> {
  if (next.step === 'answer') {
    const { session, account, grant } = next
    return answerOf(await answerUnderGrant({ request: authorizationRequest, session, account }, grant, parts))
  }
  if (next.step !== 'record') return undefined
  const { permissions } = authorizationRequest
  const decision = { permissions, access_for: parts.settings.access_for_default, shown: {} }
  const { session, account } = next
  return answerOf(await allow({ request: authorizationRequest, session, account, origin: request }, decision, parts))
}

function answerOf(decided: Decided | 'lost'): Answer | undefined {
  return typeof decided === 'string' ? undefined : decided
}

/** @param target whose answer it is; undefined: it is shown to the person alone, since no target was proved */
function logRefusal(
  error: OAuthError,
  target: ResponseTarget | undefined,
  request: HttpRequest,
  { log }: Pick<ProtocolParts, 'log'>,
): void {
  log.warn('authorization_refused', {
    ...error.detail,
    ...(target && { client_id: target.client.client_id }),
    endpoint: 'authorization',
    answered: target === undefined ? 'page' : 'redirect',
    error: error.error,
    reason: error.reason,
    request_id: request.request_id,
    address: request.address,
  })
}
