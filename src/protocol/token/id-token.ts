/** What an id_token says: OpenID Connect Core §2. */
import { createHash } from 'node:crypto'
import type { Bindings } from '../../kernel/binding.ts'
import type { EpochSeconds } from '../../kernel/time.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import type { Permission } from '../../domain/grant.ts'
import { sidFor } from '../../domain/session.ts'
import { subjectFor } from '../../domain/subject.ts'
import type { SigningAlgorithm } from '../../vocabulary/algorithms.ts'
import type { ProtocolParts } from '../parts.ts'
import { personalClaims } from './claims-for.ts'
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
  readonly permissions: readonly Permission[]
  readonly bindings: Bindings
  readonly at: EpochSeconds
  /** What it will be signed by. */
  readonly alg: SigningAlgorithm
  readonly withNonce: boolean
}

/** How long an id_token counts as fresh, in seconds: it is read once, at sign-in. */
const lifetime = 300

/**
 * Spells the claims; those of the operator come first, so that none can overwrite a claim of the protocol. There is no
 * `azp`: it is for a token whose audience is not the client that asked (§2), and ours is for that client alone.
 */
export function idTokenClaims(
  { client, standing, access_token, code, scope, permissions, bindings, at, alg, withNonce }: IdTokenDraft,
  parts: Pick<ProtocolParts, 'issuer' | 'settings' | 'features' | 'secrets'>,
): JwtClaims {
  const { authorization, account } = standing
  if (account === undefined) throw new Error('An id_token needs the account that the gate has judged')
  // OpenID Connect Core §5.4: where no access token is issued, userinfo cannot be asked, and this is the only place.
  const isAlone = access_token === undefined && code === undefined
  const about = { account, scope, permissions, bindings }
  return {
    ...(isAlone && personalClaims(about, 'userinfo', parts)),
    ...personalClaims(about, 'id_token', parts),
    iss: parts.issuer,
    sub: subjectFor(account, client, parts),
    aud: client.client_id,
    iat: at,
    exp: at + lifetime,
    auth_time: authorization.auth_time,
    acr: authorization.acr,
    amr: authorization.amr,
    sid: sidFor(authorization.session_id, client.client_id, parts),
    ...(access_token !== undefined && { at_hash: halfHash(access_token, alg) }),
    ...(code !== undefined && { c_hash: halfHash(code, alg) }),
    ...(withNonce && authorization.nonce !== undefined && { nonce: authorization.nonce }),
  }
}

/** Hashes as each algorithm itself does, RFC 7518 §3.1 and RFC 8032 §5.1. */
const digests: Readonly<Record<SigningAlgorithm, string>> = {
  ES256: 'sha256',
  RS256: 'sha256',
  PS256: 'sha256',
  EdDSA: 'sha512',
}

/** The left half of the hash of a token's characters, by the hash of what signs: OpenID Connect Core §3.1.3.6. */
export function halfHash(token: string, alg: SigningAlgorithm): string {
  const whole = createHash(digests[alg]).update(token, 'ascii').digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}
