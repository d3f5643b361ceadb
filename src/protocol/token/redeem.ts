import { replayMemory, type RefreshState, type Standing } from '../../domain/authorization.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../parts.ts'
import type { Minted } from './mint.ts'

/** Spends an authorization that was not redeemed, and starts its chain of refresh tokens in the same statement. */
export async function redeem(
  { authorization }: Pick<Standing, 'authorization'>,
  { refresh, access_token_expires_at }: Minted,
  at: EpochSeconds,
  { authorizations }: Pick<ProtocolParts, 'authorizations'>,
): Promise<'spent' | 'lost'> {
  const chain: RefreshState | undefined = refresh && {
    refresh_hash: refresh.hash,
    refresh_expires_at: refresh.expires_at,
    last_used_at: at,
    earlier: [],
    ...(refresh.cnf && { cnf: refresh.cnf }),
  }
  const last = Math.max(refresh?.expires_at ?? access_token_expires_at, authorization.token_expires_at ?? 0)
  const delete_after = last + replayMemory
  const outcome = await authorizations.redeem(authorization.authorization_id, chain, delete_after, at)
  return outcome === 'redeemed' ? 'spent' : 'lost'
}
