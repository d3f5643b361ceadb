/** Logout tokens: OpenID Connect Back-Channel Logout §2.4. They end a session at a client, and open nothing here. */
import type { Client } from '../../domain/client.ts'
import { profiles } from '../../domain/profile.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../parts.ts'

/** What a client is told. */
export interface SignOut {
  readonly client: Client
  /** Whose session it was, as the client knows them; absent when the account is gone. */
  readonly sub?: string | undefined
  /** Which session, as the client's id_tokens name it. */
  readonly sid: string
  /** The id of this token: a new one at each attempt, so that none is taken for a replay. */
  readonly jti: string
}

/** OpenID Connect Back-Channel Logout §2.4 asks for two minutes at most. */
const lifetime: Seconds = 120

const event = 'http://schemas.openid.net/event/backchannel-logout'

/** Signs a logout token, with the algorithm of the client's id_tokens. It has no nonce, so it cannot be taken for one of those. */
export function signLogoutToken(
  { client, sub, sid, jti }: SignOut,
  { issuer, clock, signer }: Pick<ProtocolParts, 'issuer' | 'clock' | 'signer'>,
): Promise<string> {
  const at = clock()
  const { metadata, profile } = client
  const alg = metadata.id_token_signed_response_alg ?? profiles[profile].id_token_signed_response_alg
  return signer.sign('logout+jwt', alg, {
    iss: issuer,
    aud: client.client_id,
    ...(sub !== undefined && { sub }),
    sid,
    iat: at,
    exp: at + lifetime,
    jti,
    events: { [event]: {} },
  })
}
