/**
 * What is told about a person, and where: by scope, as the operator's table over OpenID Connect Core §5.4 says, and one by
 * one, as a feature asked for by name. Nothing else tells a claim of an account.
 */
import type { Bindings, Json } from '../../kernel/binding.ts'
import type { StandingAccount } from '../../domain/authorization.ts'
import { claimsAllowed, type Permission } from '../../domain/grant.ts'
import { protocolClaims } from '../../vocabulary/claims.ts'
import type { ClaimRule, ProtocolParts, ProtocolSettings } from '../parts.ts'
import { filling } from '../feature.ts'

/** To whom something is told: what of the person, under which permissions, and what the features kept of the request. */
export interface PersonalClaimsDraft {
  readonly account: StandingAccount
  /** The scope granted. */
  readonly scope: readonly string[]
  /** Everything granted that counts now, claims that are allowed by name among it. */
  readonly permissions: readonly Permission[]
  readonly bindings: Bindings
}

/** Tells what an id_token or the userinfo endpoint says of the person; the caller sets the claims of the protocol after it. */
export function personalClaims(
  { account, scope, permissions, bindings }: PersonalClaimsDraft,
  into: 'id_token' | 'userinfo',
  { settings, features }: Pick<ProtocolParts, 'features'> & { readonly settings: Pick<ProtocolSettings, 'claims'> },
): Record<string, Json> {
  const told = claimsFor(account, scope, into, settings)
  const allowed = new Set([...claimsAllowed(permissions), ...claimsOf(scope, settings)])
  const find = (name: string): Json | undefined => (allowed.has(name) ? tellable(account, name) : undefined)
  for (const feature of filling(features, 'personalClaims')) {
    Object.assign(told, feature.personalClaims({ into, bindings, find }))
  }
  return told
}

/**
 * Picks the claims of an account that the granted scope opens for one kind of token. A claim that the account does not
 * have is left out (OpenID Connect Core §5.3.2), and one that the protocol says itself is never among them.
 */
export function claimsFor(
  account: StandingAccount,
  scope: readonly string[],
  into: ClaimRule['into'][number],
  settings: Pick<ProtocolSettings, 'claims'>,
): Record<string, Json> {
  const rules = settings.claims.filter((rule) => rule.into.includes(into))
  const claims: Record<string, Json> = {}
  for (const name of claimsOf(scope, { claims: rules })) {
    const value = tellable(account, name)
    if (value !== undefined) claims[name] = value
  }
  return claims
}

/** Lists the claims that scope values open, wherever they go. */
export function claimsOf(scope: readonly string[], settings: Pick<ProtocolSettings, 'claims'>): readonly string[] {
  return settings.claims.filter((rule) => scope.includes(rule.scope)).flatMap(({ claims }) => claims)
}

/** A claim as it was given to the account, or what the account itself knows: its user name, and when it last changed. */
function tellable(account: StandingAccount, name: string): Json | undefined {
  if (protocolClaims.has(name)) return undefined
  if (Object.hasOwn(account.claims, name)) return account.claims[name]
  if (name === 'preferred_username') return account.username
  return name === 'updated_at' ? account.updated_at : undefined
}
