/** Network addresses: one spelling for each, the network each counts as, and which ones nobody outside may send us to. */
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { Recent } from './recent.ts'

type Address = IPv4 | IPv6
type Range = readonly [Address, number]

/** How many addresses are remembered: one request asks about its own some five times. A zone may be of any length. */
const remembered = 1000
const longestRemembered = 64

const parse = remembering(parseAnew)
const spell = remembering((address) => readAddress(address)?.toString())
const spellNetworkAround = remembering(networkAround)

/** IPv4 that is not the public internet: the special-purpose registry of RFC 6890 as it stands, multicast and class E. */
const privateV4 = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
)
/** The part of IPv6 that is given out for the public internet, RFC 4291 §2.4: everything outside it is private to us. */
const publicV6 = ranges('2000::/3')
/** What inside it is not: Teredo, protocol assignments, documentation and 6to4, which may lead to an IPv4 address of ours. */
const privateV6 = ranges('2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20')

/**
 * Spells an address in its one canonical form; undefined for what is not an address.
 *
 * IPv4 is four decimal parts and nothing else: `127.1`, `0x7f.1`, `0177.0.0.1` and `2130706433` are names to us, as they
 * are to most resolvers. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is that IPv4 address; a zone is dropped.
 */
export function canonicalAddress(address: string): string | undefined {
  return spell(address)
}

/**
 * Names the network that an address counts as, wherever attempts are counted: an IPv4 address itself, the /64 of an IPv6
 * address, since whoever has one address of a /64 has them all. What is not an address counts as one and the same, `unknown`.
 */
export function networkKey(address: string): string {
  const read = readAddress(address)
  if (read === undefined) return 'unknown'
  if (read.kind() === 'ipv4') return read.toString()
  const upper = read.toByteArray().slice(0, 8)
  return `${ipaddr.fromByteArray([...upper, 0, 0, 0, 0, 0, 0, 0, 0]).toString()}/64`
}

/**
 * Names the network around an address, for people to recognise where something came from without telling which machine
 * it was: the /24 of an IPv4 address, the /48 of an IPv6 address; undefined for what is not an address.
 */
export function coarseNetwork(address: string): string | undefined {
  return spellNetworkAround(address)
}

function networkAround(address: string): string | undefined {
  const read = readAddress(address)
  if (read === undefined) return undefined
  const [length, kept] = read.kind() === 'ipv4' ? [24, 3] : [48, 6]
  const bytes = read.toByteArray().map((byte, place) => (place < kept ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`
}

/**
 * Tells whether an address is anything but a unicast address of the public internet, so that a request there could reach
 * what only we can reach: loopback, private, link-local (cloud metadata), shared, mapped, translated, multicast, reserved
 * and documentation addresses, and whatever is not an address.
 */
export function isPrivateAddress(address: string): boolean {
  const read = parse(address)
  if (read === undefined) return true
  if (read.kind() === 'ipv4') return matches(read, privateV4)
  return !matches(read, publicV6) || matches(read, privateV6)
}

/** Tells whether a text is a network as `inNetworks` reads it: an address, or an address and a prefix length, `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return readRange(text) !== undefined
}

/** Some networks, read once. */
export interface Networks {
  /** As they were written. */
  readonly written: readonly string[]
  readonly ranges: readonly Range[]
}

/** Reads networks; what is not a network (`isNetwork`) holds no address. */
export function networks(written: readonly string[]): Networks {
  return { written, ranges: ranges(...written) }
}

/** Tells whether an address lies in one of some networks; a mapped one lies where its IPv4 address does. */
export function inNetworks(address: string, { ranges }: Networks): boolean {
  const at = readAddress(address)
  return at !== undefined && matches(at, ranges)
}

/** Tells whether a text is an address, in any spelling but those of IPv4 that only some programs read. */
export function isAddress(text: string): boolean {
  return parse(text) !== undefined
}

/** Tells whether an address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return inNetworks(address, loopback)
}

const loopback = networks(['127.0.0.0/8', '::1'])

/**
 * Finds out who is asking. What a peer forwards is believed only while each teller in the chain, from the nearest on, is
 * a trusted proxy: the address is that of the first who is not.
 *
 * @param peer the address at the other end of the connection
 * @param x_forwarded_for the header field, with all its values joined; undefined when absent
 */
export function clientAddress(peer: string, x_forwarded_for: string | undefined, trusted: Networks): string {
  let teller = canonicalAddress(peer) ?? peer
  const told = x_forwarded_for?.split(',') ?? []
  while (told.length > 0 && inNetworks(teller, trusted)) {
    const next = canonicalAddress(withoutPort((told.pop() ?? '').trim()))
    // Where a proxy of ours says nonsense, the proxy is the last address we know.
    if (next === undefined) return teller
    teller = next
  }
  return teller
}

/** Some proxies tell the port as well: `192.0.2.1:49152`, `[2001:db8::1]:49152`. */
function withoutPort(written: string): string {
  const [, six, four] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?$/.exec(written) ?? []
  return six ?? four ?? written
}

/** Remembers what was found for the latest addresses; what is not an address is asked about again. */
function remembering<Found>(find: (address: string) => Found | undefined): typeof find {
  const recent = new Recent<Found>(remembered)
  return (address) => {
    const known = recent.get(address)
    if (known !== undefined) return known
    const found = find(address)
    if (found !== undefined && address.length <= longestRemembered) recent.set(address, found)
    return found
  }
}

function parseAnew(address: string): Address | undefined {
  const bare = address.split('%', 1)[0] ?? ''
  // ipaddr.js by itself takes octal, hexadecimal and short forms of IPv4.
  if (!bare.includes(':')) return ipaddr.IPv4.isValidFourPartDecimal(bare) ? ipaddr.IPv4.parse(bare) : undefined
  // RFC 4291 §2.5.5.1: `::192.0.2.1` is deprecated, and ipaddr.js takes it for the mapped `::ffff:192.0.2.1`.
  return ipaddr.IPv6.isValid(bare) && !/^::\d+\./.test(bare) ? ipaddr.IPv6.parse(bare) : undefined
}

function readAddress(address: string): Address | undefined {
  const found = parse(address)
  return found !== undefined && 'isIPv4MappedAddress' in found && found.isIPv4MappedAddress()
    ? found.toIPv4Address()
    : found
}

function readRange(text: string): Range | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const base = parse(address)
  if (base === undefined || rest.length > 0 || address.includes('%')) return undefined
  const longest = base.kind() === 'ipv4' ? 32 : 128
  if (length === undefined) return [base, longest]
  return /^(?:0|[1-9][0-9]{0,2})$/.test(length) && Number(length) <= longest ? [base, Number(length)] : undefined
}

function ranges(...texts: readonly string[]): readonly Range[] {
  return texts.flatMap((text) => {
    const range = readRange(text)
    return range === undefined ? [] : [range]
  })
}

function matches(address: Address, known: readonly Range[]): boolean {
  return known.some(([base, length]) => address.kind() === base.kind() && address.match(base, length))
}
