/**
 * Which browsers an account has signed in from, kept by the browser itself: a device id, and for each of a few accounts
 * a keyed hash over id and account that only we can make. It signs nobody in; it only tells the throttle that this is
 * not a stranger (OWASP calls it a device cookie).
 */
import { sameSecret } from '../kernel/hash.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'

/** How many accounts one browser is remembered for; the one that was not used for longest is forgotten. */
const mostAccounts = 5
const shape = /^[A-Za-z0-9_-]{22}(?:\.[A-Za-z0-9_-]{43}){1,5}$/

/** Reads the device's id from its cookie, if the account has signed in from it before; undefined for any other value. */
export function knownDevice(secrets: Secrets, cookie: string | undefined, account_id: string): string | undefined {
  const [device = '', ...marks] = read(cookie)
  if (marks.length === 0) return undefined
  const mark = markOf(secrets, device, account_id)
  return marks.some((one) => sameSecret(one, mark)) ? device : undefined
}

/** Makes the cookie's value after an account has signed in: the same device, with this account first among its marks. */
export function rememberDevice(secrets: Secrets, cookie: string | undefined, account_id: string): string {
  const [device = newOpaqueId(), ...marks] = read(cookie)
  const mark = markOf(secrets, device, account_id)
  return [device, mark, ...marks.filter((one) => one !== mark).slice(0, mostAccounts - 1)].join('.')
}

function read(cookie: string | undefined): readonly string[] {
  return cookie !== undefined && shape.test(cookie) ? cookie.split('.') : []
}

function markOf(secrets: Secrets, device: string, account_id: string): string {
  return secrets.hash('known device', `${device} ${account_id}`)
}
