/**
 * Token introspection, RFC 7662. A client that is named for a resource may ask about its tokens, and every confidential
 * client that an operator registered about its own. Everything else gets one answer, since a reason would tell thieves
 * what they hold.
 */
import { Bindings } from '../../kernel/binding.ts'
import { refusal } from '../../kernel/refusal.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { secretPrefixes } from '../../kernel/secret.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import { heldBy, permissionKey } from '../../domain/grant.ts'
import { subjectFor } from '../../domain/subject.ts'
import { standingProblem } from '../../domain/standing.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler } from '../../http/message.ts'
import { authenticateClient, isPublic } from '../client-authentication/authenticate.ts'
import { readConfirmation, tokenTypeOf } from '../confirmation.ts'
import type { ProtocolParts } from '../parts.ts'
import { refreshTokenTimes, tokenMembers } from '../token/mint.ts'
import { findLiveAccessToken } from '../token/presented-access-token.ts'

const tokenMissing = refusal('invalid_request', 'introspection_token_missing', 'token is required')
const publicCaller = refusal(
  'invalid_client',
  'introspection_by_public_client',
  'A client that proves nothing may not introspect',
)

const strangeCaller = refusal(
  'unauthorized_client',
  'introspection_by_stranger',
  'A client that registered itself may not introspect, unless a protected resource names it',
  403,
)

/** What is said of a token, RFC 7662 §2.2. */
type Introspection = Readonly<Record<string, unknown>>

/** Makes the handler of the introspection endpoint. */
export function introspectionEndpoint(parts: ProtocolParts): Handler {
  return endpoint('introspection', parts, async (request) => {
    const parameters = readForm(request)
    const caller = await authenticateClient(request, parameters, parts)
    // RFC 7662 §2.1: whoever asks must have proved who they are.
    if (isPublic(caller)) throw publicCaller({ client_id: caller.client_id })
    if (registeredItself(caller) && !(await isNamedByResource(caller, parts)))
      throw strangeCaller({ client_id: caller.client_id })
    const token = parameters.get('token')
    if (token === undefined) throw tokenMissing({ client_id: caller.client_id })
    // `token_type_hint` is not needed: a token says of what kind it is.
    const answer = token.startsWith(secretPrefixes.refresh_token)
      ? await introspectRefreshToken(token, caller, parts)
      : await introspectAccessToken(token, caller, parts)
    return json(200, answer ?? { active: false })
  })
}

/** RFC 7662 §4: whoever could make a client of their own, and ask with it, would have tokens to guess at for nothing. */
async function isNamedByResource({ client_id }: Client, { resources }: ProtocolParts): Promise<boolean> {
  return (await resources.list()).some(({ introspection_clients }) => introspection_clients.includes(client_id))
}

async function introspectAccessToken(
  token: string,
  caller: Client,
  parts: ProtocolParts,
): Promise<Introspection | undefined> {
  const found = await findLiveAccessToken(token, parts)
  if (typeof found === 'string') return undefined
  const { claims, client, resource, scope, standing } = found
  const isNamed = resource?.introspection_clients.includes(caller.client_id) === true
  if (!isNamed && client.client_id !== caller.client_id) return undefined
  // An API asks because somebody is at its door with the token; where from is not ours to see.
  if (isNamed && standing !== undefined) {
    const permissions = scope.map((value) => permissionKey({ scope: value, resource: resource.resource }))
    parts.grantUses.note({ grant_id: standing.authorization.grant_id, at: parts.clock(), permissions })
  }
  const token_type = tokenTypeOf(readConfirmation(claims['cnf']))
  return { ...claims, active: true, token_type }
}

/** IN-04: a refresh token is its own client's business alone; to a protected resource it is not a token. */
async function introspectRefreshToken(
  token: string,
  caller: Client,
  parts: ProtocolParts,
): Promise<Introspection | undefined> {
  const read = parts.secrets.read('refresh_token', token)
  const standing = read && (await parts.authorizations.findStanding(read.id))
  const refresh = standing?.authorization.refresh
  const at = parts.clock()
  if (read === undefined || standing === undefined || refresh === undefined) return undefined
  if (!sameSecret(refresh.refresh_hash, read.hash) || refresh.refresh_expires_at <= at) return undefined
  if (standingProblem(standing, caller, at) !== undefined) return undefined
  const { authorization, account, grant } = standing
  // What it is good for now, less what the person has taken back since; where that is all, a refresh is refused as well.
  const permissions = authorization.permissions.filter(heldBy(grant?.permissions))
  if (permissions.length === 0 && authorization.permissions.length > 0) return undefined
  const ends = [refresh.refresh_expires_at, authorization.expires_at, grant?.expires_at]
  const bindings = new Bindings(authorization.bindings)
  const scope = new Set(permissions.map((permission) => permission.scope).filter((value) => value !== ''))
  return {
    iss: parts.issuer,
    ...(account && { sub: subjectFor(account, caller, parts) }),
    client_id: caller.client_id,
    ...(scope.size > 0 && { scope: [...scope].join(' ') }),
    iat: refresh.last_used_at,
    exp: Math.min(...ends.filter((end) => end !== undefined)),
    // RFC 7662 §2.2, RFC 9449 §6.2: whose key it takes to use it; RFC 9396 §9.2: what it is good for in detail.
    ...(refresh.cnf && { cnf: refresh.cnf }),
    ...tokenMembers({ client: caller, permissions, bindings }, parts),
    ...refreshTokenTimes(Math.min(refresh.refresh_expires_at, authorization.expires_at), grant, at, parts),
    active: true,
  }
}
