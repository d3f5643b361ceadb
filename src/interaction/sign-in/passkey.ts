/** Signing in with a passkey: the form of it, and what its answer proves. */
import type { Parameters } from '../../kernel/parameters.ts'
import type { HttpResponse } from '../../http/message.ts'
import { provePasskey, requestOptions, type ChallengePlace } from '../../identity/passkey.ts'
import { openProof, proved, type SignInStepParts, type SignInVisit } from './complete.ts'

function placeOf({ browser, interaction }: SignInVisit): ChallengePlace {
  return { browser: browser.value, place: `sign-in ${interaction.interaction_id}` }
}

/** Spells what the browser is asked for; undefined where this server can have no passkeys. */
export function passkeyRequest(visit: SignInVisit, parts: SignInStepParts): string | undefined {
  return requestOptions(placeOf(visit), parts)
}

/**
 * Takes a passkey's answer. After a first factor it counts for the same account alone, and both are told.
 *
 * @returns undefined where it proved nothing
 */
export async function takePasskey(
  visit: SignInVisit,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse | undefined> {
  const { address, request_id } = visit.request
  const before = await openProof(visit, parts)
  const proof = await provePasskey(form.get('credential') ?? '', placeOf(visit), parts)
  const isOther = before !== undefined && before.account.account_id !== proof?.account.account_id
  if (proof === undefined || isOther) {
    parts.log.warn('sign_in_refused', {
      reason: proof === undefined ? 'passkey_wrong' : 'passkey_of_another',
      account_id: proof?.account.account_id,
      address,
      request_id,
    })
    return undefined
  }
  return proved(visit, { account: proof.account, amr: [...(before?.amr ?? []), ...proof.amr] }, parts)
}
