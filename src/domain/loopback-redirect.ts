/** A redirect URI to a program on the person's own device, as RFC 8252 §7.3 has it, cut up without a URL parser. */
export interface LoopbackRedirect {
  /** `localhost`, an address of 127.0.0.0/8 in four decimal parts, or `[::1]`: as written. */
  readonly host: string
  /** Decimal, without leading zero, 1 to 65535; undefined = none written. */
  readonly port: string | undefined
  /** Path and query as written, perhaps empty. */
  readonly rest: string
}

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const loopback = new RegExp(
  `^http://(localhost|127\\.${octet}\\.${octet}\\.${octet}|\\[::1\\])(?::([1-9][0-9]{0,4}))?((?:[/?][^]*)?)$`,
)

/**
 * Reads a loopback redirect URI from its raw text; undefined for anything else, another spelling of the same address
 * (`127.1`, `0x7f.1`, `LOCALHOST`) included: nobody meant what a lenient parser would make of those.
 */
export function readLoopbackRedirect(uri: string): LoopbackRedirect | undefined {
  const found = loopback.exec(uri)
  if (found === null) return undefined
  const [, host = '', port, rest = ''] = found
  return port !== undefined && Number(port) > 65535 ? undefined : { host, port, rest }
}
