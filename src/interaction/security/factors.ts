/**
 * What a person does to their own factors. Adding, removing or replacing one needs a sign-in of the last minutes with
 * what the account has already: a browser found open, or a cookie stolen, changes nothing (SECURITY: AC-23).
 */
import type { Parameters } from '../../kernel/parameters.ts'
import type { News } from '../../domain/news.ts'
import { mostPasskeys } from '../../domain/passkeys.ts'
import type { HttpRequest } from '../../http/message.ts'
import { creationOptions, type ChallengePlace } from '../../identity/passkey.ts'
import { totpEnrolment } from '../../identity/totp.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { browserOf } from '../../protocol/authorize/browser.ts'
import type { Words } from '../../ui/words/en.ts'
import type { Deed } from '../account-news.ts'
import { enrolPasskey, enrolTotp, passkeyName, recoveryCodesFor, told as toldOf } from '../enrolment/enrol.ts'
import { isFresh } from '../fresh.ts'
import { nameInDevices } from '../name-in-devices.ts'
import type { SignInStepParts } from '../sign-in/complete.ts'
import { deviceName } from './device-name.ts'
import type { FactorsView } from './factors-page.ts'
import type { FactorNotice } from './page.ts'

/** What came of a step; the codes and the enrolment are shown with it, once. */
export interface FactorOutcome {
  readonly notice: FactorNotice
  readonly new_codes?: readonly string[]
  /** The sealed secret of the app whose first code was wrong. */
  readonly enrolment?: string
}

type Step = (form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) => Promise<FactorOutcome>

const steps: Readonly<Record<string, Step>> = {
  totp_confirm: confirmTotp,
  totp_remove: removeTotp,
  recovery_renew: renewRecoveryCodes,
  passkey_add: addPasskey,
  passkey_rename: renamePasskey,
  passkey_remove: removePasskey,
  upstream_remove: removeUpstream,
}

/** Takes the step that a form is for; `sign_in_again` where it needs that first. A form without one is not asked about. */
export async function takeFactorStep(
  form: Parameters,
  who: Answerer,
  request: HttpRequest,
  parts: SignInStepParts,
): Promise<FactorOutcome | 'sign_in_again'> {
  const name = form.get('factor') ?? ''
  // It can only make this browser ask for more: somebody who found it open may do that.
  if (name === 'browser_forget') return forgetBrowser(form, who, request, parts)
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined
  if (step === undefined || !(await isFresh(who, parts))) return 'sign_in_again'
  return step(form, who, request, parts)
}

/** Gathers what the sections show. */
export async function factorsView(
  who: Answerer,
  request: HttpRequest,
  parts: SignInStepParts,
  { words, outcome }: { readonly words: Words; readonly outcome?: FactorOutcome | undefined },
): Promise<FactorsView> {
  const { account_id, username } = who.account
  const at = parts.clock()
  const [state, held, totp, passkeys, remembered] = await Promise.all([
    isFresh(who, parts),
    parts.factors.held(account_id),
    parts.oneTimeCodes.findTotp(account_id),
    parts.passkeys.listByAccount(account_id),
    parts.rememberedBrowsers.listByAccount(account_id, at),
  ])
  const server = nameInDevices(parts)
  const named = { account_id, username, server }
  const enrolment = state && totp === undefined ? totpEnrolment(named, at, parts, outcome?.enrolment) : undefined
  const where = enrolmentPlace(who, request, parts)
  const canAdd = state && passkeys.length < mostPasskeys && where !== undefined
  const options = canAdd ? creationOptions({ account: who.account, held: passkeys, server }, where, parts) : undefined
  const user_agent = request.headers['user-agent'] ?? ''
  return {
    state: state ? 'open' : 'locked',
    passkeys,
    new_passkey: options === undefined ? undefined : { options, name: deviceName(user_agent, words) },
    totp_since: totp?.created_at,
    enrolment: enrolment && { ...enrolment, state: outcome?.enrolment === undefined ? 'new' : 'wrong' },
    recovery_codes: held.recovery_codes,
    new_codes: outcome?.new_codes ?? [],
    remembered: remembered.map((browser) => ({ ...browser, device: deviceName(browser.user_agent, words) })),
  }
}

async function confirmTotp(form: Parameters, { account }: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const enrolled = await enrolTotp(form, { account, request }, parts)
  if (enrolled.outcome === 'held') return { notice: 'factor_unknown' } as const
  if (enrolled.outcome === 'wrong_code') return { notice: 'totp_wrong', enrolment: enrolled.sealed } as const
  return { notice: 'totp_added', new_codes: enrolled.codes } as const
}

async function removeTotp(_form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const deed = { event: 'factor_removed', detail: { factor: 'totp' }, letter: 'totp_removed' } as const
  const news = told(deed, who, request, parts)
  const removed = await parts.oneTimeCodes.removeTotp(who.account.account_id, news)
  return { notice: removed === 'removed' ? 'totp_removed' : 'factor_unknown' } as const
}

async function renewRecoveryCodes(_form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const { account_id } = who.account
  const { codes: new_codes, hashes } = recoveryCodesFor(account_id, parts)
  const news = told({ event: 'recovery_codes_renewed', letter: 'recovery_codes_renewed' }, who, request, parts)
  const replaced = await parts.oneTimeCodes.replaceRecoveryCodes(account_id, hashes, parts.clock(), news)
  if (replaced !== 'replaced') return { notice: 'factor_unknown' } as const
  return { notice: 'recovery_renewed', new_codes } as const
}

async function forgetBrowser(form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const remembered_id = form.get('remembered_id') ?? ''
  const { event } = told({ event: 'browser_forgotten', detail: { remembered_id } }, who, request, parts)
  const outcome = await parts.rememberedBrowsers.forget(who.account.account_id, remembered_id)
  if (outcome !== 'forgotten') return { notice: 'factor_unknown' } as const
  if (event !== undefined) await parts.auditEvents.append(event)
  return { notice: 'browser_forgotten' } as const
}

async function addPasskey(form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const where = enrolmentPlace(who, request, parts)
  if (where === undefined) return { notice: 'passkey_refused' } as const
  const outcome = await enrolPasskey(form, { account: who.account, request, where }, parts)
  return { notice: outcome === 'enrolled' ? 'passkey_added' : 'passkey_refused' } as const
}

async function renamePasskey(form: Parameters, who: Answerer, _request: HttpRequest, parts: SignInStepParts) {
  const credential_id = form.get('credential_id') ?? ''
  const renamed = await parts.passkeys.rename(who.account.account_id, credential_id, passkeyName(form))
  return { notice: renamed === 'renamed' ? 'passkey_renamed' : 'factor_unknown' } as const
}

async function removePasskey(form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const credential_id = form.get('credential_id') ?? ''
  const which = { factor: 'passkey', credential_id }
  const news = told({ event: 'factor_removed', detail: which, letter: 'passkey_removed' }, who, request, parts)
  const removed = await parts.passkeys.remove(who.account.account_id, credential_id, news)
  return { notice: removed === 'removed' ? 'passkey_removed' : 'factor_unknown' } as const
}

async function removeUpstream(form: Parameters, who: Answerer, request: HttpRequest, parts: SignInStepParts) {
  const identity_id = form.get('identity_id') ?? ''
  const deed = { event: 'upstream_unlinked', detail: { identity_id }, letter: 'upstream_unlinked' } as const
  const outcome = await parts.upstreamIdentities.unlink(
    who.account.account_id,
    identity_id,
    told(deed, who, request, parts),
  )
  if (outcome === 'last_way_in') return { notice: 'upstream_last' } as const
  return { notice: outcome === 'unlinked' ? 'upstream_removed' : 'factor_unknown' } as const
}

/** A new passkey is made in one browser, for one session: a challenge from before the sign-in is worth nothing. */
function enrolmentPlace(
  { session }: Answerer,
  request: HttpRequest,
  parts: SignInStepParts,
): ChallengePlace | undefined {
  const browser = browserOf(request, parts)
  return browser && { browser: browser.value, place: `new passkey ${session.session_id}` }
}

function told(
  deed: Omit<Deed, 'account_id'>,
  { account: { account_id } }: Answerer,
  request: HttpRequest,
  parts: SignInStepParts,
): News {
  return toldOf({ ...deed, account_id }, request, parts)
}
