/**
 * Where the browser comes back from another provider: one address for each, which is the redirect URI registered there.
 *
 * In order: whose `state` is it, and of which provider? is the interaction still open? was this answer taken before?
 * may this network try? Then the answer is redeemed and judged (`outside/upstreams.ts`), once, and leads to the account
 * that is connected; what is connected to none waits in the interaction for its person to say so (`connect.ts`). Every
 * way that ends leads back to the interaction, and from there on.
 */
import type { Account } from '../../domain/account.ts'
import {
  findProvider,
  upstreamRedirectUri,
  type UpstreamAnswer,
  type UpstreamFailure,
  type UpstreamIdentity,
  type UpstreamProvider,
  type UpstreamSignIn,
} from '../../domain/upstream.ts'
import { readForm } from '../../http/form.ts'
import { seeOther, type Handler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Seconds } from '../../kernel/time.ts'
import { browserOf } from '../../protocol/authorize/browser.ts'
import { ownerOf } from '../by-mail/owner.ts'
import { lostThread } from '../expired/handler.ts'
import { letterBehind } from '../new-account/letter.ts'
import { openPageHandler } from '../page-handler.ts'
import { proved, type SignInStepParts } from '../sign-in/complete.ts'
import { addressOf, onward, visitOf, type Visit } from '../visit.ts'
import { backWith } from './begin.ts'
import { linkTo, makeAccount } from './connect.ts'
import { openState, upstreamTime, type UpstreamState } from './state.ts'

const upstreamUnknown = refusal('invalid_request', 'upstream_unknown', 'Nobody signs in there to come here', 404)

/** How far the clocks of a provider and of ours may be apart. */
const skew: Seconds = 30

/** Makes the handler; the path parameter `id` names the provider. */
export function upstreamHandler(parts: SignInStepParts): Handler {
  return openPageHandler('upstream', parts, async (request) => {
    const provider = findProvider(parts.upstreams, request.params['id'])
    if (provider === undefined) throw upstreamUnknown()
    // A form from there brings no Lax cookie along; the GET that it becomes does (policy A7).
    if (request.method === 'POST') return seeOther(askedByGet(readForm(request), provider, parts))
    const found = await findBegun(request, provider, parts)
    if (found === undefined) return lostThread('cookie_lost', undefined, request, parts)
    const { visit, state } = found
    const { interaction } = visit
    // The interaction knows what to show when it is over, or when this very answer was taken before, as by a reload.
    if (interaction.finished_at !== undefined || interaction.expires_at <= parts.clock()) return onward(visit, parts)
    const spent = await parts.usedOnce.spend('upstream state', state.nonce, state.begun_at + upstreamTime)
    return spent === 'first' ? take(visit, state, provider, parts) : onward(visit, parts)
  })
}

function askedByGet(form: Parameters, provider: UpstreamProvider, { issuer }: SignInStepParts): string {
  const names = ['state', 'code', 'iss', 'error', 'error_description']
  const kept = Parameters.from(Object.fromEntries(names.map((name) => [name, form.get(name)])))
  return `${upstreamRedirectUri(issuer, provider)}?${kept.toString()}`
}

interface Begun {
  readonly visit: Visit
  readonly state: UpstreamState
}

/** Finds what this browser began with this provider; undefined for another browser's, another provider's and old ones. */
async function findBegun(
  request: HttpRequest,
  { id }: UpstreamProvider,
  parts: SignInStepParts,
): Promise<Begun | undefined> {
  const browser = browserOf(request, parts)
  const written = Parameters.read(request.query).get('state')
  const state = browser && written !== undefined ? openState(written, browser, parts) : undefined
  if (browser === undefined || state === undefined || state.provider !== id) return undefined
  if (parts.clock() >= state.begun_at + upstreamTime) return undefined
  const interaction = await parts.interactions.find(state.interaction_id)
  if (interaction === undefined || !sameSecret(browser.hash, interaction.browser_hash)) return undefined
  return { visit: visitOf({ request, interaction, browser }, parts), state }
}

async function take(
  visit: Visit,
  state: UpstreamState,
  provider: UpstreamProvider,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const { request, browser } = visit
  const { address, request_id } = request
  // Each costs the provider a request of ours, so it is counted as a try at a password is: for this browser and network.
  const attempt = { account: `upstream ${browser.hash}`, address }
  const throttled = await parts.throttle.attempt(attempt)
  const outcome = 'retry_after' in throttled ? tooMany : await finished(visit, state, provider, parts)
  if ('failed' in outcome) {
    parts.log.warn('upstream_failed', { provider: provider.id, ...outcome, address, request_id })
    return backWith(outcome.failed, visit, parts)
  }
  await parts.throttle.succeeded(attempt)
  if (!isFreshEnough(outcome, state)) {
    parts.log.warn('upstream_failed', { provider: provider.id, failed: 'not_fresh', address, request_id })
    return backWith('not_fresh', visit, parts)
  }
  return arrived(visit, outcome, parts)
}

const tooMany: UpstreamFailure = { failed: 'unreachable', why: 'too_many_attempts' }

function finished(
  { request }: Visit,
  { nonce, code_verifier }: UpstreamState,
  provider: UpstreamProvider,
  { upstreams }: SignInStepParts,
): Promise<UpstreamSignIn | UpstreamFailure> {
  const { query } = request
  const state = Parameters.read(query).get('state') ?? ''
  const answer: UpstreamAnswer = { nonce, code_verifier, query, state }
  return upstreams.finish(provider, answer)
}

/** OpenID Connect Core §3.1.2.1: a client that was promised a fresh sign-in is not given one that may not be fresh. */
function isFreshEnough({ auth_time }: UpstreamSignIn, { fresh, begun_at }: UpstreamState): boolean {
  if (fresh === undefined) return true
  if (auth_time === undefined) return fresh.proof === 'wished'
  return auth_time >= begun_at - fresh.max_age - skew
}

/** Somebody has signed in there: whose account is that here? */
async function arrived(visit: Visit, signIn: UpstreamSignIn, parts: SignInStepParts): Promise<HttpResponse> {
  const isToConnect = visit.interaction.purpose.kind === 'own_page' && visit.interaction.purpose.connect !== undefined
  const identity = isToConnect ? undefined : await parts.upstreamIdentities.find(signIn)
  if (identity !== undefined) return asConnected(identity, visit, signIn, parts)
  const owner = isToConnect ? undefined : await believedOwner(signIn, parts)
  if (owner !== undefined && (await linkTo(owner, signIn, visit, parts)) === 'linked') {
    return signedIn(owner, visit, signIn, parts)
  }
  const { auth_time: _when, amr: _how, ...arrival } = signIn
  await parts.interactions.arrive(visit.interaction.interaction_id, arrival)
  return seeOther(`${addressOf(visit, parts)}?${letterBehind(visit) === undefined ? 'from=upstream' : makeAccount}`)
}

async function asConnected(
  { account_id, identity_id }: UpstreamIdentity,
  visit: Visit,
  signIn: UpstreamSignIn,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const account = await parts.accounts.find(account_id)
  if (account === undefined || account.disabled) {
    const { address, request_id } = visit.request
    parts.log.warn('sign_in_refused', { reason: 'account_disabled', account_id, address, request_id })
    return backWith('refused', visit, parts)
  }
  await parts.upstreamIdentities.use(identity_id, parts.clock())
  return signedIn(account, visit, signIn, parts)
}

/** AC-20: an address joins two accounts only where both sides have it proved, and the operator believes that provider. */
async function believedOwner(
  { email, email_proof }: UpstreamSignIn,
  parts: SignInStepParts,
): Promise<Account | undefined> {
  return email === undefined || email_proof === 'not_believed' ? undefined : ownerOf(email, parts)
}

/** Whatever else is asked for, such as the account's own second factor, is asked for here as after a password. */
function signedIn(
  account: Account,
  visit: Visit,
  { provider, auth_time, amr }: UpstreamSignIn,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  return proved(visit, { account, amr, upstream: provider, ...(auth_time !== undefined && { auth_time }) }, parts)
}
