/** A successful token response: RFC 6749 §5.1, OpenID Connect Core §3.1.3.3. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds until the access token ends. */
  readonly expires_in: number
  /** What was granted, which may be less than what was asked; absent when it is no scope at all. */
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
}
