/** How an interaction ends: one response, sealed for the browser, sent as often as it asks while it is worth anything. */
import type { Parameters } from '../kernel/parameters.ts'
import { registeredItself } from '../domain/client.ts'
import { findSession } from '../domain/session.ts'
import { readCookie } from '../http/cookies.ts'
import { standingProblem } from '../domain/standing.ts'
import type { OAuthError } from '../kernel/refusal.ts'
import type { HttpResponse } from '../http/message.ts'
import { page } from '../http/page.ts'
import type { ClosedInteraction, Decided } from '../protocol/authorize/answer.ts'
import type { Answer } from '../protocol/authorize/give.ts'
import type { ResponseTarget } from '../protocol/authorize/request.ts'
import { respondError } from '../protocol/authorize/respond.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { shownState } from '../protocol/session-management/browser-state.ts'
import { lostThread, targetOf } from './expired/handler.ts'
import { interstitialPage } from './interstitial/page.ts'
import { hasToken, onward, wordsOf, type Visit } from './visit.ts'
import { clientView } from './who.ts'

/** Names the interaction to the decision that closes it, and how the response is sealed. */
export function closed(
  { interaction, browser }: Visit,
  { secrets }: Pick<ProtocolParts, 'secrets'>,
): ClosedInteraction {
  return {
    interaction_id: interaction.interaction_id,
    seal: (answer) => secrets.sealFor(browser.value, JSON.stringify(answer)),
  }
}

/** Closes the interaction with a response that nobody had to be asked for; a quicker request of the same one prevails. */
export async function close(
  answer: Answer,
  visit: Visit,
  target: ResponseTarget,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { interaction_id, seal } = closed(visit, parts)
  const outcome = await parts.interactions.finish(interaction_id, seal(answer), parts.clock())
  return sendDecided(outcome === 'finished' ? answer : 'already_decided', visit, target, parts)
}

/** Closes the interaction because the request behind it is no longer good: the client is told so, as it would have been. */
export async function closeWithError(
  error: OAuthError,
  visit: Visit,
  target: ResponseTarget,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { detail, reason, error: code } = error
  const { request_id } = visit.request
  parts.log.warn('authorization_refused', { ...detail, error: code, reason, request_id })
  const browser_state = shownState(visit.request, parts)
  const response = await respondError({ target, browser_state }, error, parts)
  return close({ response, told: 'error' }, visit, target, parts)
}

/** Sends the outcome of a decision; where another request was quicker, or a warning comes first, by way of `answerAgain`. */
export function sendDecided(
  decided: Decided,
  visit: Visit,
  target: ResponseTarget,
  parts: Pick<ProtocolParts, 'issuer'>,
): HttpResponse {
  if (decided === 'already_decided' || needsWarning(decided, target)) return onward(visit, parts)
  return decided.response
}

/**
 * Answers a visit to a finished interaction: with the very same response, so that a double click, a reload or a lost
 * answer ends where the first one did; once its code is spent or dead, with a page that says so and leads on.
 *
 * @param form what was posted; undefined for a GET
 */
export async function answerAgain(
  visit: Visit,
  form: Parameters | undefined,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const { purpose } = visit.interaction
  const answer = openedAnswer(visit, parts)
  if (answer === undefined || !(await isWorthSending(answer, visit, parts)))
    return lostThread('finished', purpose, visit.request, parts)
  const target = await targetOf(purpose, parts)
  if (target !== undefined && needsWarning(answer, target) && !wantsToLeave(form, visit)) {
    const words = wordsOf(visit, parts)
    const client = clientView(target.client, target.redirect_uri, words.tag)
    const view = {
      home: parts.issuer,
      words,
      csrf_token: visit.csrf_token,
      client,
      answer: answer.told ?? ('denied' as const),
    }
    return page(200, interstitialPage(view), { formAction: 'anywhere' })
  }
  return answer.response
}

/** SECURITY policy 4: before leaving with a no for a client that nobody here vouches for, the person is told its host. */
function needsWarning({ authorization_id }: Answer, { client }: ResponseTarget): boolean {
  return authorization_id === undefined && registeredItself(client)
}

function wantsToLeave(form: Parameters | undefined, visit: Visit): boolean {
  return form?.get('step') === 'continue' && hasToken(form, visit)
}

function openedAnswer(
  { interaction, browser }: Visit,
  { secrets }: Pick<ProtocolParts, 'secrets'>,
): Answer | undefined {
  const { sealed_response } = interaction
  const opened = sealed_response === undefined ? undefined : secrets.openFor(browser.value, sealed_response)
  return opened === undefined ? undefined : (JSON.parse(opened) as Answer)
}

/** A yes, while its code can or could be redeemed and this browser is in its session; a no, while the interaction lasts. */
async function isWorthSending(answer: Answer, { interaction, request }: Visit, parts: ProtocolParts): Promise<boolean> {
  const at = parts.clock()
  if (answer.authorization_id === undefined) return at < interaction.expires_at
  const standing = await parts.authorizations.findStanding(answer.authorization_id)
  const client = standing && (await parts.clients.find(standing.authorization.client_id))
  if (standing === undefined || standingProblem(standing, client, at) !== undefined) return false
  const { redeemed_at, code_expires_at } = standing.authorization
  // The next person at this browser never gets the code of the one who has signed out, or whose cookie it lost (LO-05).
  const session = await findSession(readCookie(request, 'session'), parts, at)
  // Or in the one that came in its place, as by a double click: that one has not been ended.
  const goesOn = standing.session !== undefined && standing.session.ended_at === undefined
  const isTheirs = goesOn && session?.account_id === standing.authorization.account_id
  return isTheirs && redeemed_at === undefined && at < code_expires_at
}
