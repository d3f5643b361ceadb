/** The logout request: OpenID Connect RP-Initiated Logout §2. What is wrong with it is shown, and never sent anywhere. */
import type { Client } from '../../domain/client.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import { withQuery } from '../../kernel/with-query.ts'
import type { ProtocolParts } from '../parts.ts'

const logoutMalformed = refusal(
  'invalid_request',
  'logout_request_malformed',
  'The logout request is not well-formed form encoding, or has a parameter twice',
)
const hintNotOurs = refusal(
  'invalid_request',
  'logout_hint_not_ours',
  'id_token_hint is not an id_token that this server made',
)
const hintOfAnother = refusal(
  'invalid_request',
  'logout_hint_of_another_client',
  'id_token_hint was not made for the application that client_id names',
)
const logoutClientUnknown = refusal(
  'invalid_request',
  'logout_client_unknown',
  'No application that may ask for this is registered under this client_id',
)
const returnWithoutClient = refusal(
  'invalid_request',
  'post_logout_redirect_uri_without_client',
  'post_logout_redirect_uri needs an id_token_hint or a client_id',
)
const returnUnregistered = refusal(
  'invalid_request',
  'post_logout_redirect_uri_unregistered',
  'post_logout_redirect_uri is not registered for this application',
)

/** A logout request that has passed every check. It says who asks; it proves nothing about who sits at the browser. */
export interface LogoutRequest {
  /** Who asks; undefined when the person does. */
  readonly client?: Client | undefined
  /** The session that the id_token names. */
  readonly sid?: string | undefined
  /** Where the browser goes afterwards, `state` in it: registered for this very client, to the byte. */
  readonly returns_to?: string | undefined
  /** The languages it wants the person to be spoken to in. */
  readonly ui_locales?: string | undefined
}

/**
 * Checks a logout request.
 *
 * An id_token is good however old it is (§2), and read by the one verifier of our own tokens: nobody else's, no access
 * token and none that was changed passes it.
 *
 * @throws `invalid_request`, a reason for each rule; always shown to the person
 */
export async function checkedLogoutRequest(
  parameters: Parameters,
  parts: Pick<ProtocolParts, 'clients' | 'issuer' | 'signer'>,
): Promise<LogoutRequest> {
  if (parameters.malformed || parameters.repeated().length > 0) throw logoutMalformed()
  const hint = readHint(parameters.get('id_token_hint'), parts)
  const client_id = parameters.get('client_id') ?? hint?.client_id
  if (hint !== undefined && hint.client_id !== client_id) throw hintOfAnother({ client_id: client_id?.slice(0, 200) })
  const client = client_id === undefined ? undefined : await askingClient(client_id, parts)
  const returns_to = checkedReturn(parameters, client)
  return { client, sid: hint?.sid, returns_to, ui_locales: parameters.get('ui_locales') }
}

function readHint(
  hint: string | undefined,
  { signer, issuer }: Pick<ProtocolParts, 'issuer' | 'signer'>,
): { readonly client_id: string; readonly sid: string } | undefined {
  if (hint === undefined) return undefined
  const claims = signer.verify('JWT', hint)
  const { iss, aud, sid, exp } = claims ?? {}
  // A signed answer of another kind may share the type, but none of them names a session and ends.
  if (iss !== issuer || typeof aud !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') {
    throw hintNotOurs()
  }
  return { client_id: aud, sid }
}

async function askingClient(client_id: string, { clients }: Pick<ProtocolParts, 'clients'>): Promise<Client> {
  const client = await clients.find(client_id)
  if (client === undefined || client.disabled) throw logoutClientUnknown({ client_id: client_id.slice(0, 200) })
  return client
}

function checkedReturn(parameters: Parameters, client: Client | undefined): string | undefined {
  const uri = parameters.get('post_logout_redirect_uri')
  if (uri === undefined) return undefined
  if (client === undefined) throw returnWithoutClient()
  if (client.metadata.post_logout_redirect_uris?.includes(uri) !== true) {
    throw returnUnregistered({ client_id: client.client_id, presented: uri.slice(0, 500) })
  }
  const state = parameters.get('state')
  return state === undefined ? uri : withQuery(uri, { state })
}
