/** What an id_token says: OpenID Connect Core §2. */
import { createHash } from 'node:crypto'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import type { ProtocolParts } from '../parts.ts'
import { claimsFor } from './claims-for.ts'
import type { JwtClaims } from './sign.ts'

/** What an id_token is made from. */
export interface IdTokenDraft {
  readonly client: Client
  readonly standing: Standing
  /** The access token beside it, for `at_hash`; absent where none is issued with it. */
  readonly access_token?: string
  /** The code beside it, for `c_hash`: OpenID Connect Core §3.3.2.11. */
  readonly code?: string
  readonly scope: readonly string[]
  readonly at: EpochSeconds
  readonly withNonce: boolean
}

/** How long an id_token may be taken for fresh: it is read once, at sign-in. */
const lifetime = 300

/** Spells the claims; those of the operator come first, so that none can overwrite a claim of the protocol. */
export function idTokenClaims(
  { client, standing, access_token, code, scope, at, withNonce }: IdTokenDraft,
  { issuer, settings }: Pick<ProtocolParts, 'issuer' | 'settings'>,
): JwtClaims {
  const { authorization, account } = standing
  if (account === undefined) throw new Error('An id_token needs the account that the gate has judged')
  // OpenID Connect Core §5.4: where no access token is issued, userinfo cannot be asked, and this is the only place.
  const isAlone = access_token === undefined && code === undefined
  return {
    ...(isAlone && claimsFor(account, scope, 'userinfo', settings)),
    ...claimsFor(account, scope, 'id_token', settings),
    iss: issuer,
    sub: account.sub,
    aud: client.client_id,
    iat: at,
    exp: at + lifetime,
    auth_time: authorization.auth_time,
    acr: authorization.acr,
    amr: authorization.amr,
    sid: authorization.session_id,
    ...(access_token !== undefined && { at_hash: halfHash(access_token) }),
    ...(code !== undefined && { c_hash: halfHash(code) }),
    ...(withNonce && authorization.nonce !== undefined && { nonce: authorization.nonce }),
  }
}

/** The left half of the SHA-256 of a token's characters, OpenID Connect Core §3.1.3.6; both our algorithms use SHA-256. */
function halfHash(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url')
}
