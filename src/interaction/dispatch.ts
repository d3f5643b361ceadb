/**
 * The browser's steps: one address for each interaction. GET shows whatever is missing, POST takes one step of it.
 *
 * A request passes these questions in order, and no page is a dead end: was the form sent from here? is the row there?
 * is it this browser's? is it answered already, or too old? is the request behind it still good? Then what is missing
 * is computed from rows alone each time (`nextStep`), whatever the form says it is: no step can be skipped. The steps
 * themselves are in `sign-in/`, `second-factor/` and `consent/`; how it ends is in `closing.ts`.
 */
import { sameSecret } from '../kernel/hash.ts'
import type { Parameters } from '../kernel/parameters.ts'
import { OAuthError } from '../kernel/refusal.ts'
import type { Account } from '../domain/account.ts'
import { registeredItself } from '../domain/client.ts'
import type { Interaction, InteractionPurpose, StoredRequest } from '../domain/interaction.ts'
import { readForm } from '../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { browserOf } from '../protocol/authorize/browser.ts'
import { answerWithoutAsking, stepFor } from '../protocol/authorize/endpoint.ts'
import { checkedAsResolved, resolvedAgain, targetAsResolved } from '../protocol/authorize/resolve.ts'
import { answerAgain, close, closeWithError } from './closing.ts'
import { askForConsent, takeDecision } from './consent/handler.ts'
import { toDevice } from './device-code/answer.ts'
import { linkOver } from './by-mail/link-over.ts'
import { lostThread, startAgain } from './expired/handler.ts'
import { invitedBehind, pathOf } from './new-account/letter.ts'
import { pageHandler } from './page-handler.ts'
import { ownPaths } from './paths.ts'
import type { SignInStepParts } from './sign-in/complete.ts'
import { beginUpstream, failedUpstream } from './upstream/begin.ts'
import { askForProof, askForProofAnew, isProofOpen, stepOf, takeProof } from './sign-in/steps.ts'
import { signedIn } from './signed-in.ts'
import { besideInteraction } from './way-back.ts'
import { hasToken, onward, visitOf, type AuthorizationVisit, type Visit } from './visit.ts'

/** Makes the handler of `/interaction/:id`, for GET and POST. */
export function interactionHandler(parts: SignInStepParts): Handler {
  return pageHandler('interaction', parts, async (request) => {
    const interaction = await parts.interactions.find(request.params['id'] ?? '')
    if (interaction === undefined) return lostThread('expired', undefined, request, parts)
    return answered(request, interaction, parts)
  })
}

async function answered(request: HttpRequest, interaction: Interaction, parts: SignInStepParts): Promise<HttpResponse> {
  const browser = browserOf(request, parts)
  if (browser === undefined || !sameSecret(browser.hash, interaction.browser_hash)) {
    // Somebody else's link, or this browser got a new cookie since: it goes through the same request on its own.
    const begin =
      browser !== undefined && request.method !== 'POST' ? startAgain(interaction.purpose, parts) : undefined
    if (begin !== undefined) return seeOther(begin)
    return lostThread('cookie_lost', interaction.purpose, request, parts)
  }
  const visit = visitOf({ request, interaction, browser }, parts)
  const form = request.method === 'POST' ? readForm(request, 'any') : undefined
  if (interaction.finished_at !== undefined) return answeredBefore(visit, form, parts)
  if (interaction.expires_at <= parts.clock()) return lostThread('expired', interaction.purpose, request, parts)
  const { purpose } = interaction
  if (purpose.kind === 'device') return toDevice(visit, purpose, form, parts)
  if (purpose.kind === 'own_page') return toOwnPage(visit, purpose, form, parts)
  return forAuthorization(visit, purpose.request, form, parts)
}

/** Sends the answer again, unless the form is to sign in somebody else than the one who gave it (BR-22). */
async function answeredBefore(
  visit: Visit,
  form: Parameters | undefined,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const who = form && (await signedIn(visit.request, parts))
  return form && who && (await isToSignInAnother(form, who.account, parts))
    ? lostThread('finished', visit.interaction.purpose, visit.request, parts)
    : answerAgain(visit, form, parts)
}

async function isToSignInAnother(form: Parameters, account: Account, parts: SignInStepParts): Promise<boolean> {
  const named = form.get('account_id')
  if (named !== undefined) return named !== account.account_id
  return stepOf(form) === 'sign-in' && !(await isLoginOf(account, form.get('username'), parts))
}

/** Signs the person in on the way to a page of our own. The path was stored by us: no address is taken from the browser. */
async function toOwnPage(
  visit: Visit,
  { path, sign_in_again, connect, letter }: Extract<InteractionPurpose, { readonly kind: 'own_page' }>,
  form: Parameters | undefined,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const { arrival, session_id } = visit.interaction
  // The person has not signed in elsewhere: the page of the letter says what else there is to do.
  if (letter !== undefined && arrival === undefined && session_id === undefined) return backToLetter(visit, parts)
  const who = await signedIn(visit.request, parts)
  // In this very interaction, not merely in the same second: it may have been with less than is asked for here.
  const isDone = who !== undefined && (sign_in_again !== true || who.session.session_id === session_id)
  if (!isDone || arrival !== undefined) return signInFirst(visit, form, parts)
  // A way on for those who come back empty-handed, or have answered already; for everybody else, what they pressed at first.
  const isAnswered = form !== undefined && stepOf(form) === 'upstream-connect'
  if (connect === undefined || isAnswered || failedUpstream(visit) !== undefined) return seeOther(parts.issuer + path)
  return beginUpstream(visit, connect, parts)
}

async function backToLetter(visit: Visit, parts: SignInStepParts): Promise<HttpResponse> {
  const invited = await invitedBehind(visit, parts)
  if (invited === undefined) return linkOver(visit.request, undefined, parts)
  const failed = failedUpstream(visit)
  return seeOther(parts.issuer + pathOf(invited, parts) + (failed === undefined ? '' : `?upstream=${failed}`))
}

/** The steps of signing in, where they are all that is missing. */
async function signInFirst(visit: Visit, form: Parameters | undefined, parts: SignInStepParts): Promise<HttpResponse> {
  if (form === undefined) return askForProof(visit, parts)
  return hasToken(form, visit) ? takeProof(visit, form, parts) : askForProofAnew(visit, parts)
}

async function forAuthorization(
  visit: Visit,
  stored: StoredRequest,
  form: Parameters | undefined,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const resolved = await resolvedAgain(stored, visit.request.address, parts)
  const target = await targetAsResolved(resolved, parts)
  if (await isAnsweredElsewhere(stored, parts))
    return lostThread('finished', visit.interaction.purpose, visit.request, parts)
  try {
    const authorizationRequest = await checkedAsResolved(target, resolved, parts)
    const next = await stepFor(visit.request, authorizationRequest, visit.interaction, parts)
    const whole = { ...visit, authorizationRequest, next }
    return form === undefined ? await show(whole, parts) : await take(whole, form, parts)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    // Policy A4: nobody is sent on to a client that nobody here vouches for before they have signed in.
    const isStranger = registeredItself(target.client)
    if (isStranger && (await signedIn(visit.request, parts)) === undefined) return signInFirst(visit, form, parts)
    return closeWithError(error, visit, target, parts)
  }
}

/** Tells whether a pushed request, which has one answer, got it in another interaction: another tab, or another device. */
async function isAnsweredElsewhere(
  { pushed_request_id }: StoredRequest,
  { pushedRequests }: Pick<SignInStepParts, 'pushedRequests'>,
): Promise<boolean> {
  if (pushed_request_id === undefined) return false
  const pushed = await pushedRequests.find(pushed_request_id)
  return pushed === undefined || pushed.spent_at !== undefined
}

/** Shows what is missing; where nothing is, the answer leaves. */
async function show(visit: AuthorizationVisit, parts: SignInStepParts): Promise<HttpResponse> {
  const { request, authorizationRequest, next } = visit
  if (next.step === 'sign_in' && wantsToRegister(visit))
    return seeOther(besideInteraction(ownPaths.newAccount, visit.interaction.interaction_id, parts))
  if (next.step === 'sign_in' || (await isProofOpen(visit, parts))) return askForProof(visit, parts)
  if (next.step === 'consent') return askForConsent(visit, next.account, parts)
  const answer = await answerWithoutAsking(request, authorizationRequest, next, parts)
  return answer === undefined ? onward(visit, parts) : close(answer, visit, authorizationRequest.target, parts)
}

/** Initiating User Registration 1.0 §4.1: the client asks for a new account; who came back from making one signs in. */
function wantsToRegister({ request, authorizationRequest }: AuthorizationVisit): boolean {
  return authorizationRequest.prompt.has('create') && request.query === ''
}

/** Takes the step that a form is for, where that step can be taken now; otherwise shows what is missing. */
async function take(visit: AuthorizationVisit, form: Parameters, parts: SignInStepParts): Promise<HttpResponse> {
  const { next } = visit
  if (!hasToken(form, visit)) {
    return next.step === 'sign_in'
      ? askForProofAnew(visit, parts)
      : askForConsent(visit, next.account, parts, 'form_expired')
  }
  if (form.get('step') === 'consent') {
    const canDecide = next.step === 'consent' || next.step === 'answer'
    return canDecide ? takeDecision(visit, next, form, parts) : onward(visit, parts)
  }
  const isDone =
    stepOf(form) === 'sign-in' &&
    visit.interaction.arrival === undefined &&
    next.step !== 'sign_in' &&
    (await isLoginOf(next.account, form.get('username'), parts))
  return isDone ? onward(visit, parts) : takeProof(visit, form, parts)
}

/**
 * Tells whether what was typed names the account that is signed in already, in another tab: then there is nothing to
 * prove. Whoever typed another name means another account, and must not go on as this one.
 */
async function isLoginOf(account: Account, login: string | undefined, parts: SignInStepParts): Promise<boolean> {
  if (login === undefined) return true
  return (await parts.accounts.findByLogin(login))?.account_id === account.account_id
}
