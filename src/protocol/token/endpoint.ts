/** The token endpoint, RFC 6749 §3.2: a form and a client's credentials in, tokens out of the mint gate. */
import { refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../domain/client.ts'
import { rowForPassword } from '../../domain/legacy-fence.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler, type HttpRequest } from '../../http/message.ts'
import { authenticateClient } from '../client-authentication/authenticate.ts'
import { withFeatureHeaders } from '../answer-headers.ts'
import type { ProtocolParts } from '../parts.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import type { GrantType, TokenRequest } from './grant-type.ts'
import { password } from './password.ts'
import { refreshToken } from './refresh-token.ts'
import { repeatableIn } from '../feature.ts'

const grantTypeMissing = refusal('invalid_request', 'grant_type_missing', 'grant_type is required')
const grantTypeUnsupported = refusal('unsupported_grant_type', 'grant_type_unsupported', 'grant_type is not supported')
const grantTypeNotAllowed = refusal(
  'unauthorized_client',
  'grant_type_not_allowed',
  'The client is not registered for this grant_type',
)

/** Every grant type, by its registered name. */
export const grantTypes: ReadonlyMap<string, GrantType> = new Map(
  [authorizationCode, refreshToken, clientCredentials, deviceCode].map((one): [string, GrantType] => [
    one.grant_type,
    one,
  ]),
)

/** Makes the handler of the token endpoint. */
export function tokenEndpoint(parts: ProtocolParts): Handler {
  const answer = endpoint('token', parts, async (request) => {
    const { grantType, ...admitted } = await admittedTokenRequest(request, parts)
    return json(200, await grantType.answer(admitted, parts))
  })
  return withFeatureHeaders(answer, parts)
}

/**
 * Reads a token request, authenticates its client, and finds the grant type that it may use: all that comes before what
 * the grant type itself asks for.
 *
 * @throws {OAuthError} `invalid_client`, `invalid_request`, `unsupported_grant_type`, `unauthorized_client`
 */
export async function admittedTokenRequest(
  request: HttpRequest,
  parts: ProtocolParts,
): Promise<TokenRequest & { readonly grantType: GrantType }> {
  const parameters = readForm(request, repeatableIn(parts.features))
  const client = await authenticateClient(request, parameters, parts)
  const grant_type = parameters.get('grant_type')
  const detail = { client_id: client.client_id }
  if (grant_type === undefined) throw grantTypeMissing(detail)
  const grantType = grantTypes.get(grant_type) ?? legacyGrantType(grant_type, client, parts)
  if (grantType === undefined) throw grantTypeUnsupported({ ...detail, grant_type: grant_type.slice(0, 100) })
  if (grantType !== password && !client.metadata.grant_types.includes(grant_type))
    throw grantTypeNotAllowed({ ...detail, grant_type })
  return { request, parameters, client, grantType }
}

/** What OAuth 2.1 has dropped is unknown here, but to a client that a row of the legacy fence names: that row registers it. */
function legacyGrantType(
  grant_type: string,
  client: Client,
  { settings, clock }: Pick<ProtocolParts, 'settings' | 'clock'>,
): GrantType | undefined {
  const isOpen = grant_type === 'password' && rowForPassword(client, settings.legacy, clock()) !== undefined
  return isOpen ? password : undefined
}
