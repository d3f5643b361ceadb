/** The second step of signing in, within the same interaction as the first. */
import type { Parameters } from '../../kernel/parameters.ts'
import { newId } from '../../kernel/ids.ts'
import { hasReached } from '../../domain/authentication-context.ts'
import { rememberedFor } from '../../domain/remembered-browsers.ts'
import { readCookie } from '../../http/cookies.ts'
import type { HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { spendCode } from '../../identity/one-time-code.ts'
import { longestUserAgent } from '../../identity/session.ts'
import { passkeyScriptSource } from '../../ui/passkey.ts'
import { acrValues } from '../../vocabulary/authentication.ts'
import { eventBy } from '../account-news.ts'
import { retryAfter } from '../retry-after.ts'
import { proved, withOneTimeCode, type OpenProof, type SignInStepParts, type SignInVisit } from '../sign-in/complete.ts'
import { passkeyRequest } from '../sign-in/passkey.ts'
import { onward, wordsOf } from '../visit.ts'
import { personView } from '../who.ts'
import { secondFactorPage, type SecondFactorNotice } from './page.ts'

/** The status of each answer. */
const statuses: Readonly<Record<SecondFactorNotice['kind'], number>> = {
  wrong_code: 400,
  passkey_refused: 400,
  throttled: 429,
  form_expired: 403,
}

/** Asks for what the proof lacks, by whatever the account has that reaches it. */
export function askForSecondFactor(
  visit: SignInVisit,
  { account, held, acr }: OpenProof,
  parts: SignInStepParts,
  notice?: SecondFactorNotice,
): HttpResponse {
  const { authorizationRequest } = visit
  const view = {
    home: parts.issuer,
    words: wordsOf(visit, parts),
    csrf_token: visit.csrf_token,
    person: personView(account),
    account_id: account.account_id,
    takes_code: held.totp && hasReached(acrValues.multi_factor, acr),
    passkey: held.passkeys > 0 ? passkeyRequest(visit, parts) : undefined,
    notice,
  }
  return page(notice === undefined ? 200 : statuses[notice.kind], secondFactorPage(view), {
    formAction: authorizationRequest === undefined ? 'self' : 'anywhere',
    scriptSource: passkeyScriptSource,
    headers: retryAfter(notice),
  })
}

/** Takes a code of the app, or a recovery code instead, and remembers the browser where that is ticked. */
export async function takeSecondFactor(
  visit: SignInVisit,
  proof: OpenProof,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const { request } = visit
  const { account, held } = proof
  if (!held.totp) return onward(visit, parts)
  const { account_id } = account
  const outcome = await spendCode(
    {
      account_id,
      code: form.get('one_time_code') ?? '',
      device: readCookie(request, 'device'),
      address: request.address,
      request_id: request.request_id,
    },
    parts,
  )
  if (outcome === 'wrong') return askForSecondFactor(visit, proof, parts, { kind: 'wrong_code' })
  if (typeof outcome === 'object') return askForSecondFactor(visit, proof, parts, { kind: 'throttled', ...outcome })
  if (form.get('remember_browser') === 'yes') await remember(visit, account_id, parts)
  if (outcome === 'recovery_code') {
    const what = { event: 'recovery_code_used', detail: { left: held.recovery_codes - 1 } }
    await parts.auditEvents.append(eventBy(account_id, what, request, parts.clock()))
  }
  return proved(visit, withOneTimeCode(proof), parts)
}

async function remember(
  { request, browser }: SignInVisit,
  account_id: string,
  { clock, rememberedBrowsers }: SignInStepParts,
): Promise<void> {
  const at = clock()
  await rememberedBrowsers.remember({
    remembered_id: newId(),
    account_id,
    browser_hash: browser.hash,
    user_agent: (request.headers['user-agent'] ?? '').slice(0, longestUserAgent),
    created_at: at,
    expires_at: at + rememberedFor,
  })
}
