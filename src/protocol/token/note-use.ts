/** Notes that a grant was used, for its person's own page, each time tokens leave under it. */
import { coarseNetwork } from '../../kernel/network.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Standing } from '../../domain/authorization.ts'
import { permissionKey, type Permission } from '../../domain/grant.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import type { ProtocolParts } from '../parts.ts'

/** What tokens were asked for, as far as it tells of use. */
interface Asked {
  readonly from: { readonly address: string } | undefined
  readonly standing?: Standing
  readonly permissions: readonly Permission[]
  readonly target?: ProtectedResource | undefined
}

/** The tokens that leave. */
interface Made {
  readonly at: EpochSeconds
  /** What is left of what was asked for. */
  readonly permissions: readonly Permission[]
  /** When the access token ends; undefined where there is none. */
  readonly expires_at: EpochSeconds | undefined
  readonly has_id_token: boolean
}

/**
 * Notes the use. What it was for shows only where less was asked for than was authorized, and in an id_token, which tells
 * who the person is. What a client gets for itself uses nothing that a person gave.
 */
export function noteUse(
  { standing, target, from, ...asked }: Asked,
  made: Made,
  { grantUses }: Pick<ProtocolParts, 'grantUses'>,
): void {
  if (standing === undefined) return
  const isNarrower = asked.permissions.length < standing.authorization.permissions.length
  const shown = [...(isNarrower ? made.permissions : []), ...(made.has_id_token ? [{ scope: 'openid' }] : [])]
  grantUses.note({
    grant_id: standing.authorization.grant_id,
    at: made.at,
    network: from && coarseNetwork(from.address),
    permissions: shown.map(permissionKey),
    signed_until: target?.access_token_format === 'jwt' ? made.expires_at : undefined,
  })
}
