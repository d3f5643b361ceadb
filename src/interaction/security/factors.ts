/**
 * What a person does to their own factors. Adding, removing or replacing one needs a sign-in of the last minutes with
 * what the account has already: a browser found open, or a cookie stolen, changes nothing (SECURITY: AC-23).
 */
import type { Parameters } from '../../kernel/parameters.ts'
import { mostPasskeys } from '../../domain/passkeys.ts'
import type { HttpRequest } from '../../http/message.ts'
import { creationOptions, type ChallengePlace } from '../../identity/passkey.ts'
import { totpEnrolment } from '../../identity/totp.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { browserOf } from '../../protocol/authorize/browser.ts'
import type { Words } from '../../ui/words/en.ts'
import { eventBy } from '../account-news.ts'
import { enrolPasskey, enrolTotp, factorChange, passkeyName, recoveryCodesFor } from '../enrolment/enrol.ts'
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

/** The steps by what a form calls them. */
const steps: Readonly<Record<string, Step>> = {
  async totp_confirm(form, { account }, request, parts) {
    const enrolled = await enrolTotp(form, { account, request }, parts)
    if (enrolled.outcome === 'held') return { notice: 'totp_held' }
    if (enrolled.outcome === 'wrong_code') return { notice: 'totp_wrong', enrolment: enrolled.sealed }
    return { notice: 'totp_added', new_codes: enrolled.codes }
  },

  async totp_remove(_form, { account: { account_id } }, request, parts) {
    const removed = await factorChange(
      { event: 'factor_removed', account_id, detail: { factor: 'totp' }, letter: 'totp_removed', done: 'removed' },
      (news) => parts.oneTimeCodes.removeTotp(account_id, news),
      request,
      parts,
    )
    return { notice: removed === 'removed' ? 'totp_removed' : 'factor_unknown' }
  },

  async recovery_renew(_form, { account }, request, parts) {
    const { account_id } = account
    const { codes: new_codes, hashes } = recoveryCodesFor(account_id, parts)
    const replaced = await factorChange(
      {
        event: 'recovery_codes_renewed',
        account_id,
        letter: 'recovery_codes_renewed',
        proved: account,
        done: 'replaced',
      },
      (news) => parts.oneTimeCodes.replaceRecoveryCodes(account_id, hashes, parts.clock(), news),
      request,
      parts,
    )
    return replaced === 'replaced' ? { notice: 'recovery_renewed', new_codes } : { notice: 'factor_unknown' }
  },

  async passkey_add(form, who, request, parts) {
    const where = enrolmentPlace(who, request, parts)
    const enrolled = where && (await enrolPasskey(form, { account: who.account, request, where }, parts))
    return { notice: enrolled === 'enrolled' ? 'passkey_added' : 'passkey_refused' }
  },

  async passkey_rename(form, { account: { account_id } }, _request, parts) {
    const credential_id = form.get('credential_id') ?? ''
    const renamed = await parts.passkeys.rename(account_id, credential_id, passkeyName(form))
    return { notice: renamed === 'renamed' ? 'passkey_renamed' : 'factor_unknown' }
  },

  async passkey_remove(form, { account: { account_id } }, request, parts) {
    const credential_id = form.get('credential_id') ?? ''
    const which = { factor: 'passkey', credential_id }
    const removed = await factorChange(
      { event: 'factor_removed', account_id, detail: which, letter: 'passkey_removed', done: 'removed' },
      (news) => parts.passkeys.remove(account_id, credential_id, news),
      request,
      parts,
    )
    return { notice: removed === 'removed' ? 'passkey_removed' : 'factor_unknown' }
  },

  async upstream_remove(form, { account: { account_id } }, request, parts) {
    const identity_id = form.get('identity_id') ?? ''
    const outcome = await factorChange(
      {
        event: 'upstream_unlinked',
        account_id,
        detail: { identity_id },
        letter: 'upstream_unlinked',
        done: 'unlinked',
      },
      (news) => parts.upstreamIdentities.unlink(account_id, identity_id, news),
      request,
      parts,
    )
    if (outcome === 'last_way_in') return { notice: 'upstream_last' }
    return { notice: outcome === 'unlinked' ? 'upstream_removed' : 'factor_unknown' }
  },
}

const forgetBrowser: Step = async (form, { account: { account_id } }, request, parts) => {
  const remembered_id = form.get('remembered_id') ?? ''
  const outcome = await parts.rememberedBrowsers.forget(account_id, remembered_id)
  if (outcome !== 'forgotten') return { notice: 'factor_unknown' }
  const [event, detail] = ['browser_forgotten', { by: 'person', remembered_id }] as const
  await parts.auditEvents.append(eventBy(account_id, { event, detail }, request, parts.clock()))
  parts.log.info(event, { account_id, request_id: request.request_id })
  return { notice: event }
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
