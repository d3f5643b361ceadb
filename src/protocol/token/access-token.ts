/** What an access token says: RFC 9068 §2.2, the same for signed and opaque ones. */
import { randomBytes } from '../../kernel/random.ts'
import type { Bindings } from '../../kernel/binding.ts'
import { confirmationOf, isBound } from '../confirmation.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Authorization, StandingAccount } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import type { Permission } from '../../domain/grant.ts'
import { subjectFor } from '../../domain/subject.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { ProtocolParts } from '../parts.ts'
import { claimsFor } from './claims-for.ts'
import type { JwtClaims } from './sign.ts'
import { filling } from '../feature.ts'

/** What an access token is made from. */
export interface AccessTokenDraft {
  readonly client: Client
  /** On whose behalf; absent for `client_credentials`. */
  readonly subject: { readonly authorization: Authorization; readonly account: StandingAccount | undefined } | undefined
  readonly scope: readonly string[]
  readonly permissions: readonly Permission[]
  readonly target: ProtectedResource | undefined
  readonly bindings: Bindings
  readonly at: EpochSeconds
  readonly expires_at: EpochSeconds
}

/**
 * Spells the claims. Those of the operator and of the features come first, so that none of them can overwrite a claim
 * of the protocol.
 */
export function accessTokenClaims(
  { client, subject, scope, permissions, target, bindings, at, expires_at }: AccessTokenDraft,
  parts: Pick<ProtocolParts, 'issuer' | 'features' | 'settings' | 'secrets'>,
): JwtClaims {
  const { issuer, features, settings } = parts
  const added: Record<string, unknown> = subject?.account
    ? claimsFor(subject.account, scope, 'access_token', settings)
    : {}
  for (const feature of filling(features, 'tokenClaims')) {
    Object.assign(added, feature.tokenClaims({ client, bindings, permissions }))
  }
  const cnf = confirmationOf(bindings)
  return {
    ...added,
    iss: issuer,
    sub: subject?.account ? subjectFor(subject.account, client, parts) : client.client_id,
    aud: target?.resource ?? issuer,
    client_id: client.client_id,
    iat: at,
    exp: expires_at,
    jti: tokenIdentifier(subject?.authorization),
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    // RFC 7800 §3.1
    ...(isBound(cnf) && { cnf }),
    ...(subject && {
      auth_time: subject.authorization.auth_time,
      acr: subject.authorization.acr,
      amr: subject.authorization.amr,
    }),
  }
}

/**
 * Makes a `jti`: 24 bytes in base64url. On a person's behalf the first 16 name the authorization, so that whoever judges
 * the token finds in one read what it hangs on; the rest is random.
 */
function tokenIdentifier(authorization: Authorization | undefined): string {
  if (authorization === undefined) return randomBytes(24).toString('base64url')
  return Buffer.concat([Buffer.from(authorization.authorization_id, 'hex'), randomBytes(8)]).toString('base64url')
}
