import type { EpochSeconds } from '../kernel/time.ts'
import type { Standing } from './authorization.ts'

/** An opaque access token's row. A signed one has none: it tells its own claims. */
export interface StoredAccessToken {
  readonly token_id: string
  /** Keyed hash of the value. */
  readonly token_hash: string
  /** Absent for `client_credentials`. */
  readonly authorization_id?: string
  readonly client_id: string
  /** The claims a signed token would carry, RFC 9068 §2.2. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly expires_at: EpochSeconds
}

/** A stored access token and what it hangs on. */
export interface FoundAccessToken {
  readonly token: StoredAccessToken
  /** Undefined for a token of `client_credentials`, and where the authorization is gone. */
  readonly standing: Standing | undefined
}

/** What a signed access token hangs on; of its own there is only that it was revoked. */
export interface SignedTokenState {
  readonly revoked: boolean
  /** Undefined for a token of `client_credentials`, and where the authorization is gone. */
  readonly standing: Standing | undefined
}

/** Port: opaque access tokens, and the `jti` of signed ones that were revoked before their end. */
export interface AccessTokens {
  create(token: StoredAccessToken): Promise<void>
  /** An opaque token with what it hangs on, read in one go. */
  find(token_id: string): Promise<FoundAccessToken | undefined>
  /** Forgets an opaque token: it is inactive from then on. */
  delete(token_id: string): Promise<void>
  /** Remembers a revoked `jti` until the token would have ended by itself. */
  revoke(jti: string, expires_at: EpochSeconds): Promise<void>
  /**
   * Whether a signed token was revoked, and what it hangs on, read in one go.
   *
   * @param authorization_id undefined for a token of `client_credentials`
   */
  findSigned(jti: string, authorization_id: string | undefined): Promise<SignedTokenState>
}
