/** Userinfo, OpenID Connect Core §5.3: what the person let the client know about them, to whoever holds the token. */
import { Bindings } from '../../kernel/binding.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { coarseNetwork } from '../../kernel/network.ts'
import { refusal } from '../../kernel/refusal.ts'
import { heldBy } from '../../domain/grant.ts'
import { subjectFor } from '../../domain/subject.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler, type HttpRequest } from '../../http/message.ts'
import { withFeatureHeaders } from '../answer-headers.ts'
import { readConfirmation } from '../confirmation.ts'
import type { ProtocolParts, ProtocolSettings } from '../parts.ts'
import { personalClaims } from '../token/claims-for.ts'
import { findLiveAccessToken } from '../token/presented-access-token.ts'
import { userinfoResponse } from './response.ts'
import { filling } from '../feature.ts'

const methodUnsupported = refusal(
  'invalid_request',
  'userinfo_method_unsupported',
  'This endpoint takes GET and POST',
  405,
)
const tokenInQuery = refusal(
  'invalid_request',
  'access_token_in_query',
  'An access token does not belong into a URL: send it in the Authorization header',
)
const tokenTwice = refusal('invalid_request', 'access_token_twice', 'The access token came in two ways: send it in one')
const tokenInvalid = refusal('invalid_token', 'access_token_invalid', 'The access token is not valid, or not any more')
const scopeInsufficient = refusal('insufficient_scope', 'openid_scope_missing', 'The access token has no scope openid')

const schemeAndToken = /^[A-Za-z]+ +([A-Za-z0-9._~+/-]+=*)$/

/** What the scheme that a token came with is challenged by, where that is not `Bearer`. */
type Challenged = { readonly challenge?: string }

/** Makes the handler of the userinfo endpoint, for GET and POST. */
export function userinfoEndpoint(parts: ProtocolParts): Handler {
  const schemes = new Map<string, Challenged>([
    ['bearer', {}],
    ...parts.features.flatMap(({ tokenScheme }) =>
      tokenScheme ? [[tokenScheme.name, { challenge: tokenScheme.challenge }] as const] : [],
    ),
  ])
  const answer = endpoint('userinfo', parts, async (request) => {
    const presented = presentedToken(request, schemes)
    // RFC 6750 §3.1: who brought nothing is told what to bring, and no error code.
    if (presented === undefined) return json(401, {}, { 'www-authenticate': 'Bearer realm="licet"' })
    // RFC 9449 §7.1: what is wrong is told by the scheme that the client used.
    const challenged = schemes.get(presented.scheme)
    const found = await findLiveAccessToken(presented.token, parts)
    if (typeof found === 'string') throw tokenInvalid({ problem: found, ...challenged })
    const { claims, client, standing, scope } = found
    const confirmation = readConfirmation(claims['cnf'])
    for (const feature of filling(parts.features, 'tokenPresented')) {
      await feature.tokenPresented({ request, ...presented, confirmation }, parts)
    }
    const account = standing?.account
    // UI-01: for a person's identity, with a token that speaks for a person.
    if (standing === undefined || account === undefined || !scope.includes('openid')) {
      throw scopeInsufficient({ client_id: client.client_id, scope_needed: 'openid', ...challenged })
    }
    const { authorization, grant } = standing
    parts.grantUses.note({
      grant_id: authorization.grant_id,
      at: parts.clock(),
      network: coarseNetwork(request.address),
      permissions: scopesOfPerson(scope, parts.settings),
    })
    const permissions = authorization.permissions.filter(heldBy(grant?.permissions))
    const bindings = new Bindings(authorization.bindings)
    const told = personalClaims({ account, scope, permissions, bindings }, 'userinfo', parts)
    return userinfoResponse({ ...told, sub: subjectFor(account, client, parts) }, client, parts)
  })
  return withFeatureHeaders(answer, parts)
}

/** The scopes of a token under which something is told here. */
function scopesOfPerson(scope: readonly string[], { claims }: Pick<ProtocolSettings, 'claims'>): readonly string[] {
  const told = claims.filter(({ into }) => into.includes('userinfo')).map((rule) => rule.scope)
  return scope.filter((value) => value === 'openid' || told.includes(value))
}

/** Reads the one token of a request, from its header or its form body: RFC 6750 §2.1 and §2.2, never §2.3. */
function presentedToken(
  request: HttpRequest,
  schemes: ReadonlyMap<string, Challenged>,
): { readonly scheme: string; readonly token: string } | undefined {
  if (request.method !== 'GET' && request.method !== 'POST') throw methodUnsupported({ allow: 'GET, POST' })
  if (Parameters.read(request.query).has('access_token')) throw tokenInQuery()
  const { authorization } = request.headers
  const [name = ''] = authorization?.trim().split(/\s/, 1) ?? []
  const scheme = name.toLowerCase()
  const inBody = request.method === 'POST' && request.body !== '' ? readForm(request).get('access_token') : undefined
  if (authorization !== undefined && inBody !== undefined) throw tokenTwice()
  if (authorization === undefined) return inBody === undefined ? undefined : { scheme: 'bearer', token: inBody }
  // RFC 6750 §3.1: whoever used a scheme that is not taken here has brought no token.
  const challenged = schemes.get(scheme)
  if (challenged === undefined) return undefined
  const [, inHeader] = schemeAndToken.exec(authorization.trim()) ?? []
  if (inHeader === undefined) throw tokenInvalid({ problem: 'scheme', ...challenged })
  return { scheme, token: inHeader }
}
