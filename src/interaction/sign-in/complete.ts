/**
 * Where every way of proving who one is comes together: either what was proved is enough and a session begins, or it is
 * kept in the interaction's row and the rest is asked for. Until then there is no cookie and no right (SECURITY:
 * AC-24).
 */
import type { Seconds } from '../../kernel/time.ts'
import { stateOf, type Account } from '../../domain/account.ts'
import type { AcrWish } from '../../domain/authentication-context.ts'
import { missingContext, type HeldFactors, type MissingContext } from '../../domain/factors.ts'
import type { RememberedBrowsers } from '../../domain/remembered-browsers.ts'
import type { UpstreamIdentities, Upstreams } from '../../domain/upstream.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import { seeOther, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { EmailCodeParts } from '../../identity/email-code.ts'
import type { OneTimeCodeParts } from '../../identity/one-time-code.ts'
import { relyingParty, type PasskeyParts } from '../../identity/passkey.ts'
import type { SessionProof, SigningInBrowser } from '../../identity/session.ts'
import { completeSignIn, deviceCookieAge, type Credentials, type SignInParts } from '../../identity/sign-in.ts'
import type { AuthorizationRequest } from '../../protocol/authorize/request.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { signedInState } from '../../protocol/session-management/browser-state.ts'
import { acrValues, amrValues } from '../../vocabulary/authentication.ts'
import { addressOf, type Visit } from '../visit.ts'

/** What the steps of signing in are made with. */
export type SignInStepParts = ProtocolParts &
  SignInParts &
  OneTimeCodeParts &
  PasskeyParts &
  EmailCodeParts &
  UpstreamParts & { readonly rememberedBrowsers: RememberedBrowsers }

/** What signing in at other providers is made with. */
export interface UpstreamParts {
  readonly upstreams: Upstreams
  readonly upstreamIdentities: UpstreamIdentities
  /** Who may make an account whose address another provider has proved. */
  readonly accountRegistration: 'off' | 'any' | readonly string[]
}

/** A visit that shows one of the pages of signing in. */
export interface SignInVisit extends Visit {
  /** Absent on the way to a page of our own. */
  readonly authorizationRequest?: AuthorizationRequest
}

/** Somebody who has proved something. */
export interface Proof extends SessionProof {
  readonly account: Account
}

/** What was proved, what it lacks, and what the account has to prove it with. */
export interface OpenProof extends Proof, MissingContext {
  readonly held: HeldFactors
}

/** How long the first factor waits for the second. */
const proofTime: Seconds = 600

/** Takes a proof: signs the person in, or asks for what is missing. */
export async function proved(visit: SignInVisit, proof: Proof, parts: SignInStepParts): Promise<HttpResponse> {
  return seeOther(addressOf(visit, parts), await keepProof(visit, proof, parts))
}

/**
 * Keeps a proof: in a session where it is enough, otherwise in the interaction's row.
 *
 * @returns the header fields that make a session known to its browser
 */
export async function keepProof(
  visit: SignInVisit,
  proof: Proof,
  parts: SignInStepParts,
): Promise<HttpResponse['headers']> {
  const { account, amr, upstream } = proof
  if ((await missing(visit, proof, parts)) === undefined) return begin(visit, proof, parts)
  await parts.interactions.prove(visit.interaction.interaction_id, {
    account_id: account.account_id,
    amr,
    at: parts.clock(),
    account_state: stateOf(account),
    ...(upstream !== undefined && { upstream }),
  })
  return {}
}

/** Finds what was proved in this interaction and waits for more; undefined where nothing does, or no longer. */
export async function openProof(visit: SignInVisit, parts: SignInStepParts): Promise<OpenProof | undefined> {
  const { proven } = visit.interaction
  if (proven === undefined || parts.clock() - proven.at >= proofTime) return undefined
  const account = await parts.accounts.find(proven.account_id)
  // Looked at again: since its password was right an account may have been disabled (AC-08), or have got another one.
  if (account === undefined || account.disabled || stateOf(account) !== proven.account_state) return undefined
  const { amr, upstream } = proven
  const proof = { account, amr, ...(upstream !== undefined && { upstream }) }
  const lacks = await missing(visit, proof, parts)
  return lacks && { ...proof, ...lacks }
}

/** Adds to a proof that a one-time code was right. */
export function withOneTimeCode({ account, amr, upstream }: OpenProof): Proof {
  const both = [...amr, amrValues.one_time_code, amrValues.multi_factor]
  return { account, amr: both, ...(upstream !== undefined && { upstream }) }
}

/** Tells what a proof lacks, from rows alone: nothing that the browser says can make it less (BR-17, BR-23). */
async function missing(
  visit: SignInVisit,
  { account, amr }: Proof,
  parts: SignInStepParts,
): Promise<Pick<OpenProof, 'held' | 'acr' | 'by'> | undefined> {
  const { account_id } = account
  const [held, isRemembered] = await Promise.all([
    parts.factors.held(account_id),
    parts.rememberedBrowsers.isRemembered(account_id, visit.browser.hash, parts.clock()),
  ])
  const browser = isRemembered && mayBeRemembered(visit) ? 'remembered' : 'any'
  const lacks = missingContext({ held, wish: wishOf(visit), browser }, amr)
  // Where nothing can be set up that would do, the request is answered as for whoever cannot reach what it asks for.
  const isHopeless = lacks?.by === 'enrolment' && !canEnrol(lacks.acr, parts)
  return lacks === undefined || isHopeless ? undefined : { held, ...lacks }
}

/** An issuer at an IP address can have no passkeys, and nothing else reaches as far. */
function canEnrol(acr: string, { issuer }: SignInStepParts): boolean {
  return acr !== acrValues.phishing_resistant || relyingParty(issuer) !== undefined
}

function wishOf({ interaction, authorizationRequest }: SignInVisit): AcrWish {
  // A person who is about to connect an account elsewhere proves all they can, as for every other change of factors (AC-23).
  if (interaction.arrival !== undefined) return { values: [acrValues.multi_factor], kind: 'voluntary' }
  if (authorizationRequest !== undefined) return authorizationRequest.acr
  const { acr, required_acr } = interaction.purpose.kind === 'own_page' ? interaction.purpose : {}
  return { values: acr === undefined ? [] : [acr], kind: 'voluntary', least: required_acr }
}

/** A person who has to prove again that it is them proves all of it. */
function mayBeRemembered({ interaction: { purpose } }: SignInVisit): boolean {
  return purpose.kind !== 'own_page' || purpose.sign_in_again !== true
}

/** Reads what a browser brings along that signs somebody in. */
export function signingInBrowser(request: HttpRequest): SigningInBrowser & Pick<Credentials, 'device'> {
  const { address, request_id, headers } = request
  return {
    device: readCookie(request, 'device'),
    session: readCookie(request, 'session'),
    address,
    user_agent: headers['user-agent'] ?? '',
    request_id,
  }
}

async function begin(
  visit: SignInVisit,
  { account, ...proof }: Proof,
  parts: SignInStepParts,
): Promise<HttpResponse['headers']> {
  const { request, interaction } = visit
  const outcome = await completeSignIn(account, proof, signingInBrowser(request), parts)
  if (outcome === 'outdated') return {}
  const { session, session_cookie, device_cookie } = outcome
  await parts.interactions.signIn(interaction.interaction_id, session.session_id, session.auth_time)
  const cookies = [
    setCookie('session', session_cookie),
    setCookie('device', device_cookie, deviceCookieAge),
    ...signedInState(session, parts),
  ]
  return { 'set-cookie': cookies }
}
