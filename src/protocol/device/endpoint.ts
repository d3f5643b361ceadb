/**
 * The device authorization endpoint, RFC 8628 §3.1: for devices without a browser, and only for clients that hold the
 * grant type. The person's side is `interaction/device-code/`; the device asks on at the token endpoint (`token/device-code.ts`).
 */
import { Bindings } from '../../kernel/binding.ts'
import { newId } from '../../kernel/ids.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { Client } from '../../domain/client.ts'
import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import { enabledOf, ownersOf } from '../../domain/protected-resource.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler } from '../../http/message.ts'
import { deviceCodeGrantType } from '../../vocabulary/grant-types.ts'
import { permissionsFor, requestedScope } from '../authorize/scope.ts'
import { authenticateClient, isPublic } from '../client-authentication/authenticate.ts'
import { filling, repeatableIn, type AuthorizationRequestDraft } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import { newUserCode, spelledUserCode, userCodeHash } from './user-code.ts'

const grantNotHeld = refusal(
  'unauthorized_client',
  'device_grant_not_held',
  'The client is not registered for device authorization',
)

/** How long a person has to enter the code and answer: too short for anybody to guess it. */
const lifetime: Seconds = 600

/** RFC 8628 §3.2: how long a device waits between two polls unless told otherwise. */
const pollInterval: Seconds = 5

/** Where people enter user codes, under the issuer. */
export const verificationPath = '/device'

/** Makes the handler of the device authorization endpoint. */
export function deviceAuthorizationEndpoint(parts: ProtocolParts): Handler {
  const repeatable = repeatableIn(parts.features)
  return endpoint('device authorization', parts, async (request) => {
    const parameters = readForm(request, repeatable)
    const client = await authenticateClient(request, parameters, parts)
    if (!client.metadata.grant_types.includes(deviceCodeGrantType)) throw grantNotHeld({ client_id: client.client_id })
    if (isPublic(client)) parts.deviceLimit.count(request.address, client.client_id)
    const asked = await whatIsAsked(parameters, client, parts)
    const { device_code, user_code } = await issued(client, asked, parts)
    const verification_uri = parts.issuer + verificationPath
    return json(200, {
      device_code,
      user_code,
      verification_uri,
      verification_uri_complete: `${verification_uri}?user_code=${user_code}`,
      expires_in: lifetime,
      interval: pollInterval,
    })
  })
}

async function whatIsAsked(
  parameters: Parameters,
  client: Client,
  parts: ProtocolParts,
): Promise<Pick<DeviceAuthorization, 'permissions' | 'bindings'>> {
  const knownResources = enabledOf(await parts.resources.list())
  const scope = requestedScope(parameters.get('scope'), client, knownResources, parts.settings)
  const draft: AuthorizationRequestDraft = {
    parameters,
    client,
    response_type: 'code',
    knownResources,
    scope,
    resources: ownersOf(scope, knownResources),
    details: [],
    knownClaims: new Set<string>(),
    claims: [],
    acr: { values: [], kind: 'voluntary' },
    subjects: [],
    bindings: new Bindings(),
  }
  for (const feature of filling(parts.features, 'deviceAuthorizationRequest'))
    await feature.deviceAuthorizationRequest(draft, parts)
  return { permissions: permissionsFor(draft), bindings: draft.bindings.toJSON() }
}

async function issued(
  { client_id }: Client,
  asked: Pick<DeviceAuthorization, 'permissions' | 'bindings'>,
  parts: ProtocolParts,
): Promise<{ readonly device_code: string; readonly user_code: string }> {
  const at = parts.clock()
  for (;;) {
    const device_id = newId()
    const code = newUserCode()
    const { value, hash } = parts.secrets.issue('device_code', device_id)
    const outcome = await parts.deviceAuthorizations.create({
      device_id,
      client_id,
      device_hash: hash,
      user_code_hash: userCodeHash(code, parts),
      ...asked,
      created_at: at,
      expires_at: at + lifetime,
      poll_interval: pollInterval,
    })
    // The code is taken, a chance of one in billions: the next one will be different.
    if (outcome === 'created') return { device_code: value, user_code: spelledUserCode(code) }
  }
}
