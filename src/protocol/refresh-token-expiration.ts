/**
 * How long a refresh token lasts, told to the client: draft-ietf-oauth-refresh-token-expiration-03, of 6 July 2026. A
 * client that knows the end can ask the person in time, and one that was given thirty days can say so.
 */
import type { Feature } from './feature.ts'

export const refreshTokenExpiration = {
  name: 'refresh token expiration',
  spec: ['draft-ietf-oauth-refresh-token-expiration-03'],
  refusals: [],

  metadata: () => ({ refresh_token_expiration_types_supported: ['authorization', 'token_timeout'] }),

  // §6.1: both, as far as they are finite. The timeout cannot exceed the grant, since the token's own end does not.
  tokenResponse: ({ grant, expires_at, at }) => ({
    refresh_token_timeout: expires_at - at,
    ...(grant?.expires_at !== undefined && { authorization_expires_in: grant.expires_at - at }),
  }),
} satisfies Feature
