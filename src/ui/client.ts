import { html, type Html, type Piece } from '../kernel/html.ts'
import { destinationAddress, destinationHeading, destinationName, type Destination } from './destination.ts'
import { safeHref } from './href.ts'
import { icon } from './icon.ts'
import { inert, mixesAlphabets } from './inert.ts'
import { who } from './who.ts'
import type { Words } from './words/en.ts'

/** A client as a person is told of it: first where the answer goes, then what it calls itself. */
export interface ClientView {
  /** Where the browser goes with the answer, from the redirect URI of this very request. */
  readonly destination: Destination
  /** The name it claims; shown disarmed and cut after 60 characters. Undefined or empty: it has none. */
  readonly client_name?: string | undefined
  /** The host of the address at which it describes itself, where its answer goes somewhere else. */
  readonly described_at?: string | undefined
  /** True: an operator registered it and vouches for the name. False: anyone may have chosen that name. */
  readonly verified: boolean
  /** Where its logo is served, by us; undefined: it has none, and a drawing stands in its place. */
  readonly logo?: string | undefined
  /** The client's own privacy policy, RFC 7591 §2; left out unless it is `http(s)`. */
  readonly policy_uri?: string | undefined
  /** The client's own terms of service, RFC 7591 §2; left out unless it is `http(s)`. */
  readonly tos_uri?: string | undefined
}

/** How much of a client's name is shown, in code points. */
const longestName = 60

/** Shows a client's name: as it is when verified, else in quotation marks. */
export function clientName(client: Pick<ClientView, 'client_name' | 'verified'>, { client: words }: Words): Html {
  const name = inert(client.client_name ?? '', longestName)
  return client.verified ? name : words.quoted(name)
}

/** Tells whether a client calls itself anything; one that was deleted does not. */
export function hasName({ client_name }: Pick<ClientView, 'client_name'>): boolean {
  return client_name !== undefined && client_name !== ''
}

/** Says what a client calls itself and whether anybody here vouches for it. */
export function clientClaim(client: ClientView, everyWord: Words): Html {
  const { client_name = '', verified, destination } = client
  const { client: words } = everyWord
  const described = description(client, everyWord)
  const unicode_host = destination.kind === 'web' ? destination.unicode_host : undefined
  return html`
    <div class="claim">
      ${unicode_host !== undefined && html`<p class="muted">${words.unicode(html`<bdi class="host">${unicode_host}</bdi>`)}</p>`}
      ${unicode_host !== undefined && mixesAlphabets(unicode_host) && doubt(words.mixed_address)}
      ${described !== undefined && html`<p>${described}</p>`}
      ${claim({ client_name, verified }, words)}
      ${mixesAlphabets(client_name) && doubt(words.mixed_name)}
    </div>`
}

function claim(
  { client_name, verified }: { readonly client_name: string; readonly verified: boolean },
  words: Words['client'],
): Html {
  if (client_name === '') return doubt(words.nameless)
  const name = inert(client_name, longestName)
  if (verified) return html`<p class="vouched">${icon('tick')}<span>${words.registered(name)}</span></p>`
  return doubt(words.claimed(name))
}

/** draft-ietf-oauth-client-id-metadata-document-01 §6.4: whoever holds that host has written all that is said here. */
function description({ described_at }: ClientView, words: Words): Html | undefined {
  if (described_at === undefined) return undefined
  return words.client.described_at(
    html`<strong>${destinationName({ kind: 'web', host: described_at }, words)}</strong>`,
  )
}

function doubt(text: Piece): Html {
  return html`<p class="claimed">${icon('warning')}<span>${text}</span></p>`
}

/**
 * Shows in one block which client the person deals with, for pages that do not ask about the client itself.
 *
 * @param tag a word about the client, behind its name
 */
export function clientBlock(client: ClientView, element: 'heading' | 'paragraph', words: Words, tag?: string): Html {
  const { destination } = client
  const where = destinationHeading(destination, words)
  const address = destinationAddress(destination)
  const name = hasName(client) && clientName(client, words)
  const tagged = tag !== undefined && html` <span class="tag">${tag}</span>`
  const called = name === false && tagged === false ? [] : [html`${name}${tagged}`]
  const described = description(client, words)
  return who(
    destination.kind,
    element === 'heading' ? html`<h2 class="name">${where}</h2>` : html`<p class="name">${where}</p>`,
    [...called, described, address].filter((line) => line !== undefined),
    client.logo,
  )
}

/** Links to the client's own policy and terms, as far as it has them. */
export function clientLinks(client: ClientView, { client: words }: Words): Html | undefined {
  const links = [
    { address: client.policy_uri, text: words.policy },
    { address: client.tos_uri, text: words.terms },
  ].flatMap(({ address, text }) => {
    const href = address === undefined ? undefined : safeHref(address)
    return href === undefined ? [] : [html`<li><a href="${href}" rel="noreferrer">${text}</a></li>`]
  })
  return links.length === 0 ? undefined : html`<ul class="links">${links}</ul>`
}
