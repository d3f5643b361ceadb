/** Front-channel logout: the address that a frame in the person's browser loads at each client. */
import type { Client } from '../../domain/client.ts'
import { withQuery } from '../../kernel/with-query.ts'

/**
 * Spells the address of the frame, OpenID Connect Front-Channel Logout §2; undefined where the client has none. Only
 * https: a frame is loaded in the page that says whether the person is signed out.
 */
export function logoutFrame({ metadata }: Client, issuer: string, sid: string): string | undefined {
  const { frontchannel_logout_uri } = metadata
  if (frontchannel_logout_uri?.startsWith('https://') !== true) return undefined
  return withQuery(frontchannel_logout_uri, { iss: issuer, sid })
}
