/** Scope: what a request asks for, RFC 6749 §3.3, and the permissions it comes to once the resources are known. */
import { refusal } from '../../kernel/refusal.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import { profiles } from '../../domain/profile.ts'
import type { Permission } from '../../domain/grant.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { AuthorizationRequestDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import { claimsOf } from '../token/claims-for.ts'

const scopeMalformed = refusal('invalid_scope', 'scope_malformed', 'scope has a character that no scope value may have')
/** Nothing can be told of it in the answer, whose scope is never empty (RFC 6749 §3.3). */
export const scopeBlank = refusal('invalid_scope', 'scope_blank', 'scope is there, but has no value')
const scopeUnknown = refusal('invalid_scope', 'scope_unknown', 'scope has a value that this server does not know')
const scopeNotAllowed = refusal(
  'invalid_scope',
  'scope_not_allowed',
  'scope has a value that this application may not ask for',
)
/** Also where tokens are made: what was authorized may be of several resources, and a token is of one. */
export const scopeOfOtherResource = refusal(
  'invalid_scope',
  'scope_of_other_resource',
  'scope has a value that belongs to none of the named resources',
)

/** RFC 6749 §3.3: `%x21 / %x23-5B / %x5D-7E`. */
const scopeValue = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Splits a `scope` into its values, each once, in the order they came. */
export function scopeValues(scope: string): readonly string[] {
  return [...new Set(scope.split(' ').filter((value) => value !== ''))]
}

const identityScopesOf = new WeakMap<ProtocolParts['settings']['claims'], ReadonlySet<string>>()

/** The scope values of our own: those that say something about the person rather than about a resource. */
export function identityScopes({ claims }: Pick<ProtocolParts['settings'], 'claims'>): ReadonlySet<string> {
  let scopes = identityScopesOf.get(claims)
  if (scopes === undefined) {
    scopes = new Set(['openid', 'offline_access', ...claims.map(({ scope }) => scope)])
    identityScopesOf.set(claims, scopes)
  }
  return scopes
}

const knownClaimsOf = new WeakMap<ProtocolParts['settings']['claims'], ReadonlySet<string>>()

/** The claims about a person that this server knows by name. */
export function knownClaims({ claims }: Pick<ProtocolParts['settings'], 'claims'>): ReadonlySet<string> {
  let known = knownClaimsOf.get(claims)
  if (known === undefined) knownClaimsOf.set(claims, (known = new Set(claims.flatMap((rule) => rule.claims))))
  return known
}

const registeredScopesOf = new WeakMap<Client['metadata'], ReadonlySet<string>>()

/** The scope values that a client may ask for; undefined where it is registered for none in particular. */
export function registeredScopes({ metadata }: Client): ReadonlySet<string> | undefined {
  if (metadata.scope === undefined) return undefined
  let scopes = registeredScopesOf.get(metadata)
  if (scopes === undefined) registeredScopesOf.set(metadata, (scopes = new Set(scopeValues(metadata.scope))))
  return scopes
}

/**
 * Reads the scope asked for; without one, the client's default.
 *
 * `offline_access` is never refused: a client that cannot refresh simply gets nothing by it (OpenID Connect Core §11).
 *
 * @throws `invalid_scope`, but for clients of the profiles `oidc` and `legacy`, whose unknown values are left out
 *   (OpenID Connect Core §3.1.2.1)
 */
export function requestedScope(
  scope: string | undefined,
  client: Client,
  known: readonly ProtectedResource[],
  settings: Pick<ProtocolParts['settings'], 'claims'>,
): readonly string[] {
  const registered = registeredScopes(client)
  const ours = identityScopes(settings)
  const asked = scope === undefined ? defaultScope(client, ours) : scopeValues(scope)
  if (asked.length === 0 && scope !== undefined && scope !== '') throw scopeBlank({ client_id: client.client_id })
  const lenient = profiles[client.profile].scope_beyond === 'left_out'
  return asked.filter((value) => {
    const detail = { client_id: client.client_id, scope: value.slice(0, 100) }
    if (!scopeValue.test(value)) throw scopeMalformed(detail)
    if (value === 'offline_access') return client.metadata.grant_types.includes('refresh_token')
    const isKnown = ours.has(value) || known.some(({ scopes }) => Object.hasOwn(scopes, value))
    const isAllowed = registered === undefined || registered.has(value)
    if (isKnown && isAllowed) return true
    if (lenient || scope === undefined) return false
    throw isKnown ? scopeNotAllowed(detail) : scopeUnknown(detail)
  })
}

/**
 * What a client that asks for nothing in particular gets, RFC 6749 §3.3. One that registered itself may ask for whatever
 * there is; while it does not ask who the person is, it is not told.
 */
function defaultScope(client: Client, ours: ReadonlySet<string>): readonly string[] {
  const all = scopeValues(client.metadata.default_scope ?? client.metadata.scope ?? '')
  return registeredItself(client) ? all.filter((value) => !ours.has(value)) : all
}

/** Narrows a default scope to the resources that were named: nobody asked for the rest of it. */
export function withinResources<Draft extends Parameters<typeof permissionsFor>[0]>(draft: Draft): Draft {
  const owns = (value: string) => (resource: ProtectedResource) => Object.hasOwn(resource.scopes, value)
  const scope = draft.scope.filter(
    (value) => draft.resources.some(owns(value)) || !draft.knownResources.some(owns(value)),
  )
  return { ...draft, scope }
}

/** The claims asked for by name, each a permission of its own, except those that a scope value of the request opens anyway. */
export function claimPermissions(
  { claims, scope }: Pick<AuthorizationRequestDraft, 'claims' | 'scope'>,
  settings: Pick<ProtocolParts['settings'], 'claims'>,
): readonly Permission[] {
  const opened = new Set(claimsOf(scope, settings))
  return claims
    .filter(({ name }) => !opened.has(name))
    .map(({ name, essential }) => ({ scope: '', claim: name, ...(essential && { essential }) }))
}

/**
 * Pairs the scope with the resources: each value with every resource of the request that owns it, and a resource that
 * was named without any of its scope values with none; what is asked for in detail comes after that (RFC 9396).
 *
 * @throws `invalid_scope` when a value belongs to a resource, but to none of this request
 */
export function permissionsFor(draft: {
  readonly scope: readonly string[]
  readonly resources: readonly ProtectedResource[]
  readonly knownResources: readonly ProtectedResource[]
  readonly details: readonly Permission[]
}): readonly Permission[] {
  const scoped = draft.scope.flatMap((scope): readonly Permission[] => {
    const owners = draft.resources.filter(({ scopes }) => Object.hasOwn(scopes, scope))
    if (owners.length > 0) return owners.map(({ resource }) => ({ scope, resource }))
    const ownedElsewhere = draft.knownResources.some(({ scopes }) => Object.hasOwn(scopes, scope))
    if (ownedElsewhere) throw scopeOfOtherResource({ scope })
    return [{ scope }]
  })
  const said = [...scoped, ...draft.details]
  const bare = draft.resources.filter(({ resource }) => !said.some((permission) => permission.resource === resource))
  return [...said, ...bare.map(({ resource }) => ({ scope: '', resource }))]
}
