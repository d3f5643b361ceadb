/**
 * Dynamic client registration: RFC 7591 §3, OpenID Connect Registration §3.
 *
 * Closed unless the operator opens it, to whoever has an initial access token or to anybody. A client that can keep no
 * secret gets an id that holds its metadata, and nothing is stored until a person allows it something (R11); any other
 * gets a row, a secret of our making, and a token to manage its registration by. What it says of itself passes the one
 * check that every client passes; the policy decides what of it is accepted.
 */
import { checkClientMetadataOutside } from '../../domain/client-metadata-outside.ts'
import { checkClientMetadata, type CheckedClient } from '../../domain/client-metadata.ts'
import type { Client, PresentedInitialAccessToken } from '../../domain/client.ts'
import type { Outbound } from '../../domain/outbound.ts'
import { issueSelfContainedId } from '../../domain/self-contained-client-id.ts'
import { endpoint } from '../../http/errors.ts'
import { readJsonObject } from '../../http/json.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { NetworkLimit } from '../network-limit.ts'
import type { ProtocolParts } from '../parts.ts'
import { registrationAnswer } from './answer.ts'
import { registrationPolicy } from './policy.ts'
import { withSoftwareStatement } from './software-statement.ts'
import { bearerToken, storeRegistration } from './stored.ts'

const closed = refusal('invalid_request', 'registration_closed', 'Clients cannot register themselves here', 404)
const tokenMissing = refusal(
  'invalid_token',
  'initial_access_token_missing',
  'Registering a client takes an initial access token',
)
const tokenMalformed = refusal(
  'invalid_token',
  'initial_access_token_malformed',
  'The initial access token is not one of this server',
)
const tooMuch = refusal(
  'invalid_client_metadata',
  'client_metadata_too_much',
  'The client metadata is more than an id can hold: send less of what is optional',
)

/** What the endpoint is made with. */
export type RegistrationParts = Pick<
  ProtocolParts,
  'issuer' | 'clock' | 'secrets' | 'log' | 'settings' | 'clients' | 'resources' | 'clientKeys'
> & { readonly registrationLimit: NetworkLimit; readonly outbound: Outbound }

/** Makes the handler of the registration endpoint. */
export function registrationEndpoint(parts: RegistrationParts): Handler {
  const { dynamic } = parts.settings.registration
  return endpoint('registration', parts, async (request) => {
    if (dynamic === 'off') throw closed()
    parts.registrationLimit.count(request.address)
    const paid_with = dynamic === 'token' ? presentedToken(request, parts) : undefined
    const given = await withSoftwareStatement(readJsonObject(request), parts)
    const checked = checkClientMetadata(given, await registrationPolicy(parts))
    await checkClientMetadataOutside(checked, parts)
    return paid_with === undefined && checked.metadata.token_endpoint_auth_method === 'none'
      ? answerWithoutRow(checked, parts)
      : answerWithRow(checked, paid_with, parts)
  })
}

/** RFC 7591 §3: sent as a bearer token. Whether it has a use left is decided when it is spent. */
function presentedToken(
  request: HttpRequest,
  { secrets }: Pick<ProtocolParts, 'secrets'>,
): PresentedInitialAccessToken {
  const token = bearerToken(request)
  if (token === undefined) throw tokenMissing()
  const read = secrets.read('initial_access_token', token)
  if (read === undefined) throw tokenMalformed()
  return { token_id: read.id, token_hash: read.hash }
}

async function answerWithRow(
  checked: CheckedClient,
  paid_with: PresentedInitialAccessToken | undefined,
  parts: RegistrationParts,
): Promise<HttpResponse> {
  const registered = await storeRegistration(checked, paid_with, parts)
  logRegistration(registered.client, paid_with, parts)
  return registrationAnswer(201, registered, parts)
}

function answerWithoutRow(checked: CheckedClient, parts: RegistrationParts): HttpResponse {
  const { software_statement, scope: _offered, default_scope: scope, ...metadata } = checked.metadata
  const created_at = parts.clock()
  // What is offered is read when the id is opened; what it named stays.
  const held = scope === undefined ? metadata : { ...metadata, scope }
  const client_id = issueSelfContainedId({ issued_at: created_at, metadata: held }, parts)
  if (client_id === undefined) throw tooMuch()
  const { unused_for, profile } = parts.settings.registration
  const client: Client = {
    ...checked,
    profile,
    client_id,
    secrets: [],
    disabled: false,
    registered_by: 'registration',
    created_at,
    provisional_until: created_at + unused_for,
  }
  logRegistration(client, undefined, parts)
  const repeated = software_statement === undefined ? {} : { software_statement }
  return registrationAnswer(201, { client, repeated }, parts)
}

function logRegistration(
  { client_id, metadata }: Client,
  paid_with: PresentedInitialAccessToken | undefined,
  { log }: Pick<ProtocolParts, 'log'>,
): void {
  const { client_name, redirect_uris, token_endpoint_auth_method } = metadata
  log.info('client_registered', {
    client_id,
    name: client_name,
    redirect_uris: redirect_uris.slice(0, 5),
    token_endpoint_auth_method,
    token_id: paid_with?.token_id,
  })
}
