/**
 * Says how a redirect URI that nobody registered differs from the one that was most likely meant. For the operator's log
 * alone: it decides nothing, which is why it may use a URL parser where the comparison may not.
 */

/** The nearest registered redirect URI, and where the presented one leaves it. */
export interface RedirectUriDifference {
  readonly nearest: string
  /** Such as `trailing slash`, `scheme`, `host and port`. */
  readonly differs_in: string
}

/** The parts of an address, as an operator calls them, in the order they are written. */
const parts: Readonly<Record<string, (url: URL) => string>> = {
  scheme: ({ protocol }) => protocol,
  'user name': ({ username, password }) => `${username}:${password}`,
  host: ({ hostname }) => hostname,
  port: ({ port }) => port,
  path: ({ pathname }) => pathname,
  query: ({ search }) => search,
  fragment: ({ hash }) => hash,
}

/** Finds it; undefined for a client without redirect URIs. Only the first hundred are looked at, and 500 characters. */
export function redirectUriDifference(
  registered: readonly string[],
  presented: string,
): RedirectUriDifference | undefined {
  const found = registered
    .slice(0, 100)
    .map((nearest) => ({ nearest, differing: differing(nearest, presented.slice(0, 500)) }))
    .sort((one, other) => farness(one.differing) - farness(other.differing))[0]
  return found && { nearest: found.nearest, differs_in: found.differing.join(' and ') }
}

/** Another host or path is another address; anything else is a slip on the way to the same one. */
function farness(differing: readonly string[]): number {
  return differing.reduce((sum, part) => sum + (part === 'host' || part === 'path' ? 3 : 1), 0)
}

function differing(registered: string, presented: string): readonly string[] {
  const [ours, theirs] = [URL.parse(registered), URL.parse(presented)]
  if (ours === null || theirs === null) return ['form: it is not an absolute URI']
  const found = Object.entries(parts).filter(([, read]) => read(ours) !== read(theirs))
  if (found.length === 0) return ['spelling']
  return found.map(([name, read]) => (name === 'path' ? pathDifference(read(ours), read(theirs)) : name))
}

function pathDifference(registered: string, presented: string): string {
  if (registered.replace(/\/$/, '') === presented.replace(/\/$/, '')) return 'trailing slash'
  return registered.toLowerCase() === presented.toLowerCase() ? 'case of the path' : 'path'
}
