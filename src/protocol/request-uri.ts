/** Request objects by reference: `request_uri`, RFC 9101 §5.2 and OpenID Connect Core §6.2. Off unless a setting opens it. */
import { refusal } from '../kernel/refusal.ts'
import { namedBy, type Client } from '../domain/client.ts'
import type { ProtocolParts } from './parts.ts'

const unsupported = refusal(
  'request_uri_not_supported',
  'request_uri_unsupported',
  'request_uri is taken only where the operator allows it, or as the answer of a pushed authorization request',
)
const unregistered = refusal(
  'invalid_request_uri',
  'request_uri_unregistered',
  'request_uri is not among the request_uris registered for this client',
)
const unreadable = refusal(
  'invalid_request_uri',
  'request_uri_unreadable',
  'request_uri did not lead to a request object',
)

/** The longest request object that is read, in bytes. */
const longest = 32_768

/**
 * Fetches the request object of a client.
 *
 * Only from an address that was registered beforehand, since anybody can send a browser here with any address in it
 * (SECURITY: JR-03, SF-02). A fragment is not a part of the address: it tells a cache when to fetch again (OpenID Connect
 * Core §6.2.3), and we keep nothing. It proves nothing either, since the browser brings it; the signature does.
 *
 * @throws {OAuthError} `request_uri_not_supported` where the operator has not opened it, else `invalid_request_uri`
 */
export async function fetchRequestObject(
  request_uri: string,
  client: Client,
  { settings, outbound }: Pick<ProtocolParts, 'settings' | 'outbound'>,
): Promise<string> {
  const { client_id, metadata } = client
  const detail = { client_id, presented: request_uri.slice(0, 500) }
  if (!settings.authorization_requests.by_reference) throw unsupported(detail)
  const address = withoutFragment(request_uri)
  const isRegistered = metadata.request_uris?.some((registered) => withoutFragment(registered) === address) === true
  if (!isRegistered) throw unregistered(detail)
  const accept = 'application/oauth-authz-req+jwt, application/jwt'
  const answer = await outbound.get(address, { accept, maximum: longest, named_by: namedBy(client) })
  if ('refused' in answer) throw unreadable({ ...detail, why: answer.why })
  if (answer.status !== 200) throw unreadable({ ...detail, status: answer.status })
  return new TextDecoder().decode(answer.body).trim()
}

function withoutFragment(uri: string): string {
  return uri.split('#', 1)[0] ?? ''
}
