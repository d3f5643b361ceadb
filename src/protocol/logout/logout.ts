/**
 * Signing out, for clients: OpenID Connect RP-Initiated Logout, Back-Channel Logout and Front-Channel Logout.
 *
 * A client asks for it at `end_session_endpoint` (`request.ts`; the page is `interaction/logout/`), and is told of it by
 * a logout token (`logout-token.ts`) or by a frame in the person's browser (`frame.ts`). Who is told is noted when a
 * client gets in, and queued by whatever ends the session (`Sessions.end`).
 */
import type { Feature } from '../feature.ts'

/** What discovery says of it. */
export const logout = {
  name: 'logout',
  spec: ['OpenID Connect Back-Channel Logout', 'OpenID Connect Front-Channel Logout'],
  refusals: [],

  metadata: () => ({
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
  }),
} satisfies Feature
