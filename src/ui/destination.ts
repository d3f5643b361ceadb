import { domainToUnicode } from 'node:url'
import { html, type Html } from '../kernel/html.ts'
import { inertText } from './inert.ts'
import type { Words } from './words/en.ts'

/** Where the browser goes with the answer: what can be said of a client without believing it. */
export type Destination =
  | {
      readonly kind: 'web'
      /** Host as the browser connects to it: punycode where international, with the port unless it is the scheme's own. */
      readonly host: string
      /** The host in its own letters, only where they differ from `host`. */
      readonly unicode_host?: string
    }
  | {
      /** A loopback address: whatever listens there on the person's own machine. */
      readonly kind: 'this_computer'
      /** Host and port: `localhost:4001`. */
      readonly host: string
      /** Set where it may be read on another machine than the one that is meant. */
      readonly read?: 'elsewhere'
    }
  | {
      /** An application that the device opens by a private-use scheme, RFC 8252 §7.1. */
      readonly kind: 'application'
      /** The scheme without its colon: `com.example.app`. */
      readonly scheme: string
      /** Set where it may be read on another machine than the one that is meant. */
      readonly read?: 'elsewhere'
    }
  | {
      /** A device that shows a code, RFC 8628: the answer goes to whatever has the other half of it. */
      readonly kind: 'device'
      readonly user_code: string
    }

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Reads the destination out of a registered redirect URI. */
export function destinationOf(redirect_uri: string): Destination {
  const url = URL.parse(redirect_uri)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { kind: 'application', scheme: redirect_uri.slice(0, Math.max(0, redirect_uri.indexOf(':'))) }
  }
  if (loopback.test(url.hostname)) return { kind: 'this_computer', host: url.host }
  const unicode_host = url.host.replace(url.hostname, domainToUnicode(url.hostname))
  return { kind: 'web', host: url.host, ...(unicode_host !== url.host && { unicode_host }) }
}

/** Reads the destination as it is told to somebody who may be at another machine by now. */
export function destinationElsewhere(redirect_uri: string): Destination {
  const destination = destinationOf(redirect_uri)
  const isOfThisMachine = destination.kind === 'this_computer' || destination.kind === 'application'
  return isOfThisMachine ? { ...destination, read: 'elsewhere' } : destination
}

/** How much of a host or scheme is shown: what DNS allows a whole name, so that the end that decides is never cut. */
const longestHost = 253

/** From how many characters on a host is set smaller: about what a phone shows in one line of a heading. */
const longHost = 40

/** Names a destination at the beginning of a block or heading; what is claimed about it stands under it. */
export function destinationHeading(destination: Destination, words: Words): Html {
  switch (destination.kind) {
    case 'web':
      return destinationName(destination, words)
    case 'this_computer':
      return html`${placed(destination, words).computer_heading}`
    case 'application':
      return html`${placed(destination, words).device_heading}`
    case 'device':
      return html`${words.destination.shown_heading}`
  }
}

/** Tells the address of a destination that its heading leaves out: the loopback host, the scheme. */
export function destinationAddress(destination: Destination): Html | undefined {
  if (destination.kind === 'web') return undefined
  if (destination.kind === 'device') return html`<bdi class="user-code">${destination.user_code}</bdi>`
  const address = destination.kind === 'this_computer' ? destination.host : `${destination.scheme}:`
  return html`<bdi class="host">${inertText(address, longestHost)}</bdi>`
}

/** Names a destination within a sentence: `greatapp.example`, “the application at localhost:4001 on this computer”. */
export function destinationName(destination: Destination, words: Words): Html {
  const text = destinationText(destination, words)
  return html`<bdi class="${text.length > longHost ? 'host long' : 'host'}">${text}</bdi>`
}

/** Names a destination as plain text, for a title. */
export function destinationText(destination: Destination, words: Words): string {
  switch (destination.kind) {
    case 'web':
      return inertText(destination.host, longestHost)
    case 'this_computer':
      return placed(destination, words).this_computer(inertText(destination.host, longestHost))
    case 'application':
      return placed(destination, words).application(inertText(destination.scheme, longestHost))
    case 'device':
      return words.destination.shown(destination.user_code)
  }
}

/** “On this computer” is true for those alone who are at it. */
function placed(
  { read }: { readonly read?: 'elsewhere' },
  { destination }: Words,
): Words['destination'] | Words['destination']['elsewhere'] {
  return read === 'elsewhere' ? destination.elsewhere : destination
}
