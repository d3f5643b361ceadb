/**
 * The mint gate: every token of every grant type comes out of here, and nowhere else.
 *
 * It judges what the tokens would hang on (account, grant, session, client, resource) as it was read for this very
 * request, caps every lifetime at the grant's end, signs, and only then lets the caller's secret be spent. The answer
 * leaves when the spending statement has won and is on disk; of racing callers all but one get nothing.
 */
import { newId } from '../../kernel/ids.ts'
import type { Bindings } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { IssuedSecret } from '../../kernel/secret.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Standing, StandingGrant } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import { heldBy, type Permission } from '../../domain/grant.ts'
import { profiles } from '../../domain/profile.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import { standingProblem } from '../../domain/standing.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { Confirmation } from '../../vocabulary/confirmation.ts'
import { brings, type ResponseType } from '../../vocabulary/response-types.ts'
import type { AdditionalMembers, RefreshTokenTimes, TokenResponse } from '../../vocabulary/token-response.ts'
import { registeredScopes, scopeOfOtherResource } from '../authorize/scope.ts'
import { isPublic } from '../client-authentication/authenticate.ts'
import { checkConstrained, confirmationOf, isBound, tokenTypeOf } from '../confirmation.ts'
import { filling, type TokenDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import { accessTokenClaims, type AccessTokenDraft } from './access-token.ts'
import { encryptedFor } from './encrypt.ts'
import { idTokenClaims, type IdTokenDraft } from './id-token.ts'
import { noteUse } from './note-use.ts'
import type { JwtClaims } from './sign.ts'

const clientSwitchedOff = refusal('invalid_client', 'client_switched_off', 'The client may not have tokens')
const standingLost = refusal('invalid_grant', 'standing_lost', 'What this token would stand on has ended')
/** The person paused the grant: nothing is ended, and the same token is good again when they resume it. */
export const grantPaused = refusal(
  'invalid_grant',
  'grant_paused',
  'The person has paused this access and may resume it',
)
const resourceGone = refusal('invalid_target', 'resource_gone', 'The protected resource is not served any more')

/** What tokens are asked for. */
export interface MintRequest {
  readonly client: Client
  readonly grant_type: string
  /** The client's own request: where it came from is for the person's own page. Undefined where the browser carries the tokens. */
  readonly from: Pick<HttpRequest, 'address' | 'request_id'> | undefined
  /** What the tokens hang on; absent for `client_credentials`, whose tokens speak for the client alone. */
  readonly standing?: Standing
  /** What was approved and is asked for now, before the grant's present permissions narrow it. */
  readonly permissions: readonly Permission[]
  /** The resource the access token is for; undefined = this server itself. */
  readonly target?: ProtectedResource | undefined
  readonly bindings: Bindings
  /** The refresh token that was presented and stays: `spend` extends it. Absent: a new one is made, where there is to be one. */
  readonly kept?: IssuedSecret
}

/** Tokens that are made but not yet given: only `spend` is missing. */
export interface Minted {
  readonly response: TokenResponse
  /** The refresh token in the response, and what is to be kept of it. */
  readonly refresh?: IssuedSecret & { readonly expires_at: EpochSeconds; readonly cnf?: Confirmation }
  /** When the access token ends. */
  readonly access_token_expires_at: EpochSeconds
}

/** Spends what was presented for the tokens, in one conditional statement. */
export type Spend = (minted: Minted, at: EpochSeconds) => Promise<'spent' | 'lost'>

/** What tokens are asked for through the browser, RFC 6749 §4.2.2 and OpenID Connect Core §3.2.2.5 and §3.3.2.5. */
export interface FrontChannelRequest extends MintRequest {
  readonly standing: Standing
  readonly response_type: ResponseType
  /** The code that leaves beside them, for `c_hash`. */
  readonly code?: string
}

/** The response parameters that hold tokens: never a refresh token, which RFC 6749 §4.2.2 forbids here. */
export type FrontChannelTokens = Partial<
  Pick<TokenResponse, 'access_token' | 'token_type' | 'expires_in' | 'scope' | 'id_token'>
>

/**
 * Puts the tokens into an answer and records it in conditional statements: the answer when that has won, a word when not.
 */
export type GiveTokens<Given> = (tokens: FrontChannelTokens) => Promise<Given>

/** For grants that present nothing that could be spent. */
export const nothingToSpend: Spend = () => Promise.resolve('spent')

/**
 * Mints tokens.
 *
 * @returns the response, or `lost` when another request spent first
 * @throws `invalid_client` for a disabled client, `invalid_request` for one that must prove a key and did not,
 *   `invalid_grant` when the grant, account or session has ended, or no longer holds any of what is asked for,
 *   `invalid_scope` when that is all of other resources, `invalid_target` when the resource is not served any more
 */
export async function mint(request: MintRequest, spend: Spend, parts: ProtocolParts): Promise<TokenResponse | 'lost'> {
  const { client, standing } = request
  const judgement = judged(request, parts)
  const { at, permissions, scope, expires_at } = judgement
  const access_token = await accessToken(request, judgement, parts)
  const id_token =
    standing && scope.includes('openid')
      ? await idTokenFor(request, { standing, access_token: access_token.value, scope, permissions, at }, parts)
      : undefined
  const refresh = standing && mayRefresh(client, standing) ? refreshToken(request, standing, at, parts) : undefined

  const response: TokenResponse = {
    access_token: access_token.value,
    token_type: tokenTypeOf(confirmationOf(request.bindings)),
    expires_in: expires_at - at,
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    ...tokenMembers({ client, bindings: request.bindings, permissions }, parts),
    ...(refresh && {
      refresh_token: refresh.value,
      ...refreshTokenTimes(refresh.expires_at, standing?.grant, at, parts),
    }),
    ...(id_token !== undefined && { id_token }),
  }
  const minted: Minted = { response, ...(refresh && { refresh }), access_token_expires_at: expires_at }
  // Both statements of one turn reach the disk in one commit; an opaque token whose spending lost is known to nobody.
  const [spent] = await Promise.all([spend(minted, at), access_token.store()])
  if (spent === 'lost') return 'lost'
  noteUse(request, { at, permissions, expires_at, has_id_token: id_token !== undefined }, parts)
  logIssued(request, scope, parts)
  return response
}

/**
 * Mints the tokens that leave through the browser, behind the legacy fence: an access token, an id_token, or both.
 *
 * @returns what `give` returns; after a word of it nothing has left
 * @throws as `mint` does
 */
export async function mintFrontChannel<Given>(
  request: FrontChannelRequest,
  give: GiveTokens<Given>,
  parts: ProtocolParts,
): Promise<Given> {
  const { response_type, code, standing } = request
  const judgement = judged(request, parts)
  const { at, permissions, scope, expires_at } = judgement
  const access_token = brings(response_type, 'token') ? await accessToken(request, judgement, parts) : undefined
  const about = { standing, scope, permissions, at, ...(access_token && { access_token: access_token.value }) }
  const id_token =
    brings(response_type, 'id_token') && scope.includes('openid')
      ? await idTokenFor(request, { ...about, ...(code !== undefined && { code }) }, parts)
      : undefined
  const tokens: FrontChannelTokens = {
    ...(access_token && {
      access_token: access_token.value,
      token_type: 'Bearer',
      expires_in: expires_at - at,
      ...(scope.length > 0 && { scope: scope.join(' ') }),
    }),
    ...(id_token !== undefined && { id_token }),
  }
  const [given] = await Promise.all([give(tokens), access_token?.store()])
  if (typeof given === 'string') return given
  const made = { at, permissions, expires_at: access_token && expires_at, has_id_token: id_token !== undefined }
  noteUse(request, made, parts)
  logIssued(request, scope, parts)
  return given
}

/** What every kind of token begins with. */
type Judged = Pick<AccessTokenDraft, 'at' | 'permissions' | 'scope' | 'expires_at'>

/** Judges, and tells what a token may still say and when an access token would end. */
function judged(request: MintRequest, parts: ProtocolParts): Judged {
  const at = parts.clock()
  const { standing, target } = request
  judge(request, at)
  const permissions = permissionsNow(request)
  const scope = [...new Set(permissions.map((permission) => permission.scope))].filter((value) => value !== '')
  const ends = [
    at + (target?.access_token_lifetime ?? parts.settings.lifetimes.access_token),
    standing?.grant?.expires_at,
    standing?.authorization.expires_at,
  ]
  return { at, permissions, scope, expires_at: Math.min(...ends.filter((end) => end !== undefined)) }
}

function logIssued(
  { grant_type, client, standing, target, from }: MintRequest,
  scope: readonly string[],
  parts: ProtocolParts,
): void {
  parts.log.info('token_issued', {
    grant_type,
    client_id: client.client_id,
    grant_id: standing?.authorization.grant_id,
    scope: scope.join(' '),
    resource: target?.resource,
    request_id: from?.request_id,
  })
}

function judge({ client, standing, target, bindings }: MintRequest, at: EpochSeconds): void {
  const detail = { client_id: client.client_id, grant_id: standing?.authorization.grant_id }
  if (client.disabled) throw clientSwitchedOff(detail)
  checkConstrained(client, confirmationOf(bindings))
  if (target?.disabled === true) throw resourceGone({ ...detail, resource: target.resource })
  const problem = standing && standingProblem(standing, client, at)
  if (problem === 'grant_paused') throw grantPaused(detail)
  if (problem !== undefined) throw standingLost({ ...detail, problem })
}

/**
 * What is asked for, less what the grant no longer has, what the client may not ask for and the resource has not any more
 * (RT-14), and what belongs to other resources: one token, one audience. Where something was asked for and nothing is
 * left, there is no token: its answer could not say so, since a scope is never empty (RFC 6749 §3.3, §5.1).
 */
function permissionsNow({ client, permissions, standing, target }: MintRequest): readonly Permission[] {
  const detail = { client_id: client.client_id, grant_id: standing?.authorization.grant_id }
  const held = standing === undefined ? permissions : permissions.filter(heldBy(standing.grant?.permissions))
  // `offline_access` goes with the grant type, not with the scope (`requestedScope`).
  const registered = registeredScopes(client)
  const mayAsk = ({ scope }: Permission) =>
    registered?.has(scope) !== false || scope === '' || scope === 'offline_access'
  const allowed = held.filter((one) => mayAsk(one) && isOffered(one, target))
  if (allowed.length === 0 && permissions.length > 0) throw standingLost({ ...detail, problem: 'permissions_gone' })
  const here = allowed.filter(({ resource }) => resource === undefined || resource === target?.resource)
  if (here.length === 0 && allowed.length > 0) throw scopeOfOtherResource({ ...detail, resource: target?.resource })
  return here
}

/** Tells whether a resource still has a scope value: what an operator takes out of it is in no token from then on. */
function isOffered({ scope, resource }: Permission, target: ProtectedResource | undefined): boolean {
  return target === undefined || resource !== target.resource || scope === '' || Object.hasOwn(target.scopes, scope)
}

function accessToken(request: MintRequest, judgement: Judged, parts: ProtocolParts): ReturnType<typeof spelled> {
  const { client, standing, target, bindings } = request
  const subject = standing && { authorization: standing.authorization, account: standing.account }
  return spelled(
    accessTokenClaims({ client, subject, target, bindings, ...judgement }, parts),
    request,
    judgement.expires_at,
    parts,
  )
}

/** The access token in the form its resource wants: signed (RFC 9068), or opaque with a row of its own. */
async function spelled(
  claims: JwtClaims,
  { client, standing, target }: MintRequest,
  expires_at: EpochSeconds,
  { secrets, signer, accessTokens }: ProtocolParts,
): Promise<{ readonly value: string; readonly store: () => Promise<void> }> {
  if (target?.access_token_format !== 'opaque') {
    return { value: await signer.sign('at+jwt', 'ES256', claims), store: () => Promise.resolve() }
  }
  const token_id = newId()
  const issued = secrets.issue('access_token', token_id)
  const authorization_id = standing?.authorization.authorization_id
  const row = { token_id, token_hash: issued.hash, client_id: client.client_id, claims, expires_at }
  return {
    value: issued.value,
    store: () => accessTokens.create({ ...row, ...(authorization_id !== undefined && { authorization_id }) }),
  }
}

/** Signs the id_token, and encrypts what was signed where the client registered that (OpenID Connect Core §10.2). */
async function idTokenFor(
  { client, grant_type, bindings }: MintRequest,
  about: Pick<IdTokenDraft, 'standing' | 'access_token' | 'code' | 'scope' | 'permissions' | 'at'>,
  parts: ProtocolParts,
): Promise<string> {
  const { metadata, profile } = client
  const alg = metadata.id_token_signed_response_alg ?? profiles[profile].id_token_signed_response_alg
  // OpenID Connect Core §12.2: a refreshed id_token should not repeat the nonce.
  const withNonce = grant_type !== 'refresh_token'
  const claims = idTokenClaims({ client, bindings, alg, withNonce, ...about }, parts)
  const text = await parts.signer.sign('JWT', alg, claims)
  const { id_token_encrypted_response_alg: encryptedBy, id_token_encrypted_response_enc: enc } = metadata
  return encryptedBy === undefined ? text : encryptedFor(client, { text, cty: 'JWT', alg: encryptedBy, enc }, parts)
}

/** A client that can refresh gets a refresh token whenever the person allowed more than one use (R13). */
function mayRefresh(client: Client, { grant }: Standing): boolean {
  return client.metadata.grant_types.includes('refresh_token') && grant?.kind === 'standing'
}

/** RFC 9449 §5, RFC 8705 §4: a public client's is bound to the keys it proved; nothing else would tell who it is. */
function refreshToken(
  { client, bindings, kept }: MintRequest,
  { authorization }: Standing,
  at: EpochSeconds,
  { secrets, settings }: ProtocolParts,
): NonNullable<Minted['refresh']> {
  const token = kept ?? secrets.issue('refresh_token', authorization.authorization_id)
  const cnf = confirmationOf(bindings)
  const expires_at = Math.min(at + settings.lifetimes.refresh_token_idle, authorization.expires_at)
  return { ...token, expires_at, ...(isPublic(client) && isBound(cnf) && { cnf }) }
}

/** What the features add to a token response. None of it can be anything that the protocol says itself. */
export function tokenMembers(draft: TokenDraft, { features }: Pick<ProtocolParts, 'features'>): AdditionalMembers {
  const told = filling(features, 'tokenMembers').map((feature) => feature.tokenMembers(draft))
  return Object.assign({}, ...told) as AdditionalMembers
}

/**
 * Tells how long a refresh token lasts, in the words of the features.
 *
 * @param unused_until when it ends if it stays unused; a grant that ends sooner ends it sooner
 */
export function refreshTokenTimes(
  unused_until: EpochSeconds,
  grant: StandingGrant | undefined,
  at: EpochSeconds,
  { features }: Pick<ProtocolParts, 'features'>,
): RefreshTokenTimes {
  const expires_at = Math.min(unused_until, grant?.expires_at ?? unused_until)
  const told = filling(features, 'tokenResponse').map((feature) => feature.tokenResponse({ grant, expires_at, at }))
  return Object.assign({}, ...told) as RefreshTokenTimes
}
