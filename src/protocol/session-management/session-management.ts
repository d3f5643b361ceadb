/**
 * OpenID Connect Session Management: how a page of a client learns, without asking this server, that the person has
 * signed out or is somebody else. Off unless the operator turns it on (BR-35).
 *
 * An answer says `session_state`, a salted hash over the browser's state (`browser-state.ts`); the client's page hands
 * it to a frame of ours (`endpoint.ts`), which computes it again from the cookie.
 */
import { createHash } from 'node:crypto'
import { randomBytes } from '../../kernel/random.ts'
import type { AuthorizationResponseDraft, Feature } from '../feature.ts'
import { checkSessionPath } from './paths.ts'

/** What answers and discovery say of it. */
export const sessionManagement = {
  name: 'session management',
  spec: ['OpenID Connect Session Management'],
  refusals: [],

  // OpenID Connect Session Management §3.3
  metadata: ({ issuer, settings }) =>
    settings.session_management === 'on' ? { check_session_iframe: issuer + checkSessionPath } : {},

  authorizationResponse: (_parts, draft) => {
    const { browser_state, origin } = asker(draft)
    if (browser_state === undefined || origin === undefined) return {}
    const salt = randomBytes(16).toString('base64url')
    return { session_state: `${hash([draft.client.client_id, origin, browser_state, salt])}.${salt}` }
  },
} satisfies Feature

/**
 * Whose page may ask, and about what. OpenID Connect Session Management §2: the answer to an authentication request has a
 * state; to who asks for access alone, sessions are no business. A program that listens at a scheme of its own has no
 * page whose origin could be compared.
 */
function asker({ redirect_uri, scope, browser_state }: AuthorizationResponseDraft): {
  readonly browser_state?: string | undefined
  readonly origin?: string
} {
  const isAuthentication = scope?.split(' ').includes('openid') === true
  const isWeb = /^https?:/.test(redirect_uri)
  return isAuthentication && isWeb ? { browser_state, origin: new URL(redirect_uri).origin } : {}
}

/** OpenID Connect Session Management §3.2: as the page at `check_session_iframe` computes it. */
function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex')
}
