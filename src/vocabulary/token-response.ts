/** A successful token response: RFC 6749 §5.1, OpenID Connect Core §3.1.3.3. */
export interface TokenResponse extends RefreshTokenTimes, AdditionalMembers {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  /** Seconds until the access token ends. */
  readonly expires_in: number
  /** What was granted, which may be less than what was asked; absent when it is no scope at all. */
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** What later specifications add to a token response. */
export interface AdditionalMembers {
  /** RFC 9396 §7: what was granted in detail; absent when nothing was. */
  readonly authorization_details?: readonly object[]
}

/** How long a refresh token and what it stands on last: draft-ietf-oauth-refresh-token-expiration-03 §6.1. */
export interface RefreshTokenTimes {
  /** Seconds for which the refresh token may stay unused; at most `authorization_expires_in`. */
  readonly refresh_token_timeout?: number
  /** Seconds until the person's authorization ends; absent when only removing it ends it. */
  readonly authorization_expires_in?: number
}
