/** Which claims go under which scope value into which token: OpenID Connect Core §5.4, and the operator's own. */
import { formed, list, record, word } from '../kernel/setting-kinds.ts'
import { required } from '../kernel/setting.ts'
import { protocolClaims } from '../vocabulary/claims.ts'

/** Where a claim can go. */
const places = word('access_token', 'id_token', 'userinfo')

/** The name of a claim that an account or a rule may hold. */
export const claimName = formed(
  'claim',
  (written) => !protocolClaims.has(written) && !(written in Object.prototype) && written.length <= 100,
  'a claim about the person, which the protocol does not set itself',
)

/** A scope value, RFC 6749 §3.3. */
export const scopeValue = formed(
  'scope value',
  (written) => /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(written),
  'visible ASCII without spaces, quotation marks and backslashes',
)

/** One rule. */
export const claimRule = record('claim rule', {
  scope: required(scopeValue, 'The scope value under which the claims are given.'),
  claims: required(list(claimName), 'The claims, by the names they have in an account.'),
  into: required(list(places), 'Where they go: `access_token`, `id_token`, `userinfo`.'),
})

/** A rule as it is read. */
export interface ConfiguredClaimRule {
  readonly scope: string
  readonly claims: readonly string[]
  readonly into: readonly ('access_token' | 'id_token' | 'userinfo')[]
}

/** OpenID Connect Core §5.4. */
const standard: readonly ConfiguredClaimRule[] = [
  {
    scope: 'profile',
    claims: [
      ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
      ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
    ],
    into: ['userinfo'],
  },
  { scope: 'email', claims: ['email', 'email_verified'], into: ['userinfo'] },
  { scope: 'address', claims: ['address'], into: ['userinfo'] },
  { scope: 'phone', claims: ['phone_number', 'phone_number_verified'], into: ['userinfo'] },
]

/** Adds the standard rules to the operator's: a rule for a scope value replaces the standard ones for it. */
export function withStandardRules(rules: readonly ConfiguredClaimRule[]): readonly ConfiguredClaimRule[] {
  const written = new Set(rules.map(({ scope }) => scope))
  return [...standard.filter(({ scope }) => !written.has(scope)), ...rules]
}
