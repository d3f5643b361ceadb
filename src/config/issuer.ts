import { isLoopback } from '../kernel/network.ts'
import type { Kind } from '../kernel/setting.ts'
import { shown, textAt } from '../kernel/setting-kinds.ts'

/**
 * The issuer identifier: RFC 8414 §2, and the only source of every URL we publish. Byte for byte what was written, so
 * a spelling that another program would spell otherwise is refused: a client compares it with what it was told.
 */
export const issuer: Kind<string> = {
  name: 'https URL (http on this machine alone)',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined) return undefined
    const wrong = whatIsWrong(written)
    return wrong === undefined ? written : at.mistake(`${wrong}, not ${shown(raw)}`)
  },
}

function whatIsWrong(written: string): string | undefined {
  if (!/^https?:\/\//.test(written)) return 'must begin with https://'
  if (written.includes('?')) return 'must have no query: write it without everything from the question mark on'
  if (written.includes('#')) return 'must have no fragment: write it without everything from the # on'
  if (written.endsWith('/')) return 'must not end in a slash: clients compare it byte for byte'
  const url = URL.canParse(written) ? new URL(written) : undefined
  if (url === undefined) return 'must be a URL such as https://id.example.com'
  if (url.username !== '' || url.password !== '') return 'must have no user name in it'
  const canonical = url.pathname === '/' ? url.href.slice(0, -1) : url.href
  if (canonical !== written) return `must be spelled as ${canonical}, in plain characters`
  if (/[%;\\]|\/\//.test(url.pathname)) return 'must have a path without %, ; and //: proxies rewrite them'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return 'must begin with https://; http is for localhost alone (RFC 8414 §2)'
  }
  return undefined
}

/** Tells whether a host, as a URL spells it, is this machine's own: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[(.*)\]$/, '$1'))
}

/** Tells whether an issuer is this machine's own, which is where development happens and nothing else. */
export function isLoopbackIssuer(issuer: string): boolean {
  return isLoopbackHost(new URL(issuer).hostname)
}
