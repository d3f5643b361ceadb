/** The names that people may choose for their own accounts: none that could be taken for somebody else's (AC-07). */

/** Why a name may not be chosen. */
export type UserNameFault = 'malformed' | 'reserved'

/**
 * One alphabet, so that no two different names look alike; no `@`, so that none is somebody's e-mail address; nothing at the
 * ends that is easily overlooked.
 */
const chosen = /^[a-z0-9][a-z0-9.-]{1,62}[a-z0-9]$/i

/** Whom people write to, and believe, because of the name alone (RFC 2142). */
const reserved: ReadonlySet<string> = new Set([
  'abuse',
  'admin',
  'administrator',
  'anonymous',
  'billing',
  'help',
  'hostmaster',
  'info',
  'licet',
  'moderator',
  'nobody',
  'noc',
  'noreply',
  'operator',
  'owner',
  'postmaster',
  'root',
  'security',
  'staff',
  'support',
  'sysadmin',
  'system',
  'team',
  'webmaster',
])

/** Finds what is wrong with a name that somebody chose; whether it is taken, the database says. */
export function userNameFault(username: string): UserNameFault | undefined {
  if (!chosen.test(username)) return 'malformed'
  return reserved.has(username.toLowerCase().replaceAll(/[.-]/g, '')) ? 'reserved' : undefined
}
