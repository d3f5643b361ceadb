/**
 * The state of a browser, OpenID Connect Session Management §3.2: a value that is another one after each sign-in and
 * sign-out, in a cookie that the page at `check_session_iframe` can read wherever it is framed. It signs nobody in, is
 * looked up nowhere, and leads nobody without our key to the session. All of it is there only while the setting is on.
 */
import type { Session } from '../../domain/session.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import type { HttpRequest } from '../../http/message.ts'
import { randomBytes } from '../../kernel/random.ts'
import type { ProtocolParts } from '../parts.ts'

type StateSettings = Pick<ProtocolParts['settings'], 'session_management'>
type StateParts = Pick<ProtocolParts, 'secrets'> & { readonly settings: StateSettings }

/** A state as we spell it; anything else in the cookie is not one. */
const stateSyntax = /^[A-Za-z0-9_-]{43}$/

/** Spells the state of a browser that is signed in by that session; undefined while the setting is off. */
export function stateOfSession(
  { session_id }: Pick<Session, 'session_id'>,
  { secrets, settings }: StateParts,
): string | undefined {
  return settings.session_management === 'on' ? secrets.hash('browser state', session_id) : undefined
}

/**
 * Reads the state that a browser shows; undefined when it shows none, and while the setting is off. It is whatever its
 * page would compare with, so that an answer about nobody's session can be told apart from the next one.
 */
export function shownState(
  request: HttpRequest,
  { settings }: { readonly settings: StateSettings },
): string | undefined {
  const shown = settings.session_management === 'on' ? readCookie(request, 'state') : undefined
  return shown !== undefined && stateSyntax.test(shown) ? shown : undefined
}

/**
 * Spells the `set-cookie` fields that tell a browser's page that it is signed in, for as long as an unused session
 * lasts, so that an end by time is noticed too; none while the setting is off.
 */
export function signedInState(
  session: Pick<Session, 'session_id' | 'expires_at'>,
  parts: Pick<ProtocolParts, 'clock' | 'secrets'> & {
    readonly settings: StateSettings & {
      readonly lifetimes: Pick<ProtocolParts['settings']['lifetimes'], 'session_idle'>
    }
  },
): readonly string[] {
  const state = stateOfSession(session, parts)
  if (state === undefined) return []
  const lasts = Math.min(parts.settings.lifetimes.session_idle, session.expires_at - parts.clock())
  return [setCookie('state', state, lasts)]
}

/**
 * Spells the `set-cookie` fields that tell a browser's page that nobody is signed in; none while the setting is off.
 * The value is random: of a state that anybody knows, any site could compute the hash, and learn from the answer whether
 * a visitor is signed in here.
 */
export function signedOutState({ settings }: { readonly settings: StateSettings }): readonly string[] {
  return settings.session_management === 'on' ? [setCookie('state', randomBytes(32).toString('base64url'))] : []
}
