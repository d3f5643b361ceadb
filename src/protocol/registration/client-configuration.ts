/** A client's own registration: RFC 7592 §2. It reads, replaces and deletes it, by the token that it alone has. */
import { checkClientMetadataOutside } from '../../domain/client-metadata-outside.ts'
import { checkClientMetadata } from '../../domain/client-metadata.ts'
import type { Client } from '../../domain/client.ts'
import { endpoint } from '../../http/errors.ts'
import { readJsonObject } from '../../http/json.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import type { Json } from '../../kernel/binding.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { newId } from '../../kernel/ids.ts'
import { refusal } from '../../kernel/refusal.ts'
import { registrationAnswer } from './answer.ts'
import type { RegistrationParts } from './endpoint.ts'
import { registrationPolicy } from './policy.ts'
import { withSoftwareStatement } from './software-statement.ts'
import { bearerToken, changeRegistration, deleteRegistration, presentedRegistration } from './stored.ts'

const otherClient = refusal(
  'invalid_client_metadata',
  'registration_of_other_client',
  'client_id must be the one of this registration',
)
const otherSecret = refusal(
  'invalid_client_metadata',
  'registration_secret_chosen',
  'client_secret may only repeat the one that was given; secrets are made here',
)
const fieldOfServer = refusal(
  'invalid_client_metadata',
  'registration_field_of_server',
  'The metadata has a field that only this server sets',
)

/** RFC 7592 §2.2: what an update must not have in it. */
const ofServer = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/** Makes the handler of a registration's own address. */
export function clientConfigurationEndpoint(parts: RegistrationParts): Handler {
  return endpoint('client_configuration', parts, (request) => {
    if (request.method === 'PUT') return replaced(request, parts)
    return request.method === 'DELETE' ? deleted(request, parts) : read(request, parts)
  })
}

/** RFC 7592 §2.1. The token stays: a client that cannot keep a new one would lock itself out by looking. */
async function read(request: HttpRequest, parts: RegistrationParts): Promise<HttpResponse> {
  const { client } = await presentedRegistration(request, parts)
  return registrationAnswer(200, { client, registration_access_token: bearerToken(request) ?? '' }, parts)
}

/** RFC 7592 §2.2: what is left out is taken away. It is checked as at registration, under the policy of today (DR-05). */
async function replaced(request: HttpRequest, parts: RegistrationParts): Promise<HttpResponse> {
  const registration = await presentedRegistration(request, parts)
  const given = readJsonObject(request)
  checkOwnFields(given, registration.client, parts)
  const checked = checkClientMetadata(await withSoftwareStatement(given, parts), await registrationPolicy(parts))
  await checkClientMetadataOutside(checked, parts)
  const changed = await changeRegistration(registration, checked, parts)
  parts.log.info('client_changed', { client_id: changed.client.client_id })
  return registrationAnswer(200, changed, parts)
}

function checkOwnFields(
  given: Readonly<Record<string, Json>>,
  { client_id, secrets: known }: Client,
  { secrets }: Pick<RegistrationParts, 'secrets'>,
): void {
  const detail = { client_id }
  if (given['client_id'] !== client_id) throw otherClient(detail)
  const [field] = ofServer.filter((name) => name in given)
  if (field !== undefined) throw fieldOfServer({ ...detail, parameter: field })
  const { client_secret } = given
  if (client_secret === undefined || client_secret === null) return
  const hash = typeof client_secret === 'string' ? secrets.hash('client_secret', client_secret) : ''
  if (!known.some((one) => sameSecret(one.hash, hash))) throw otherSecret(detail)
}

/** RFC 7592 §2.3: with the client ends everything that anybody allowed it. */
async function deleted(request: HttpRequest, parts: RegistrationParts): Promise<HttpResponse> {
  const registration = await presentedRegistration(request, parts)
  const { client_id } = registration.client
  const { address, request_id } = request
  const who = { actor: `client:${client_id}`, client_id, address, request_id }
  const event = { event_id: newId(), at: parts.clock(), event: 'client_deleted', ...who, detail: { by: 'client' } }
  await deleteRegistration(registration, event, parts)
  parts.log.info('client_deleted', { client_id })
  return { status: 204, headers: { 'cache-control': 'no-store', pragma: 'no-cache' }, body: '' }
}
