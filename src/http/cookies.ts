import { parseCookie, stringifySetCookie } from 'cookie'
import type { Seconds } from '../kernel/time.ts'
import type { HttpRequest } from './message.ts'

/**
 * The cookies we set. `__Host-`: the browser accepts them only from this very host, over a secure connection, for the
 * whole host, so that no sibling domain can toss one in (RFC 6265bis §4.1.3).
 */
export const cookieNames = {
  /** The signed-in session. */
  session: '__Host-licet-session',
  /** Tells one browser from another, signed in or not: what interactions and CSRF tokens are bound to. */
  browser: '__Host-licet-browser',
  /** Known devices, per account, so that a stranger's wrong passwords never slow down the owner. */
  device: '__Host-licet-device',
  /** The state of the browser that frames of ours may read, OpenID Connect Session Management §3.2. It has no power. */
  state: '__Host-licet-state',
} as const

/** One of our cookies. */
export type CookieName = keyof typeof cookieNames

// Lax, not Strict: a person who comes back from an application must still be signed in.
const forUsAlone = { httpOnly: true, sameSite: 'lax' } as const
const forOurFrames = { httpOnly: false, sameSite: 'none' } as const

/** Who sees which. */
const seenBy: Readonly<Record<CookieName, typeof forUsAlone | typeof forOurFrames>> = {
  session: forUsAlone,
  browser: forUsAlone,
  device: forUsAlone,
  state: forOurFrames,
}

/**
 * Reads one of our cookies. Undefined when it is absent, or there twice: of two values of one name one is not ours, and
 * guessing which would be guessing who somebody is.
 */
export function readCookie(request: HttpRequest, name: CookieName): string | undefined {
  const header = request.headers['cookie']
  if (header === undefined) return undefined
  const wire = cookieNames[name]
  const [pair, ...others] = header.split(';').filter((one) => one.trim().startsWith(`${wire}=`))
  return pair === undefined || others.length > 0 ? undefined : parseCookie(pair)[wire]
}

/** Spells a `set-cookie` field; without `maxAge` the cookie goes when the browser closes. */
export function setCookie(name: CookieName, value: string, maxAge?: Seconds): string {
  return stringifySetCookie({
    name: cookieNames[name],
    value,
    path: '/',
    secure: true,
    ...seenBy[name],
    ...(maxAge !== undefined && { maxAge }),
  })
}

/** Spells the `set-cookie` field that removes a cookie. */
export function clearCookie(name: CookieName): string {
  return setCookie(name, '', 0)
}
