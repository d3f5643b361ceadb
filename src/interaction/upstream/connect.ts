/**
 * A sign-in elsewhere that belongs to nobody here yet: its person says whose it is. Either they prove an account here
 * in this interaction, as for every change of what one signs in with, and connect it; or they make an account, where
 * people may and the address is proved. An address alone never decides (AC-20).
 */
import type { Account } from '../../domain/account.ts'
import { newAccount } from '../../domain/new-account.ts'
import { readOwnClaim } from '../../domain/own-claims.ts'
import { findProvider, type UpstreamArrival, type UpstreamIdentity } from '../../domain/upstream.ts'
import { userNameFault } from '../../domain/user-name.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { newId } from '../../kernel/ids.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { newsOf } from '../account-news.ts'
import { linkOver } from '../by-mail/link-over.ts'
import { isFresh } from '../fresh.ts'
import { invitedBehind, isAdmitted, letterBehind } from '../new-account/letter.ts'
import { proved, type SignInStepParts, type SignInVisit } from '../sign-in/complete.ts'
import { signedIn } from '../signed-in.ts'
import { addressOf, onward, wordsOf, type Visit } from '../visit.ts'
import { personView } from '../who.ts'
import { connectPage, newUpstreamAccountPage, type ConnectView, type NewUpstreamAccountView } from './page.ts'

/** The query that asks for the page on which an account is made. */
export const makeAccount = 'upstream=new'

/** Shows what there is to say about an arrival; undefined where the person has to sign in first. */
export async function askAboutArrival(visit: SignInVisit, parts: SignInStepParts): Promise<HttpResponse | undefined> {
  const { arrival } = visit.interaction
  if (arrival === undefined) return undefined
  if (visit.request.query === makeAccount && mayMakeAccount(visit, parts)) {
    return showNewAccount({ status: 200, username: suggestedName(arrival) }, arrival, visit, parts)
  }
  const account = await freshlySignedIn(visit, parts)
  return account && showConnect({ status: 200 }, { account, arrival }, visit, parts)
}

/** Takes the answer: connect the two, or go on without. */
export async function takeConnection(
  visit: SignInVisit,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const { arrival, interaction_id } = visit.interaction
  const account = await freshlySignedIn(visit, parts)
  const decision = form.get('decision')
  if (arrival === undefined) return onward(visit, parts)
  if (decision === 'connect') {
    // Nobody, or somebody else than the page named, here or elsewhere: signed in in another tab meanwhile.
    if (account === undefined || form.get('account_id') !== account.account_id) return onward(visit, parts)
    if (form.get('arrival') !== nameOf(arrival, parts)) return onward(visit, parts)
    const outcome = await linkTo(account, arrival, visit, parts)
    if (outcome === 'taken') return showConnect({ status: 409, notice: 'taken' }, { account, arrival }, visit, parts)
    if (outcome === 'outdated') return onward(visit, parts)
  }
  await parts.interactions.arrive(interaction_id, undefined)
  return goOn(visit, parts)
}

/**
 * Makes an account of what was proved elsewhere, with a name that the person chose, and signs them in. Whoever came by
 * a letter gets the address that it proved, whatever the provider says, and has then used the letter up (AC-33).
 */
export async function takeNewAccount(
  visit: SignInVisit,
  form: Parameters,
  parts: SignInStepParts,
): Promise<HttpResponse> {
  const { arrival, interaction_id } = visit.interaction
  if (arrival === undefined || !mayMakeAccount(visit, parts)) return onward(visit, parts)
  if (form.get('arrival') !== nameOf(arrival, parts)) return seeOther(`${addressOf(visit, parts)}?${makeAccount}`)
  const invited = await invitedBehind(visit, parts)
  if (letterBehind(visit) !== undefined && invited === undefined) return linkOver(visit.request, undefined, parts)
  const username = form.get('username') ?? ''
  const told = (status: number, notice: NewUpstreamAccountView['notice']) =>
    showNewAccount({ status, username, notice }, arrival, visit, parts)
  const fault = userNameFault(username)
  if (fault !== undefined) return told(400, fault)
  const claims = claimsFrom({ ...arrival, ...(invited && { email: invited.email }) })
  const account = newAccount({ username, claims }, parts.clock())
  const identity = identityOf(account, arrival, parts)
  const { account_id } = account
  const which = { username, by: invited?.token.purpose ?? 'upstream', provider: arrival.provider }
  const news = newsOf({ event: 'account_created', account_id, detail: which }, visit.request, parts)
  const spent = invited && { token_id: invited.token.token_id, at: parts.clock() }
  const outcome = await parts.accounts.createWith(identity, account, news, spent)
  if (outcome === 'login_taken') return told(409, 'taken')
  if (outcome === 'already_spent') return linkOver(visit.request, undefined, parts)
  await parts.interactions.arrive(interaction_id, undefined)
  // Connected in another tab meanwhile: to whom is found out by signing in there once more.
  if (outcome === 'identity_taken') return onward(visit, parts)
  parts.log.info('account_created', {
    account_id,
    address: visit.request.address,
    request_id: visit.request.request_id,
  })
  const { arrival: _spent, ...interaction } = visit.interaction
  return proved({ ...visit, interaction }, { account, amr: [], upstream: arrival.provider }, parts)
}

/**
 * Gives an identity elsewhere to an account, and puts it on record; `linked` too where the account has it already, as by a
 * double click or in another tab. `outdated`: the account is no longer as it was proved.
 */
export async function linkTo(
  account: Account,
  arrival: UpstreamArrival,
  visit: Visit,
  parts: SignInStepParts,
): Promise<'linked' | 'taken' | 'outdated'> {
  const identity = identityOf(account, arrival, parts)
  const { account_id, identity_id, provider } = identity
  const which = { identity_id, provider }
  const deed = {
    event: 'upstream_linked',
    account_id,
    detail: which,
    letter: 'upstream_linked',
    proved: account,
  } as const
  const outcome = await parts.upstreamIdentities.link(identity, newsOf(deed, visit.request, parts))
  const { address, request_id } = visit.request
  if (outcome === 'linked') {
    parts.log.info('upstream_linked', { account_id, provider, address, request_id })
    return 'linked'
  }
  const found = await parts.upstreamIdentities.find(arrival)
  if (found === undefined) return 'outdated'
  return found.account_id === account_id ? 'linked' : 'taken'
}

/**
 * Tells whether somebody may make an account of who arrived: a letter brought them, or people may and the address is
 * proved.
 */
export function mayMakeAccount(
  visit: SignInVisit,
  { accountRegistration }: Pick<SignInStepParts, 'accountRegistration'>,
): boolean {
  if (letterBehind(visit) !== undefined) return true
  const { email, email_proof } = visit.interaction.arrival ?? {}
  return email !== undefined && email_proof === 'believed' && isAdmitted(email, accountRegistration)
}

/** Says what an arrival is called. */
export function arrivalView({ provider, label }: UpstreamArrival, parts: SignInStepParts): ConnectView['elsewhere'] {
  return { provider: findProvider(parts.upstreams, provider)?.name ?? provider, label }
}

/** Who can change what they sign in with: as on the security page, not merely a browser that is signed in (AC-23). */
async function freshlySignedIn({ request }: Visit, parts: SignInStepParts): Promise<Account | undefined> {
  const who = await signedIn(request, parts)
  return who !== undefined && (await isFresh(who, parts)) ? who.account : undefined
}

function goOn(visit: SignInVisit, parts: SignInStepParts): HttpResponse {
  const { purpose } = visit.interaction
  const isFromOwnPage = purpose.kind === 'own_page' && purpose.connect !== undefined
  return isFromOwnPage ? seeOther(parts.issuer + purpose.path) : onward(visit, parts)
}

/** What nobody can write here as their name does not come from elsewhere either: clients and people would be shown it. */
function claimsFrom({ email, name: told = '' }: UpstreamArrival): Account['claims'] {
  const name = readOwnClaim('name', told) ?? undefined
  return { ...(name !== undefined && { name }), ...(email !== undefined && { email, email_verified: true }) }
}

function identityOf(
  { account_id }: Account,
  { issuer, subject, provider, label }: UpstreamArrival,
  { clock }: SignInStepParts,
): UpstreamIdentity {
  return { identity_id: newId(), account_id, issuer, subject, provider, label, created_at: clock() }
}

/** A suggestion for a user name, made of the name that the person has elsewhere. */
function suggestedName({ preferred_username, email }: UpstreamArrival): string {
  const written = (preferred_username ?? email ?? '').split('@', 1)[0] ?? ''
  const suggested = written
    .replaceAll(/[^a-z0-9.-]/gi, '')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, 64)
  return userNameFault(suggested) === undefined ? suggested : ''
}

function showConnect(
  { status, notice }: { readonly status: number; readonly notice?: ConnectView['notice'] },
  { account, arrival }: { readonly account: Account; readonly arrival: UpstreamArrival },
  visit: SignInVisit,
  parts: SignInStepParts,
): HttpResponse {
  const { account_id } = account
  const elsewhere = arrivalView(arrival, parts)
  const view = { ...frameOf(arrival, visit, parts), person: personView(account), account_id, elsewhere, notice }
  return page(status, connectPage(view))
}

function showNewAccount(
  { status, ...told }: Pick<NewUpstreamAccountView, 'username' | 'notice'> & { readonly status: number },
  arrival: UpstreamArrival,
  visit: SignInVisit,
  parts: SignInStepParts,
): HttpResponse {
  const view = { ...frameOf(arrival, visit, parts), elsewhere: arrivalView(arrival, parts), ...told }
  // What follows may be the answer to a client at once.
  return page(status, newUpstreamAccountPage({ ...view, sign_in: `${addressOf(visit, parts)}?from=upstream` }), {
    formAction: visit.authorizationRequest === undefined ? 'self' : 'anywhere',
  })
}

function frameOf(arrival: UpstreamArrival, visit: SignInVisit, parts: SignInStepParts) {
  const { csrf_token } = visit
  return { home: parts.issuer, words: wordsOf(visit, parts), csrf_token, arrival: nameOf(arrival, parts) }
}

/** Names an account elsewhere to its form, and tells nobody anything of it. */
function nameOf({ issuer, subject }: UpstreamArrival, { secrets }: SignInStepParts): string {
  return secrets.hash('arrival', JSON.stringify([issuer, subject]))
}
