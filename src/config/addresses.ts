/** Kinds of setting that say where something is: where we listen, where the database is, whom we may reach. */
import { Hidden } from '../kernel/hidden.ts'
import { isAddress } from '../kernel/network.ts'
import type { Kind } from '../kernel/setting.ts'
import { formed, shown, textAt } from '../kernel/setting-kinds.ts'

/** Where the server listens. */
export interface ListenAddress {
  /** An address, or `localhost`; IPv6 without brackets. */
  readonly host: string
  /** 0 = whatever port is free. */
  readonly port: number
}

const hostAndPort = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(0|[1-9][0-9]{0,4})$/

/** An address and a port to listen on: `127.0.0.1:4000`, `[::1]:4000`, `0.0.0.0:4000`. */
export const listenAddress: Kind<ListenAddress> = {
  name: 'address and port',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined) return undefined
    const [, six, four, port = ''] = hostAndPort.exec(written) ?? []
    const host = six ?? four ?? ''
    const named = isAddress(host) || four === 'localhost'
    if (named && Number(port) <= 65535) return { host, port: Number(port) }
    return at.mistake(`must be an address and a port such as 127.0.0.1:4000 or [::]:4000, not ${shown(raw)}`)
  },
}

/** The spelling of an address to listen on. */
export function spellListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where clients find us by another name: an origin, as RFC 6454 §6.1 spells it, by https. */
export const httpsOrigin: Kind<string> = formed(
  'https origin',
  (written) => URL.canParse(written) && written.startsWith('https://') && new URL(written).origin === written,
  'an https URL without path, such as https://mtls.id.example.com',
)

/** A host and port that our own requests may reach although it is not public. */
export const hostPort: Kind<string> = formed(
  'host:port',
  (written) => Number(hostAndPort.exec(written.toLowerCase())?.[3] ?? 0) > 0 && written === written.toLowerCase(),
  'a host in lower case and a port such as rp.test:8443',
)

/** The database: a file of SQLite's, or a PostgreSQL server. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite'; /** Absolute, or `:memory:`. */ readonly path: string }
  | { readonly kind: 'postgres'; readonly url: Hidden }

/** Where the database is: `sqlite:./licet.db` or `postgres://user:password@host:5432/name`. */
export const databaseAddress: Kind<DatabaseAddress> = {
  name: '`sqlite:` and a path, or a `postgres://` URL',
  read(raw, at) {
    // It may hold a password, so it is never shown.
    if (typeof raw !== 'string') return at.mistake('must be text such as sqlite:./licet.db')
    if (/^postgres(?:ql)?:\/\//.test(raw) && URL.canParse(raw)) return { kind: 'postgres', url: new Hidden(raw) }
    const written = raw.startsWith('sqlite:') ? raw.slice('sqlite:'.length) : ''
    if (written === ':memory:') return { kind: 'sqlite', path: written }
    if (written !== '' && !written.startsWith('//')) return { kind: 'sqlite', path: at.files.path(written) }
    return at.mistake('must be sqlite:./licet.db or postgres://user:password@host:5432/name')
  },
}

/** A URL that may hold a password, so that it is never shown. */
function hiddenUrl(name: string, beginning: RegExp, demand: string): Kind<Hidden> {
  return {
    name,
    read(raw, at) {
      const fits = typeof raw === 'string' && beginning.test(raw) && URL.canParse(raw)
      return fits ? new Hidden(raw) : at.mistake(`must be ${demand}`)
    },
  }
}

/** Where a standby of PostgreSQL is. */
export const postgresUrl = hiddenUrl(
  '`postgres://` URL',
  /^postgres(?:ql)?:\/\//,
  'postgres://user:password@host:5432/name',
)

/** Where mail is handed over. */
export const smtpUrl = hiddenUrl(
  '`smtp://` or `smtps://` URL',
  /^smtps?:\/\/[^/]/,
  'a URL such as smtp://mail.example.com:587',
)

/** Where our own requests go; whether they get there is up to the outbound guard. */
export const outboundUrl: Kind<string> = formed(
  'URL',
  (written) => /^https?:\/\/[\x21-\x7e]+$/.test(written) && URL.canParse(written) && !written.includes('#'),
  'an https:// URL without fragment; http:// or a private address needs outbound.allow',
)

const mailAddress = String.raw`[^\s<>@,;:"]+@[^\s<>@,;:"]+`
const mailName = String.raw`(?:"[^"\\\p{Cc}]*"|[^"<>,;:@\p{Cc}]*)`
const sender = new RegExp(`^(?:${mailName} *<${mailAddress}>|${mailAddress})$`, 'u')

/** Whom mail comes from: one address, alone or after a name. A second one, or a header field, could hide in more (AD-11). */
export const mailSender: Kind<string> = formed(
  'address, or a name and an address in angle brackets',
  (written) => sender.test(written),
  'an address such as id@example.com or Licet <id@example.com>',
)
