/** Which names this server goes by: its issuer's and, on this machine, where it listens (SECURITY: PX-01). */
import { isLoopbackHost } from '../config/issuer.ts'

/** Where the server listens, once it does. */
export interface ListeningAddress {
  readonly host: string
  readonly port: number
}

/**
 * Makes the check of a `Host` field. A request for another name is not for us: answering it would let the chooser of
 * the name decide what caches, proxies and browsers take our answer for.
 */
export function hostCheck(issuer: string, listening: ListeningAddress | undefined): (host: string) => boolean {
  const { host, hostname, protocol } = new URL(issuer)
  const known = new Set([host, host === hostname ? `${host}:${protocol === 'https:' ? '443' : '80'}` : host])
  if (listening !== undefined && isLoopbackHost(listening.host)) {
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) known.add(`${name}:${listening.port}`)
  }
  return (written) => known.has(written) || known.has(written.toLowerCase())
}

/** Makes the check of a `Host` field of those who come by the alias where a client certificate is asked for. */
export function aliasCheck(origin: string | undefined): (host: string) => boolean {
  return origin === undefined ? () => false : hostCheck(origin, undefined)
}
