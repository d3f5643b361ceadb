import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkList, idsIn, musts } from '../musts.ts'
import { root } from '../source.ts'
import { linked, table } from './table.ts'

/** One attack of RFC 9700 §4. */
interface Threat {
  readonly section: string
  readonly attack: string
  /** What meets it here. */
  readonly met: string
  /** Rows of the security check list that try it, `AZ-05 to AZ-12` among them. */
  readonly ids: string
}

const threats: readonly Threat[] = [
  {
    section: '§4.1',
    attack: 'a redirect URI that is checked loosely',
    met: 'compared byte for byte, before anything parses it; the loopback port alone may differ',
    ids: 'AZ-03, AZ-05 to AZ-12, AZ-14 to AZ-16, AZ-44',
  },
  {
    section: '§4.2',
    attack: 'credentials leak by the Referer header',
    met: '`Referrer-Policy: no-referrer`, no third-party request on any page, codes good for one use',
    ids: 'BR-03, BR-04, CD-01',
  },
  {
    section: '§4.3',
    attack: 'credentials leak by the browser’s history',
    met: 'no token in a URL: `response_type=code` alone, and codes that are spent when they are seen',
    ids: 'AZ-23, AZ-24, CD-01, CD-02, CD-07',
  },
  {
    section: '§4.4',
    attack: 'a client is led to mix up two servers',
    met: '`iss` in every authorization response (RFC 9207); the issuer comes from the configuration alone',
    ids: 'AZ-28, MX-01',
  },
  {
    section: '§4.5',
    attack: 'a stolen code is injected into another session',
    met: 'PKCE for every code; the code is bound to client and redirect URI',
    ids: 'PK-01, PK-04, PK-09, CD-05, CD-06',
  },
  {
    section: '§4.6',
    attack: 'a stolen access token is injected into a client',
    met: 'no token in an authorization response; `nonce` and audience in the ID token',
    ids: 'AZ-23, MX-03',
  },
  {
    section: '§4.7',
    attack: 'cross-site request forgery',
    met: 'PKCE and an untouched `state` for the client; on our pages a token bound to the browser, and its origin',
    ids: 'AZ-26, PK-01, BR-13, BR-14',
  },
  {
    section: '§4.8',
    attack: 'PKCE is taken out of a request',
    met: 'S256 only, required; a verifier for a code without a challenge is refused',
    ids: 'PK-01, PK-02, PK-06',
  },
  {
    section: '§4.9',
    attack: 'an access token leaks at a resource server',
    met: 'tokens for one audience, minutes long; introspection answers only those it is meant for',
    ids: 'TK-14, TK-15, IN-02',
  },
  {
    section: '§4.10',
    attack: 'a stolen access token is used',
    met: 'minutes of life, one audience, ended with its grant; bound to a key of its client where that has one',
    ids: 'TK-14, TK-15, RT-11, AC-28, DP-06, DP-07, MT-02',
  },
  {
    section: '§4.11',
    attack: 'the server as an open redirector',
    met: 'no redirect before the URI is proved; for strangers’ clients a page that names the host comes first',
    ids: 'AZ-01 to AZ-03, AZ-32, AZ-36, BR-30',
  },
  {
    section: '§4.12',
    attack: 'a 307 carries the password on',
    met: 'every redirect is a 303',
    ids: 'AZ-29',
  },
  {
    section: '§4.13',
    attack: 'a proxy passes on what a stranger wrote',
    met: 'forwarding headers count from configured networks only, and name nothing but the address and, where that is set, the client certificate',
    ids: 'PX-01 to PX-03, JK-07, MT-01',
  },
  {
    section: '§4.14',
    attack: 'a stolen refresh token',
    met: 'rotated at every use, one living descendant; a reuse ends the grant on that device; idle and absolute ends',
    ids: 'RT-01 to RT-04, RT-06, RT-07, RT-10 to RT-13',
  },
  {
    section: '§4.15',
    attack: 'a client that looks like a person',
    met: 'what a client gets for itself names it in a space of its own',
    ids: 'TK-17',
  },
  {
    section: '§4.16',
    attack: 'clickjacking',
    met: "`frame-ancestors 'none'` on every page but the one of session management, which shows nothing and is off",
    ids: 'BR-01',
  },
  {
    section: '§4.17',
    attack: 'messages between windows',
    met: 'no response mode that uses them; no CORS at the authorization endpoint',
    ids: 'AZ-24, AZ-30',
  },
]

const place = /(<!-- threats: .*? -->\n)[^]*?(<!-- \/threats -->)/

/** Prints the threats of RFC 9700 §4 with their tests into `SECURITY.md`, between the two marks. */
export function printThreats(): string {
  const rows = threats.map((threat) => [threat.section, threat.attack, threat.met, proofs(threat)])
  const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  return text.replace(place, (_, begin: string, end: string) => {
    return `${begin}\n${table(['RFC 9700', 'attack', 'met by', 'held by'], rows)}\n\n${end}`
  })
}

/** The ids that a test holds, with their files; whatever cites the section itself counts too. */
function proofs({ section, ids }: Threat): string {
  const wanted = idsIn(ids)
  const held = checkList().filter(({ id }) => wanted.includes(id))
  const citing = musts().filter(({ sections }) => sections.some((one) => sameSection(one, `RFC 9700 ${section}`)))
  const paths = [...new Set([...held.flatMap(({ paths: files }) => files), ...citing.map(({ path }) => path)])].sort()
  if (paths.length === 0) return 'not yet'
  return [held.map(({ id }) => id).join(', '), paths.map((path) => linked(path, 'root')).join(', ')]
    .filter((part) => part !== '')
    .join(': ')
}

function sameSection(one: string, whole: string): boolean {
  return one === whole || one.startsWith(`${whole}.`)
}
