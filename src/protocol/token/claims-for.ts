/** Which account claims are told where: the operator's table over OpenID Connect Core §5.4. */
import type { Json } from '../../kernel/binding.ts'
import type { Account } from '../../domain/account.ts'
import { protocolClaims } from '../../vocabulary/claims.ts'
import type { ClaimRule, ProtocolSettings } from '../parts.ts'

/**
 * Picks the claims of an account that the granted scope opens for one kind of token. A claim that the account does not
 * have is left out (OpenID Connect Core §5.3.2), and one that the protocol says itself is never among them.
 */
export function claimsFor(
  account: Account,
  scope: readonly string[],
  into: ClaimRule['into'][number],
  settings: Pick<ProtocolSettings, 'claims'>,
): Record<string, Json> {
  const claims: Record<string, Json> = {}
  for (const rule of settings.claims) {
    if (!rule.into.includes(into) || !scope.includes(rule.scope)) continue
    for (const name of rule.claims) {
      const value = protocolClaims.has(name) ? undefined : claimOf(account, name)
      if (value !== undefined) claims[name] = value
    }
  }
  return claims
}

/** A claim as it was given to the account, or what the account itself knows: its user name, and when it last changed. */
function claimOf(account: Account, name: string): Json | undefined {
  if (Object.hasOwn(account.claims, name)) return account.claims[name]
  if (name === 'preferred_username') return account.username
  return name === 'updated_at' ? account.updated_at : undefined
}
