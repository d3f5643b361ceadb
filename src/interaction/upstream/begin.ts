/** Off to another provider. Everything that is to be known on the way back travels sealed in `state`. */
import { findProvider } from '../../domain/upstream.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { addressOf, onward, wordsOf } from '../visit.ts'
import type { SignInStepParts, SignInVisit } from '../sign-in/complete.ts'
import { newUpstreamProofs, sealState, type Freshness } from './state.ts'

/** Why somebody is back without having signed in elsewhere, as the query says it: it chooses a sentence and no more. */
const upstreamFailures = ['denied', 'unreachable', 'refused', 'not_fresh'] as const

/** Why somebody is back, in one word. */
export type UpstreamFailed = (typeof upstreamFailures)[number]

/** Sends the browser to a provider; while that does not answer, back to where it was, which says so. */
export async function beginUpstream(
  visit: SignInVisit,
  provider_id: string | undefined,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const provider = findProvider(parts.upstreams, provider_id)
  if (provider === undefined) return onward(visit, parts)
  const { interaction, browser, request } = visit
  const fresh = freshnessOf(visit)
  const proofs = newUpstreamProofs()
  const { interaction_id } = interaction
  const state = { interaction_id, provider: provider.id, ...proofs, begun_at: parts.clock(), ...(fresh && { fresh }) }
  const location = await parts.upstreams.begin(provider, {
    ...proofs,
    state: sealState(state, browser, parts),
    ui_locales: wordsOf(visit, parts).tag,
    ...(fresh && { max_age: fresh.max_age }),
  })
  if (location instanceof URL) return seeOther(location.href)
  const { failed, why } = location
  parts.log.warn('upstream_failed', { provider: provider.id, failed, why, request_id: request.request_id })
  return backWith(failed, visit, parts)
}

/** Sends the browser back to its interaction, which says what happened and what there is to do. */
export function backWith(
  failed: UpstreamFailed,
  visit: Pick<SignInVisit, 'interaction' | 'browser' | 'request'>,
  parts: Pick<SignInStepParts, 'issuer'>,
): HttpResponse {
  return seeOther(`${addressOf(visit, parts)}?upstream=${failed}`)
}

/** Reads what the query of an interaction says of it. */
export function failedUpstream({ request: { query } }: Pick<SignInVisit, 'request'>): UpstreamFailed | undefined {
  return upstreamFailures.find((failed) => query === `upstream=${failed}`)
}

/** What is demanded of people who sign in here is demanded there, too. */
function freshnessOf({ interaction, authorizationRequest }: SignInVisit): Freshness | undefined {
  const { purpose, arrival } = interaction
  if (authorizationRequest?.prompt.has('login') === true) return { max_age: 0, proof: 'required' }
  if (authorizationRequest?.max_age !== undefined) return { max_age: authorizationRequest.max_age, proof: 'required' }
  const isAgain = purpose.kind === 'own_page' && purpose.sign_in_again === true
  return isAgain || arrival !== undefined ? { max_age: 0, proof: 'wished' } : undefined
}
