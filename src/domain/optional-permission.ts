/** What a person may leave out of what they are asked for. */
import type { Client } from './client.ts'
import type { Permission } from './grant.ts'
import type { ProtectedResource, ScopeDescription } from './protected-resource.ts'

/**
 * Tells whether the person may leave a permission out: where its resource or the client says so; a claim, unless the
 * client called it essential (OpenID Connect Core §5.5.1). What signing in cannot do without is never optional.
 */
export function isOptional(
  { scope, resource, claim, essential }: Permission,
  resources: readonly ProtectedResource[],
  client?: Client,
): boolean {
  if (claim !== undefined) return essential !== true
  if (resource === undefined && (scope === 'openid' || scope === 'offline_access')) return false
  if (scope !== '' && client?.metadata.optional_scope?.split(' ').includes(scope) === true) return true
  return describedBy({ scope, resource }, resources)?.optional ?? false
}

/** Finds what the owner of a scope value says of it. */
export function describedBy(
  { scope, resource }: { readonly scope: string; readonly resource?: string | undefined },
  resources: readonly ProtectedResource[],
): ScopeDescription | undefined {
  const scopes = resources.find((one) => one.resource === resource)?.scopes ?? {}
  return Object.hasOwn(scopes, scope) ? scopes[scope] : undefined
}
