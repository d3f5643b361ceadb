/** Reads an access token that somebody presents to us: to introspection, revocation, userinfo. */
import { findAtAll, type Client } from '../../domain/client.ts'
import type { SignedTokenState } from '../../domain/access-token.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { AuthorizationDetail } from '../../domain/authorization-detail.ts'
import { heldBy } from '../../domain/grant.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import { standingProblem, type StandingProblem } from '../../domain/standing.ts'
import { sameSecret } from '../../kernel/hash.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../parts.ts'
import type { JwtClaims } from './sign.ts'

/** An access token that we issued; whether it still counts is another question. */
export interface PresentedAccessToken {
  readonly claims: JwtClaims
  readonly client_id: string
  readonly expires_at: EpochSeconds
  /** What it hangs on; absent for `client_credentials`. */
  readonly authorization_id?: string
  /** What it hangs on, where that was read along with the token. */
  readonly standing?: Standing | undefined
  /** How it can be revoked alone: the row of an opaque one, the `jti` of a signed one. */
  readonly revoke_by: { readonly token_id: string } | { readonly jti: string }
}

/** An access token that counts, with what it hangs on as it is now. */
export interface LiveAccessToken {
  /** What it says, less what the person has taken back since. */
  readonly claims: JwtClaims
  readonly client: Client
  /** Absent for `client_credentials`. */
  readonly standing?: Standing
  /** What it is for; absent for a token of this server itself. */
  readonly resource?: ProtectedResource
  /** The scope values among that. */
  readonly scope: readonly string[]
}

/** Why a token does not count. */
export type AccessTokenProblem =
  StandingProblem | 'unknown' | 'expired' | 'revoked' | 'resource_gone' | 'permissions_gone'

/** Bytes of a `jti` that name the authorization. */
const authorizationBytes = 16

/** Reads a signed or an opaque access token; undefined for anything that is not, to the byte, one that we issued. */
export async function findAccessToken(
  token: string,
  parts: Pick<ProtocolParts, 'issuer' | 'secrets' | 'signer' | 'accessTokens'>,
): Promise<PresentedAccessToken | undefined> {
  return token.includes('.') ? signedToken(token, parts) : opaqueToken(token, parts)
}

/**
 * Judges an access token as it is presented: issued by us, not expired, not revoked, and everything that it hangs on
 * still standing. The same at every endpoint, for signed and opaque ones.
 */
export async function findLiveAccessToken(
  token: string,
  parts: ProtocolParts,
): Promise<LiveAccessToken | AccessTokenProblem> {
  const presented = await findAccessToken(token, parts)
  if (presented === undefined) return 'unknown'
  const at = parts.clock()
  if (presented.expires_at <= at) return 'expired'
  const { claims, client_id, authorization_id } = presented
  const [client, { revoked, standing }, resources] = await Promise.all([
    // One that cannot be looked up has no row, and so nothing that anybody allowed it: no reason to answer later.
    findAtAll(client_id, parts),
    stateOf(presented, parts),
    parts.resources.list(),
  ])
  if (revoked) return 'revoked'
  const problem = authorization_id === undefined ? clientProblem(client) : standingProblem(standing, client, at)
  if (problem !== undefined) return problem
  const resource = resources.find((one) => one.resource === claims['aud'])
  if (claims['aud'] !== parts.issuer && (resource === undefined || resource.disabled)) return 'resource_gone'
  const written = allowedIn(claims)
  const left = standing === undefined ? written : stillAllowed(written, standing, resource)
  if (client === undefined || (isNothing(left) && !isNothing(written))) return 'permissions_gone'
  const about = { ...(standing && { standing }), ...(resource && { resource }) }
  return { claims: left === written ? claims : saying(left, claims), client, scope: left.scope, ...about }
}

/** An opaque token that was revoked has no row, and was not found. */
async function stateOf(
  { authorization_id, standing, revoke_by }: PresentedAccessToken,
  { accessTokens }: Pick<ProtocolParts, 'accessTokens'>,
): Promise<SignedTokenState> {
  return 'jti' in revoke_by ? accessTokens.findSigned(revoke_by.jti, authorization_id) : { revoked: false, standing }
}

function signedToken(
  token: string,
  { issuer, signer }: Pick<ProtocolParts, 'issuer' | 'signer'>,
): PresentedAccessToken | undefined {
  const claims = signer.verify('at+jwt', token)
  if (claims === undefined || claims['iss'] !== issuer) return undefined
  const { client_id, exp, jti, sub } = claims
  if (typeof client_id !== 'string' || typeof exp !== 'number' || typeof jti !== 'string') return undefined
  const authorization_id = Buffer.from(jti, 'base64url').subarray(0, authorizationBytes).toString('hex')
  // A token of `client_credentials` speaks for the client alone, and hangs on nothing else.
  return { claims, client_id, expires_at: exp, revoke_by: { jti }, ...(sub !== client_id && { authorization_id }) }
}

async function opaqueToken(
  token: string,
  { secrets, accessTokens }: Pick<ProtocolParts, 'secrets' | 'accessTokens'>,
): Promise<PresentedAccessToken | undefined> {
  const read = secrets.read('access_token', token)
  const found = read && (await accessTokens.find(read.id))
  if (read === undefined || found === undefined || !sameSecret(found.token.token_hash, read.hash)) return undefined
  const { claims, client_id, expires_at, authorization_id, token_id } = found.token
  return {
    claims,
    client_id,
    expires_at,
    standing: found.standing,
    revoke_by: { token_id },
    ...(authorization_id !== undefined && { authorization_id }),
  }
}

function clientProblem(client: Client | undefined): StandingProblem | undefined {
  if (client === undefined) return 'client_missing'
  return client.disabled ? 'client_disabled' : undefined
}

/** What a token says that its holder may do. */
interface Allowed {
  readonly scope: readonly string[]
  readonly details: readonly AuthorizationDetail[]
}

function allowedIn({ scope, authorization_details: details }: JwtClaims): Allowed {
  return {
    scope: typeof scope === 'string' ? scope.split(' ') : [],
    // As we wrote it ourselves: only the claims of a token that we issued come here.
    details: Array.isArray(details) ? (details as readonly AuthorizationDetail[]) : [],
  }
}

/** A person who unticks a permission later means the tokens that are out there, too. The same object where all of it is left. */
function stillAllowed(written: Allowed, { grant }: Standing, resource: ProtectedResource | undefined): Allowed {
  const isHeld = heldBy(grant?.permissions)
  const here = resource && { resource: resource.resource }
  const scope = written.scope.filter((value) => isHeld({ scope: value }) || isHeld({ scope: value, ...here }))
  const details = written.details.filter((detail) => isHeld({ scope: '', detail, ...here }))
  const isWhole = scope.length === written.scope.length && details.length === written.details.length
  return isWhole ? written : { scope, details }
}

function isNothing({ scope, details }: Allowed): boolean {
  return scope.length === 0 && details.length === 0
}

function saying({ scope, details }: Allowed, claims: JwtClaims): JwtClaims {
  const { scope: _, authorization_details: _details, ...others } = claims
  return {
    ...others,
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    ...(details.length > 0 && { authorization_details: details }),
  }
}
