/**
 * The refresh token grant: RFC 6749 §6, with rotation as RFC 9700 §4.14.2 asks, and with an answer that can be lost.
 *
 * A chain has one live token. Using it makes the next, in one conditional statement. Whoever repeats that very request
 * inside the client's replay window gets the very same answer, sealed for the holder of the token it spent. A token
 * older than that, outside its window, is in two hands: the whole chain ends, which is one device, never all of them.
 *
 * Where a key is proved, and the token is bound to it or its client has proved who it is, the token stays (policy A3):
 * nobody else could use it, so replacing it would only make answers that can be lost.
 */
import { newId } from '../../kernel/ids.ts'
import { Bindings } from '../../kernel/binding.ts'
import { networkKey } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { RefreshState, Standing } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import { standingProblem } from '../../domain/standing.ts'
import type { Permission } from '../../domain/grant.ts'
import type { TokenResponse } from '../../vocabulary/token-response.ts'
import { scopeBlank, scopeValues } from '../authorize/scope.ts'
import { isPublic } from '../client-authentication/authenticate.ts'
import { confirmationOf, holds, isBound } from '../confirmation.ts'
import { filling, type TokenRequestDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import { chosenTarget, draftTokenRequest, type GrantType, type TokenRequest } from './grant-type.ts'
import { grantPaused, mint, type Minted, type Spend } from './mint.ts'

const tokenMissing = refusal('invalid_request', 'refresh_token_missing', 'refresh_token is required')
const tell = 'The refresh token is not valid for this request'
const tokenUnknown = refusal('invalid_grant', 'refresh_token_unknown', tell)
const tokenOfAnotherClient = refusal('invalid_grant', 'refresh_token_of_another_client', tell)
const tokenOfAnotherKey = refusal('invalid_grant', 'refresh_token_of_another_key', tell)
const tokenExpired = refusal('invalid_grant', 'refresh_token_expired', tell)
const tokenReplaced = refusal('invalid_grant', 'refresh_token_replaced', tell)
const tokenReused = refusal('invalid_grant', 'refresh_token_reused', tell)
const chainEnded = refusal('invalid_grant', 'refresh_token_ended', tell)
const scopeNotGranted = refusal('invalid_scope', 'scope_not_granted', 'scope has a value that was not granted')

/** How many earlier tokens of a chain are remembered at most while their windows last. */
const longestMemory = 32

/** A presented refresh token, found in its chain. */
interface Presented {
  readonly value: string
  readonly hash: string
  readonly standing: Standing
  readonly chain: RefreshState
}

export const refreshToken = {
  grant_type: 'refresh_token',

  async answer(request, parts) {
    const first = await presentedToken(request, parts)
    const { standing } = first
    const { permissions, bindings } = standing.authorization
    const on = { standing, permissions, bindings: new Bindings(bindings) }
    const draft = await draftTokenRequest(request, 'refresh_token', on, parts)
    const answer = await used(draft, first, parts)
    // Lost to a twin of this request: what the twin got is in the row now.
    return answer ?? replayed(draft, await presentedToken(request, parts), parts)
  },
} satisfies GrantType

/** Uses a live token; undefined when another request was quicker. A token that is not live gets what `replayed` says. */
async function used(
  draft: TokenRequestDraft,
  presented: Presented,
  parts: ProtocolParts,
): Promise<TokenResponse | undefined> {
  const { standing, chain } = presented
  const { authorization } = standing
  if (presented.hash !== chain.refresh_hash) return replayed(draft, presented, parts)
  const { client, bindings } = draft
  const detail = { client_id: client.client_id, grant_id: authorization.grant_id }
  // RT-20: whoever has the token without its key gets nothing by it, and ends nothing either.
  if (!isHolder(draft, chain)) throw tokenOfAnotherKey(detail)
  if (chain.refresh_expires_at <= parts.clock()) throw tokenExpired(detail)
  const asked = { ...draft, permissions: narrowed(authorization.permissions, draft) }
  for (const feature of filling(parts.features, 'tokenRequest')) await feature.tokenRequest(asked, parts)
  const { permissions } = asked
  const from = draft.request
  const target = chosenTarget(asked, standing)
  const asks = { client, grant_type: 'refresh_token', from, standing, permissions, target, bindings }
  const { value, hash } = presented
  const minted = isKept(draft, chain)
    ? await mint({ ...asks, kept: { value, hash } }, extend(presented, client, parts), parts)
    : await mint(asks, (tokens, at) => rotate({ request: draft, presented, tokens, at }, parts), parts)
  return minted === 'lost' ? undefined : minted
}

function isHolder({ bindings }: TokenRequestDraft, { cnf = {} }: RefreshState): boolean {
  return holds(confirmationOf(bindings), cnf)
}

/** RFC 9700 §2.2.2: a public client's stays only while the chain itself is bound to the key, not just its access tokens. */
function isKept({ client, bindings }: TokenRequestDraft, { cnf }: RefreshState): boolean {
  return isBound(confirmationOf(bindings)) && (cnf !== undefined || !isPublic(client))
}

/** Spends nothing but time: the same condition decides as for a rotation, and the same token is live after it. */
function extend({ hash, standing, chain }: Presented, client: Client, { authorizations }: ProtocolParts): Spend {
  return async ({ refresh }, at) => {
    if (refresh === undefined) throw new Error('A refresh without a refresh token')
    const outcome = await authorizations.extend({
      authorization_id: standing.authorization.authorization_id,
      presented_hash: hash,
      refresh_expires_at: refresh.expires_at,
      earlier: remembered(chain, client, at),
      at,
    })
    return outcome === 'extended' ? 'spent' : 'lost'
  }
}

async function presentedToken(request: TokenRequest, parts: ProtocolParts): Promise<Presented> {
  const { parameters, client } = request
  const { secrets, authorizations } = parts
  const value = parameters.get('refresh_token')
  const detail = { client_id: client.client_id }
  if (value === undefined) throw tokenMissing(detail)
  const read = secrets.read('refresh_token', value)
  const standing = read && (await authorizations.findStanding(read.id))
  const chain = standing?.authorization.refresh
  if (read === undefined || standing === undefined || chain === undefined) throw tokenUnknown(detail)
  const presented = { value, hash: read.hash, standing, chain }
  return standing.authorization.client_id === client.client_id
    ? presented
    : refuseOtherClient(request, presented, parts)
}

/**
 * RFC 6749 §6: a token is bound to the client it was issued to. Another one that shows the live token does the chain no
 * harm; one that shows a token which was replaced shows that it is in two hands (RT-04).
 */
async function refuseOtherClient(
  request: TokenRequest,
  { hash, standing, chain }: Presented,
  parts: ProtocolParts,
): Promise<never> {
  const spared = [chain, ...chain.earlier].some(({ refresh_hash }) => refresh_hash === hash)
  if (!spared) return endChain(request, standing, parts)
  throw tokenOfAnotherClient({ client_id: request.client.client_id })
}

/**
 * RFC 6749 §6: the scope may be narrowed for this answer, never widened; what is granted stays as it was. It says nothing
 * of what was granted in detail (RFC 9396 §6).
 */
function narrowed(granted: readonly Permission[], { parameters, client }: TokenRequest): readonly Permission[] {
  const scope = parameters.get('scope')
  if (scope === undefined) return granted
  const asked = scopeValues(scope)
  if (asked.length === 0) throw scopeBlank({ client_id: client.client_id })
  const beyond = asked.find((value) => !granted.some((permission) => permission.scope === value))
  if (beyond !== undefined) throw scopeNotGranted({ client_id: client.client_id, scope: beyond.slice(0, 100) })
  // A claim that was asked for by name has no scope value that could be left out; it goes with `openid`.
  const isAsked = ({ scope: value, claim, detail }: Permission) =>
    detail === undefined && asked.includes(claim === undefined ? value : 'openid')
  const owners = new Set(granted.filter(isAsked).flatMap(({ resource }) => resource ?? []))
  // One token is for one resource: that of the scope, where it has one.
  const goesWith = ({ resource, detail }: Permission) =>
    detail !== undefined && (owners.size === 0 || owners.has(resource ?? ''))
  return granted.filter((permission) => isAsked(permission) || goesWith(permission))
}

/** Spends the live token for its successor, and keeps the answer for whoever presents the spent one again. */
async function rotate(
  { request, presented, tokens, at }: { request: TokenRequest; presented: Presented; tokens: Minted; at: EpochSeconds },
  { secrets, authorizations }: ProtocolParts,
): Promise<'spent' | 'lost'> {
  const { refresh, response } = tokens
  const { value, hash, standing, chain } = presented
  if (refresh === undefined) throw new Error('A refresh without a successor')
  const answer = secrets.sealFor(value, JSON.stringify({ asked: fingerprint(request), response }))
  const outcome = await authorizations.rotate({
    authorization_id: standing.authorization.authorization_id,
    presented_hash: hash,
    refresh: {
      refresh_hash: refresh.hash,
      refresh_expires_at: refresh.expires_at,
      last_used_at: at,
      replaced: { refresh_hash: hash, at, address: request.request.address, answer },
      earlier: remembered(chain, request.client, at),
      ...(refresh.cnf && { cnf: refresh.cnf }),
    },
    at,
  })
  return outcome === 'rotated' ? 'spent' : 'lost'
}

/** What a chain remembers of earlier tokens once its live one has been used: none of them gets an answer any more. */
function remembered({ replaced, earlier }: RefreshState, client: Client, at: EpochSeconds): RefreshState['earlier'] {
  const all = replaced ? [...earlier, { refresh_hash: replaced.refresh_hash, at: replaced.at }] : earlier
  return all.filter((token) => at < token.at + client.refresh_replay_window).slice(-longestMemory)
}

/**
 * Answers for a token that is no longer live (policy A3): the same answer again for a retry, a plain no while its window
 * lasts, and the end of the chain after that.
 */
async function replayed(
  request: TokenRequestDraft,
  { value, hash, standing, chain }: Presented,
  parts: ProtocolParts,
): Promise<TokenResponse> {
  const { client } = request
  const at = parts.clock()
  const detail = { client_id: client.client_id, grant_id: standing.authorization.grant_id }
  const problem = standingProblem(standing, client, at)
  if (problem === 'grant_paused') throw grantPaused(detail)
  if (problem !== undefined) throw chainEnded({ ...detail, problem })
  const { replaced } = chain
  // It is the live one, and expired at this very moment.
  if (hash === chain.refresh_hash) throw tokenExpired(detail)
  if (replaced?.refresh_hash === hash && at < replaced.at + client.refresh_replay_window) {
    if (isStranger(request, chain, replaced.address)) return endChain(request, standing, parts)
    const kept = secretAnswer(parts.secrets.openFor(value, replaced.answer))
    if (kept?.asked === fingerprint(request)) return kept.response
    throw tokenReplaced(detail)
  }
  const remembered = chain.earlier.find(({ refresh_hash }) => refresh_hash === hash)
  if (remembered && at < remembered.at + client.refresh_replay_window) throw tokenReplaced(detail)
  return endChain(request, standing, parts)
}

/**
 * A public client without a key proves nothing but the token itself, so that a retry from another network may be a
 * thief's; one with a key proves that it holds it still (RT-04).
 */
function isStranger(draft: TokenRequestDraft, chain: RefreshState, address: string): boolean {
  if (chain.cnf !== undefined) return !isHolder(draft, chain)
  return isPublic(draft.client) && networkKey(draft.request.address) !== networkKey(address)
}

/** What tells one refresh request from another: a retry asks for the same. */
function fingerprint({ parameters }: TokenRequest): string {
  return JSON.stringify([
    parameters.get('scope') ?? '',
    parameters.all('resource'),
    parameters.get('authorization_details') ?? '',
  ])
}

function secretAnswer(
  opened: string | undefined,
): { readonly asked: string; readonly response: TokenResponse } | undefined {
  return opened === undefined ? undefined : (JSON.parse(opened) as { asked: string; response: TokenResponse })
}

/** RFC 9700 §4.14.2: a token used again is in two hands. Ends this one device's chain, and tells both addresses. */
async function endChain(
  { request, client }: TokenRequest,
  { authorization }: Standing,
  parts: ProtocolParts,
): Promise<never> {
  const { authorization_id, account_id, client_id, grant_id, refresh } = authorization
  const { address, request_id } = request
  await parts.authorizations.end(authorization_id, 'refresh_token_reused', {
    ...{ event_id: newId(), at: parts.clock(), event: 'refresh_token_reused', actor: `client:${client.client_id}` },
    ...{ account_id, client_id, grant_id, authorization_id, address, request_id },
    detail: { first_used_from: refresh?.replaced?.address, used_again_from: address },
  })
  throw tokenReused({ client_id: client.client_id, grant_id })
}
