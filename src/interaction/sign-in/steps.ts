/** The steps of proving who one is: which one is missing, and who takes which. The browser names a step and skips none. */
import type { Parameters } from '../../kernel/parameters.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { askForEnrolment, takeEnrolment } from '../enrolment/handler.ts'
import { askForSecondFactor, takeSecondFactor } from '../second-factor/handler.ts'
import { askForEmailCode, emailCodeStep, takeEmailAddress, takeEmailCode } from '../email-code/handler.ts'
import type { SecondFactorNotice } from '../second-factor/page.ts'
import { signedIn } from '../signed-in.ts'
import { addressOf, onward } from '../visit.ts'
import { anotherAccount } from '../way-back.ts'
import { acrValues } from '../../vocabulary/authentication.ts'
import { openProof, type OpenProof, type SignInStepParts, type SignInVisit } from './complete.ts'
import { askForSignIn, askForSignInAnew, takeSignIn, wantsAnotherAccount } from './handler.ts'
import { takePasskey } from './passkey.ts'
import { beginUpstream } from '../upstream/begin.ts'
import { askAboutArrival, takeConnection, takeNewAccount } from '../upstream/connect.ts'

/** Tells whether somebody is in the middle of signing in here, wants to as somebody else, or came from elsewhere. */
export async function isProofOpen(visit: SignInVisit, parts: SignInStepParts): Promise<boolean> {
  const { request, interaction } = visit
  if (wantsAnotherAccount(request) || interaction.arrival !== undefined) return true
  return (await openProof(visit, parts)) !== undefined
}

/** Tells whether what is missing is a password: a code by mail is less, and the request asks for one. */
function isPasswordWanted({ acr }: OpenProof): boolean {
  return acr === acrValues.password || acr === acrValues.upstream
}

/** Shows the page of the step that is missing. */
export async function askForProof(visit: SignInVisit, parts: SignInStepParts): Promise<HttpResponse> {
  const isAnother = wantsAnotherAccount(visit.request)
  const open = isAnother ? undefined : await openProof(visit, parts)
  if (open !== undefined && !isPasswordWanted(open)) return askForMore(visit, open, parts)
  const asked = isAnother ? undefined : await askAboutArrival(visit, parts)
  if (asked !== undefined) return asked
  const asks = await emailCodeStep(visit, parts)
  return asks === undefined ? askForSignIn(visit, parts) : askForEmailCode(visit, { asks }, parts)
}

/** What is set up on the way where the account has nothing that would do, and asked for where it has. */
function askForMore(
  visit: SignInVisit,
  open: OpenProof,
  parts: SignInStepParts,
  notice?: SecondFactorNotice & { readonly kind: 'passkey_refused' | 'form_expired' },
): HttpResponse {
  if (open.by === 'held') return askForSecondFactor(visit, open, parts, notice)
  const told = { form_expired: 'form_expired', passkey_refused: 'passkey_failed' } as const
  return askForEnrolment(visit, open, parts, notice && { notice: told[notice.kind] })
}

/** Shows that page after a form that was not made for this browser, or was made too long ago. */
export async function askForProofAnew(visit: SignInVisit, parts: SignInStepParts): Promise<HttpResponse> {
  const open = await openProof(visit, parts)
  if (open === undefined || isPasswordWanted(open)) return askForSignInAnew(visit, parts)
  return askForMore(visit, open, parts, { kind: 'form_expired' })
}

/** What a form of signing in may be for besides its own step: what was pressed says so, and each has its field. */
const otherWays = { start_again: 'start-again', credential: 'passkey', provider: 'upstream' } as const

/** Tells which step a form is for. */
export function stepOf(form: Parameters): string | undefined {
  const step = form.get('step')
  if (step !== 'sign-in' && step !== 'second-factor') return step
  const [, way = step] = Object.entries(otherWays).find(([field]) => form.has(field)) ?? []
  return way
}

/** Takes the step that a form is for; what is not a step, or cannot be taken now, leads to the one that is missing. */
export async function takeProof(visit: SignInVisit, form: Parameters, parts: SignInStepParts): Promise<HttpResponse> {
  switch (stepOf(form)) {
    case 'sign-in':
      return takeSignIn(visit, form, parts)
    case 'second-factor':
    case 'enrolment':
      return takeMore(visit, form, parts)
    case 'passkey':
      return (await takePasskey(visit, form, parts)) ?? askAfter({ kind: 'passkey_refused' }, visit, parts)
    case 'email-code-letter':
      return takeEmailAddress(visit, form.get('email'), parts)
    case 'email-code':
      return takeEmailCode(visit, form, parts)
    case 'upstream':
      return beginUpstream(visit, form.get('provider'), parts)
    case 'upstream-connect':
      return takeConnection(visit, form, parts)
    case 'upstream-account':
      return takeNewAccount(visit, form, parts)
    case 'start-again':
      await parts.interactions.prove(visit.interaction.interaction_id, undefined)
      return onward(visit, parts)
    default:
      return onward(visit, parts)
  }
}

/**
 * Takes what is proved or set up beside the first proof, for the account that the page named. Where that proof is over,
 * the person goes on if they are signed in by now, as by a double click, and never as somebody else (BR-22).
 */
async function takeMore(visit: SignInVisit, form: Parameters, parts: SignInStepParts): Promise<HttpResponse> {
  const open = await openProof(visit, parts)
  const named = form.get('account_id')
  const who = open ?? (await signedIn(visit.request, parts))
  const isOther = named !== undefined && who !== undefined && who.account.account_id !== named
  if (open === undefined && isOther) return seeOther(`${addressOf(visit, parts)}?${anotherAccount}`)
  if (open === undefined || isOther) return onward(visit, parts)
  if (stepOf(form) === 'second-factor') return takeSecondFactor(visit, open, form, parts)
  return open.by === 'enrolment' ? takeEnrolment(visit, open, form, parts) : onward(visit, parts)
}

async function askAfter(
  notice: SecondFactorNotice & { readonly kind: 'passkey_refused' },
  visit: SignInVisit,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const open = await openProof(visit, parts)
  if (open === undefined) return askForSignIn(visit, parts, { status: 400, notice })
  return askForMore(visit, open, parts, notice)
}
