import { html, type Html } from '../kernel/html.ts'
import { destinationName, type Destination } from './destination.ts'
import { safeHref } from './href.ts'
import { icon } from './icon.ts'
import { inert, mixesAlphabets } from './inert.ts'

/** A client as a person is told of it: first where the answer goes, then what it calls itself. */
export interface ClientView {
  /** Where the browser goes with the answer, from the redirect URI of this very request. */
  readonly destination: Destination
  /** The name it claims; shown disarmed and cut after 60 characters. Undefined or empty: it has none. */
  readonly client_name?: string | undefined
  /** True: an operator registered it and vouches for the name. False: anyone may have chosen that name. */
  readonly verified: boolean
  /** The client's own privacy policy, RFC 7591 §2; left out unless it is `http(s)`. */
  readonly policy_uri?: string | undefined
  /** The client's own terms of service, RFC 7591 §2; left out unless it is `http(s)`. */
  readonly tos_uri?: string | undefined
}

const words = {
  registered: (name: Html) => html`Registered with this server as <strong>${name}</strong>.`,
  claimed: (name: Html) => html`It calls itself “${name}”. Nobody here has checked that name.`,
  mixed: 'The name mixes letters of different alphabets that look alike.',
  nameless: 'It gives no name.',
  unicode: (host: Html) => html`In its own letters: ${host}`,
  policy: 'Privacy policy',
  terms: 'Terms of service',
}

/** How much of a client's name is shown, in code points. */
const longestName = 60

/** Shows a client's name: as it is when verified, else in quotation marks. */
export function clientName(client: Pick<ClientView, 'client_name' | 'verified'>): Html {
  const name = inert(client.client_name ?? '', longestName)
  return client.verified ? name : html`“${name}”`
}

/** Says what a client calls itself and whether anybody here vouches for it. */
export function clientClaim(client: ClientView): Html {
  const { client_name, destination } = client
  return html`<div class="claim">${destination.kind === 'web' && destination.unicode_host !== undefined && html`<p class="muted">${words.unicode(html`<bdi class="host">${destination.unicode_host}</bdi>`)}</p>`}${claim(client)}${client_name !== undefined && mixesAlphabets(client_name) && html`<p class="claimed">${icon('warning')}<span>${words.mixed}</span></p>`}</div>`
}

function claim(client: ClientView): Html {
  if (client.client_name === undefined || client.client_name === '')
    return html`<p class="claimed">${icon('warning')}<span>${words.nameless}</span></p>`
  const name = inert(client.client_name, longestName)
  if (client.verified) return html`<p class="vouched">${icon('tick')}<span>${words.registered(name)}</span></p>`
  return html`<p class="claimed">${icon('warning')}<span>${words.claimed(name)}</span></p>`
}

/** Shows in one block whom the person deals with, for pages that are not about the client itself. */
export function clientBlock(client: ClientView): Html {
  return html`<div class="who"><span class="tile">${icon(client.destination.kind)}</span><p><strong>${destinationName(client.destination)}</strong><br><span class="muted">${clientName(client)}</span></p></div>`
}

/** Links to the client's own policy and terms, as far as it has them. */
export function clientLinks(client: ClientView): Html | undefined {
  const links = [
    { address: client.policy_uri, text: words.policy },
    { address: client.tos_uri, text: words.terms },
  ].flatMap(({ address, text }) => {
    const href = address === undefined ? undefined : safeHref(address)
    return href === undefined ? [] : [html`<li><a href="${href}" rel="noreferrer">${text}</a></li>`]
  })
  return links.length === 0 ? undefined : html`<ul class="links">${links}</ul>`
}
