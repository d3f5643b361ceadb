/** Who stands on either side of a page: the client that asks, and the person who answers. */
import type { Account } from '../domain/account.ts'
import { findToTell, registeredItself, type Client } from '../domain/client.ts'
import type { AuthorizationRequest } from '../protocol/authorize/request.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import type { ClientView } from '../ui/client.ts'
import { lookUp, type Language } from '../kernel/language.ts'
import { destinationElsewhere, destinationOf, type Destination } from '../ui/destination.ts'
import type { PersonView } from '../ui/person.ts'

/** Where logos are, for pages that show them. */
type Pictures = Pick<ProtocolParts, 'issuer'> & Partial<Pick<ProtocolParts, 'logos'>>

/** Shows a client by where its answer goes first, then by what it calls itself; with its logo where `logos` are given. */
export function clientView(client: Client, redirect_uri: string, language: Language, pictures?: Pictures): ClientView {
  return viewTowards(destinationOf(redirect_uri), client, language, pictures)
}

function viewTowards(destination: Destination, client: Client, language: Language, pictures?: Pictures): ClientView {
  const { metadata } = client
  const logo = pictures?.logos?.pathOf(client)
  return {
    destination,
    described_at: describedAt(client, destination),
    verified: !registeredItself(client),
    client_name: inLanguage(metadata, 'client_name', language),
    policy_uri: inLanguage(metadata, 'policy_uri', language),
    tos_uri: inLanguage(metadata, 'tos_uri', language),
    logo: pictures && logo !== undefined ? pictures.issuer + logo : undefined,
  }
}

/** Where its answers go says it already, unless they go elsewhere: to a program on a computer, to begin with. */
function describedAt({ client_id, registered_by }: Client, destination: Destination): string | undefined {
  const host = registered_by === 'metadata_document' ? URL.parse(client_id)?.host : undefined
  return destination.kind === 'web' && destination.host === host ? undefined : host
}

/** Finds a client that a page mentions, and shows it as `mentionedView` does. */
export async function clientViewOf(
  client_id: string,
  language: Language,
  parts: Pick<ProtocolParts, 'clients'> & Pictures,
): Promise<ClientView> {
  return mentionedView(client_id, await findToTell(client_id, parts), language, parts)
}

/**
 * Shows a client that a page mentions, and that does not ask just now, nor perhaps on this machine: by its first
 * redirect URI, or by its id where it has none, like a device, or was deleted meanwhile.
 */
export function mentionedView(
  client_id: string,
  client: Client | undefined,
  language: Language,
  pictures: Pictures,
): ClientView {
  const named = { kind: 'web', host: client_id } as const
  if (client === undefined) return { destination: named, verified: false }
  const [redirect_uri] = client.metadata.redirect_uris
  const destination = redirect_uri === undefined ? named : destinationElsewhere(redirect_uri)
  return viewTowards(destination, client, language, pictures)
}

/** Shows who asks: a client where its answer goes, or the device that it runs on. */
export function askerView(
  { client, target, device }: AuthorizationRequest,
  language: Language,
  pictures?: Pictures,
): ClientView {
  if (device === undefined) return clientView(client, target.redirect_uri, language, pictures)
  return viewTowards({ kind: 'device', user_code: device.user_code }, client, language, pictures)
}

/**
 * Reads a field of client metadata in a language: `client_name#ja` where a client gave one, else the field without a
 * language (RFC 7591 §2.2). Of several that fit, the widest first: `#de` before `#de-AT`.
 */
function inLanguage(
  metadata: Client['metadata'],
  field: 'client_name' | 'policy_uri' | 'tos_uri',
  language: Language,
): string | undefined {
  const tagged = Object.entries({ ...metadata } as Readonly<Record<string, unknown>>)
    .filter((entry): entry is [string, string] => entry[0].startsWith(`${field}#`) && typeof entry[1] === 'string')
    .map(([name, value]) => ({ tag: name.slice(field.length + 1), value }))
    .filter(({ tag }) => lookUp([tag], [language]) !== undefined)
    .sort((one, other) => one.tag.length - other.tag.length)
  return tagged[0]?.value ?? metadata[field]
}

/** Names an account to the person it belongs to. */
export function personView({ username, claims }: Account): PersonView {
  const { name, email } = claims
  return {
    username,
    ...(typeof name === 'string' && { name }),
    ...(typeof email === 'string' && { email }),
  }
}
