/** What a permission is to a person: the words of the resource's owner, and our own for what is said about the person. */
import type { Json } from '../kernel/binding.ts'
import type { Account } from '../domain/account.ts'
import { permissionKey, type Permission } from '../domain/grant.ts'
import type { Client } from '../domain/client.ts'
import { describedBy, isOptional } from '../domain/optional-permission.ts'
import type { ProtectedResource, ScopeDescription } from '../domain/protected-resource.ts'
import type { ClaimRule } from '../protocol/parts.ts'
import { claimsOf } from '../protocol/token/claims-for.ts'
import type { Words } from '../ui/words/en.ts'
import type { Particular, Permission as PermissionWords, PermissionGroup } from '../ui/permission.ts'
import { detailWords } from './detail-words.ts'

/** Where the words come from. */
export interface WordSources {
  /** Our own, in the language of the reader. */
  readonly words: Words
  /** Every resource, disabled or not: what was allowed earlier keeps its words. */
  readonly resources: readonly ProtectedResource[]
  readonly claims: readonly ClaimRule[]
  /** Who asks: what it can do without, and what it wants things for; absent: nobody asks now. */
  readonly client?: Client
  /** Whose particulars are shown as they are on file; absent: none are. */
  readonly account?: Account
}

/** Our words, looked up by whatever scope value or claim an operator has made up. */
type OurWords = Omit<Words['permission'], 'scopes' | 'claims'> & {
  readonly scopes: Readonly<Record<string, string>>
  readonly claims: Readonly<Record<string, string>>
}

/** Words permissions, grouped by where they apply: each protected resource, then the person's identity. */
export function permissionGroups(permissions: readonly Permission[], sources: WordSources): readonly PermissionGroup[] {
  const indicators = new Set(permissions.map(({ resource }) => resource))
  const ofResources = [...indicators]
    .filter((indicator) => indicator !== undefined)
    .map((indicator) => resourceGroup(indicator, permissions, sources))
  const ofIdentity = permissions.filter(({ resource }) => resource === undefined)
  if (ofIdentity.length === 0) return ofResources
  const identity = ofIdentity.map(({ claim, ...permission }) =>
    claim === undefined ? identityWords(permission.scope, sources) : claimWords({ ...permission, claim }, sources),
  )
  return [...ofResources, { name: sources.words.permission.identity, permissions: identity }]
}

/** Adds what even a client without any permission learns: that it is the same person again. */
export function atLeast(permissions: readonly Permission[]): readonly Permission[] {
  return permissions.length === 0 ? [{ scope: 'openid' }] : permissions
}

/**
 * Spells what the box of a permission that can be left out sends: its scope value, where only one of those asked for has
 * it; otherwise, as for a claim, its `permissionKey`.
 *
 * @param asks all that is asked for
 */
export function formValue(permission: Permission, asks: readonly Permission[]): string {
  const { scope, claim } = permission
  if (claim !== undefined) return permissionKey(permission)
  const isPlain = asks.every((other) => other.scope !== scope || permissionKey(other) === permissionKey(permission))
  return isPlain ? scope : permissionKey(permission)
}

/** The words of a scope value's owner, in the reader's language where the owner gave them in it. */
function inWords(permission: Permission, { resources, words }: WordSources): Partial<ScopeDescription> {
  const { translations = {}, ...described } = describedBy(permission, resources) ?? {}
  return { ...described, ...translations[words.tag] }
}

function resourceGroup(indicator: string, permissions: readonly Permission[], sources: WordSources): PermissionGroup {
  const { resources, words } = sources
  const owner = resources.find(({ resource }) => resource === indicator)
  const worded = permissions
    .filter(({ resource }) => resource === indicator)
    .map((permission): PermissionWords => {
      const { scope, detail } = permission
      if (detail !== undefined) return detailWords(detail, owner?.authorization_details_types ?? {}, words)
      if (scope === '') return { scope, title: words.permission.resource, optional: false }
      const { title = scope, description, without, sensitive } = inWords(permission, sources)
      const optional = isOptional(permission, resources, sources.client)
      return {
        scope,
        title,
        optional,
        ...(optional && { value: formValue(permission, permissions) }),
        ...(description !== undefined && { description }),
        ...(optional && without !== undefined && { without }),
        ...(sensitive === true && { sensitive }),
        ...purposeOf(scope, sources),
      }
    })
  return { name: owner?.names?.[words.tag] ?? owner?.name ?? indicator, resource: indicator, permissions: worded }
}

function identityWords(scope: string, sources: WordSources): PermissionWords {
  const { resources, claims, account, client } = sources
  const { scopes, filed }: OurWords = sources.words.permission
  const title = Object.hasOwn(scopes, scope) ? scopes[scope] : undefined
  return {
    scope,
    title: title ?? filed(scope),
    optional: isOptional({ scope }, resources, client),
    ...purposeOf(scope, sources),
    ...(account && { values: particulars(claimsOf([scope], { claims }), account, sources.words.permission) }),
  }
}

function claimWords(permission: Permission & { readonly claim: string }, sources: WordSources): PermissionWords {
  const { claim } = permission
  const { resources, account } = sources
  const words: OurWords = sources.words.permission
  return {
    scope: permissionKey(permission),
    title: words.filed(label(claim, words)),
    optional: isOptional(permission, resources),
    ...purposeOf(claim, sources),
    ...(account && { values: particulars([claim], account, words) }),
  }
}

function purposeOf(scope: string, { client }: WordSources): { readonly purpose?: string } {
  const purposes = client?.metadata.purposes ?? {}
  const purpose = Object.hasOwn(purposes, scope) ? purposes[scope] : undefined
  return purpose === undefined ? {} : { purpose }
}

/** What would be handed over, as it is on file; where nothing is, the first claim says so. */
function particulars(claims: readonly string[], account: Account, words: OurWords): readonly Particular[] {
  const names = [...new Set(claims)]
  const onFile = names.flatMap((name) => {
    const value = Object.hasOwn(account.claims, name) ? spelled(account.claims[name], words) : undefined
    return value === undefined ? [] : [{ label: label(name, words), value }]
  })
  return onFile.length > 0 ? onFile : names.slice(0, 1).map((name) => ({ label: label(name, words) }))
}

function label(claim: string, words: OurWords): string {
  return (Object.hasOwn(words.claims, claim) ? words.claims[claim] : undefined) ?? claim.replaceAll('_', ' ')
}

function spelled(value: Json | undefined, words: OurWords): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'boolean') return value ? words.yes : words.no
  if (typeof value !== 'object') return String(value)
  // OpenID Connect Core §5.1.1: an address has a `formatted` member, or parts of which each is a line.
  if (!Array.isArray(value) && 'formatted' in value) return spelled(value['formatted'], words)
  const parts = Object.values(value).flatMap((one: Json) => spelled(one, words) ?? [])
  return parts.length === 0 ? undefined : parts.join(', ')
}
