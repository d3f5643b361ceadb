/** Who stands on either side of a page: the client that asks, and the person who answers. */
import type { Account } from '../domain/account.ts'
import type { Client } from '../domain/client.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import type { ClientView } from '../ui/client.ts'
import { destinationOf } from '../ui/destination.ts'
import type { PersonView } from '../ui/person.ts'

/** Where logos are, for pages that show them. */
type Pictures = Pick<ProtocolParts, 'issuer'> & Partial<Pick<ProtocolParts, 'logos'>>

/** Shows a client by where its answer goes first, then by what it calls itself; with its logo where `logos` are given. */
export function clientView(client: Client, redirect_uri: string, pictures?: Pictures): ClientView {
  const { client_name, policy_uri, tos_uri } = client.metadata
  const logo = pictures?.logos?.pathOf(client)
  return {
    destination: destinationOf(redirect_uri),
    verified: !registeredItself(client),
    client_name,
    policy_uri,
    tos_uri,
    logo: pictures && logo !== undefined ? pictures.issuer + logo : undefined,
  }
}

/** Tells whether nobody here vouches for a client: it chose its own name and addresses. */
export function registeredItself({ registered_by }: Client): boolean {
  return registered_by === 'registration' || registered_by === 'metadata_document'
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
