/**
 * Setting up what a sign-in lacks, on the way: whoever has no second factor, and comes to what needs one, is in no dead
 * end (R3). The account has been proved in this interaction, some minutes ago at most, with all that it has (AC-23).
 */
import type { Parameters } from '../../kernel/parameters.ts'
import type { Account } from '../../domain/account.ts'
import { acrOf } from '../../domain/authentication-context.ts'
import { registeredItself } from '../../domain/client.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { creationOptions, type ChallengePlace } from '../../identity/passkey.ts'
import { totpEnrolment } from '../../identity/totp.ts'
import { acrNotReached } from '../../protocol/authorize/next-step.ts'
import { passkeyScriptSource } from '../../ui/passkey.ts'
import { acrValues } from '../../vocabulary/authentication.ts'
import { nameInDevices } from '../name-in-devices.ts'
import { ownPaths } from '../paths.ts'
import { deviceName } from '../security/device-name.ts'
import {
  keepProof,
  withOneTimeCode,
  type OpenProof,
  type SignInStepParts,
  type SignInVisit,
} from '../sign-in/complete.ts'
import { addressOf, onward, wordsOf } from '../visit.ts'
import { personView } from '../who.ts'
import { enrolPasskey, enrolTotp } from './enrol.ts'
import { enrolledPage, enrolmentPage, type EnrolmentNotice } from './page.ts'

/** The status of each answer. */
const statuses: Readonly<Record<EnrolmentNotice, number>> = { wrong_code: 400, passkey_failed: 400, form_expired: 403 }

/** What is told to somebody who has tried already. */
interface Told {
  readonly notice: EnrolmentNotice
  /** The sealed secret of the app whose first code was wrong. */
  readonly sealed?: string
}

/** Lets the person set up something that reaches what is missing. */
export function askForEnrolment(
  visit: SignInVisit,
  { account, acr }: OpenProof,
  parts: SignInStepParts,
  told?: Told,
): HttpResponse {
  const { request, authorizationRequest } = visit
  const words = wordsOf(visit, parts)
  const { account_id, username } = account
  const server = nameInDevices(parts)
  const options = creationOptions({ account, held: [], server }, placeOf(visit, account), parts)
  const takesApp = acr !== acrValues.phishing_resistant
  const named = { account_id, username, server }
  const enrolment = takesApp ? totpEnrolment(named, parts.clock(), parts, told?.sealed) : undefined
  const view = {
    home: parts.issuer,
    words,
    csrf_token: visit.csrf_token,
    person: personView(account),
    account_id,
    takes: takesApp ? ('any' as const) : ('passkey' as const),
    new_passkey:
      options === undefined ? undefined : { options, name: deviceName(request.headers['user-agent'] ?? '', words) },
    enrolment: enrolment && { ...enrolment, state: told?.sealed === undefined ? ('new' as const) : ('wrong' as const) },
    notice: told?.notice,
  }
  return page(told === undefined ? 200 : statuses[told.notice], enrolmentPage(view), {
    formAction: authorizationRequest === undefined ? 'self' : 'anywhere',
    scriptSource: passkeyScriptSource,
  })
}

/** Takes what was set up, or that it was not. */
export async function takeEnrolment(
  visit: SignInVisit,
  open: OpenProof,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  switch (form.get('enrol')) {
    case 'totp':
      return takeTotp(visit, open, form, parts)
    case 'passkey': {
      const enrolling = { account: open.account, request: visit.request, where: placeOf(visit, open.account) }
      const outcome = await enrolPasskey(form, enrolling, parts)
      // That it was made proves nothing, since nobody attests to it: it is used once, as it will be from now on.
      return outcome === 'enrolled'
        ? onward(visit, parts)
        : askForEnrolment(visit, open, parts, { notice: 'passkey_failed' })
    }
    case 'decline':
      return decline(visit, open, parts)
    default:
      return onward(visit, parts)
  }
}

async function takeTotp(
  visit: SignInVisit,
  open: OpenProof,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  if (open.acr === acrValues.phishing_resistant) return onward(visit, parts)
  const enrolled = await enrolTotp(form, { account: open.account, request: visit.request }, parts)
  if (enrolled.outcome === 'held') return onward(visit, parts)
  if (enrolled.outcome === 'wrong_code')
    return askForEnrolment(visit, open, parts, { notice: 'wrong_code', sealed: enrolled.sealed })
  const headers = await keepProof(visit, withOneTimeCode(open), parts)
  const view = {
    home: parts.issuer,
    words: wordsOf(visit, parts),
    codes: enrolled.codes,
    onward: addressOf(visit, parts),
  }
  return page(200, enrolledPage(view), { headers })
}

/**
 * Whoever would rather not goes back with a no that says why; to a client that nobody here vouches for nobody is sent
 * who has not signed in (policy A4).
 *
 * @throws `unmet_authentication_requirements`
 */
function decline({ authorizationRequest }: SignInVisit, { amr }: OpenProof, parts: SignInStepParts): HttpResponse {
  if (authorizationRequest === undefined || registeredItself(authorizationRequest.client))
    return seeOther(parts.issuer + ownPaths.account)
  const { client_id } = authorizationRequest.client
  throw acrNotReached({ client_id, acr_values: acrOf(amr) })
}

/** Of one person in one interaction: another one may go on with it in another tab. */
function placeOf({ browser, interaction }: SignInVisit, { account_id }: Account): ChallengePlace {
  return { browser: browser.value, place: `enrolment ${interaction.interaction_id} ${account_id}` }
}
