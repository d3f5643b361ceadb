/** The device authorization grant at the token endpoint: RFC 8628 §3.4 and §3.5. */
import { Bindings } from '../../kernel/binding.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import type { TokenResponse } from '../../vocabulary/token-response.ts'
import { deviceCodeGrantType } from '../../vocabulary/grant-types.ts'
import type { ProtocolParts } from '../parts.ts'
import { chosenTarget, draftTokenRequest, type GrantType, type TokenRequest } from './grant-type.ts'
import { mint } from './mint.ts'
import { redeem } from './redeem.ts'
import { filling } from '../feature.ts'

const deviceCodeMissing = refusal('invalid_request', 'device_code_missing', 'device_code is required')
// One description for all of these: which check failed is for the log, not for whoever holds a stolen code.
const tell = 'The device code is not valid for this request'
const deviceCodeUnknown = refusal('invalid_grant', 'device_code_unknown', tell)
const deviceCodeOfAnother = refusal('invalid_grant', 'device_code_of_another_client', tell)
const deviceCodeSpent = refusal('invalid_grant', 'device_code_spent', tell)
const deviceCodeExpired = refusal('expired_token', 'device_code_expired', 'The device code has expired')
const polledEarly = refusal('slow_down', 'device_polled_early', 'Wait five seconds longer between two requests')
const undecided = refusal('authorization_pending', 'device_undecided', 'The person has not answered yet')
const deviceDenied = refusal('access_denied', 'device_denied', 'The person said no', 400)

export const deviceCode = {
  grant_type: deviceCodeGrantType,

  async answer(request, parts) {
    const { device_id, expires_at, decision } = await presentedDevice(request, parts)
    const detail = { client_id: request.client.client_id, device_id }
    // RFC 8628 §3.5: `slow_down` says that nobody has answered yet. Once somebody has there is nothing to wait for, such as
    // between a proof and the same with the nonce that it lacked.
    const isWaiting = decision === undefined
    if (isWaiting && (await parts.deviceAuthorizations.poll(device_id, parts.clock())) === 'early')
      throw polledEarly(detail)
    // Read again: whoever answered meanwhile is heard in this poll, not in the next.
    const device = await parts.deviceAuthorizations.find(device_id)
    if (device?.decision === 'denied') throw deviceDenied(detail)
    const standing = device && (await standingOf(device, parts))
    if (standing !== undefined) return redeemed(standing, request, parts)
    if ((device?.expires_at ?? expires_at) <= parts.clock()) throw deviceCodeExpired(detail)
    throw undecided(detail)
  },
} satisfies GrantType

/** Reads the device code. What is wrong here ends nothing, and does not count as a poll. */
async function presentedDevice(
  { parameters, client }: TokenRequest,
  { secrets, deviceAuthorizations }: ProtocolParts,
): Promise<DeviceAuthorization> {
  const detail = { client_id: client.client_id }
  const value = parameters.get('device_code')
  if (value === undefined) throw deviceCodeMissing(detail)
  const read = secrets.read('device_code', value)
  const device = read && (await deviceAuthorizations.find(read.id))
  if (device === undefined || !sameSecret(read?.hash ?? '', device.device_hash)) throw deviceCodeUnknown(detail)
  if (device.client_id !== client.client_id) throw deviceCodeOfAnother(detail)
  return device
}

async function standingOf(
  { authorization_id }: DeviceAuthorization,
  { authorizations }: ProtocolParts,
): Promise<Standing | undefined> {
  return authorization_id === undefined ? undefined : authorizations.findStanding(authorization_id)
}

/** Gives the tokens of a yes, once: the authorization is spent by the statement that spends a code. */
async function redeemed(standing: Standing, request: TokenRequest, parts: ProtocolParts): Promise<TokenResponse> {
  const { authorization } = standing
  const { client } = request
  const { permissions, grant_id } = authorization
  const detail = { client_id: client.client_id, grant_id }
  const grant_type = deviceCodeGrantType
  const bindings = new Bindings(authorization.bindings)
  const draft = await draftTokenRequest(request, grant_type, { standing, permissions, bindings }, parts)
  for (const feature of filling(parts.features, 'codeExchange')) await feature.codeExchange(draft, parts)
  for (const feature of filling(parts.features, 'tokenRequest')) await feature.tokenRequest(draft, parts)
  if (authorization.redeemed_at !== undefined) throw deviceCodeSpent(detail)
  if (authorization.code_expires_at <= parts.clock()) throw deviceCodeExpired(detail)
  const from = request.request
  const asks = { client, grant_type, from, standing, permissions, target: chosenTarget(draft, standing), bindings }
  const minted = await mint(asks, (tokens, at) => redeem(standing, tokens, at, parts), parts)
  if (minted === 'lost') throw deviceCodeSpent(detail)
  return minted
}
