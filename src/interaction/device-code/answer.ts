/** The steps for a device: the consent page with what there is to compare, and the page that says how it went. */
import { Bindings } from '../../kernel/binding.ts'
import { Parameters } from '../../kernel/parameters.ts'
import type { Client } from '../../domain/client.ts'
import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import type { InteractionPurpose } from '../../domain/interaction.ts'
import type { HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { AuthorizationRequest } from '../../protocol/authorize/request.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { askForConsent, takeDecision } from '../consent/handler.ts'
import { lostThread } from '../expired/handler.ts'
import { ownPaths } from '../paths.ts'
import { signedIn } from '../signed-in.ts'
import { hasToken, wordsOf, type Visit } from '../visit.ts'
import { clientView } from '../who.ts'
import { deviceDonePage } from '../device-done/page.ts'

type DevicePurpose = Extract<InteractionPurpose, { readonly kind: 'device' }>

/**
 * Asks the person who entered the code, and takes the answer: in the very session that entered it, as long as the code
 * lives. A code that came along by a link is not an answer, nor is an earlier yes to the same client (DV-05).
 */
export async function toDevice(
  visit: Visit,
  purpose: DevicePurpose,
  form: Parameters | undefined,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const device = await parts.deviceAuthorizations.find(purpose.device_id)
  const client = device && (await parts.clients.find(device.client_id))
  const who = await signedIn(visit.request, parts)
  // From another tab, perhaps: to say that nothing was shared would be wrong.
  if (device?.decision !== undefined) return lostThread('finished', purpose, visit.request, parts)
  const isWaiting = device !== undefined && device.expires_at > parts.clock()
  if (!isWaiting || client === undefined || client.disabled) return lostThread('expired', purpose, visit.request, parts)
  if (who === undefined || who.session.session_id !== device.session_id) {
    return lostThread('cookie_lost', purpose, visit.request, parts)
  }
  const authorizationRequest = requestOf({ device, client, user_code: purpose.user_code }, visit, parts)
  const whole = { ...visit, authorizationRequest, next: { step: 'consent', ...who } as const }
  if (form === undefined) return askForConsent(whole, who.account, parts)
  if (!hasToken(form, visit)) return askForConsent(whole, who.account, parts, 'form_expired')
  return takeDecision(whole, who, form, parts)
}

/** What a device asks for, as an authorization request: there is no address to send an answer to. */
function requestOf(
  { device, client, user_code }: { device: DeviceAuthorization; client: Client; user_code: string },
  visit: Visit,
  parts: Pick<ProtocolParts, 'issuer' | 'settings'>,
): AuthorizationRequest {
  const { issuer } = parts
  const words = wordsOf(visit, parts)
  const view = { ...clientView(client, '', words.tag), destination: { kind: 'device', user_code } as const }
  return {
    target: { client, redirect_uri: '', response_mode: { name: 'query', carrier: 'query' } },
    client,
    // As of a code: what it leads to can be refreshed, and nothing but its redemption brings a token.
    response_type: 'code',
    parameters: Parameters.from({}),
    permissions: device.permissions,
    resources: [],
    bindings: new Bindings(device.bindings),
    prompt: new Set(),
    acr: { values: [], kind: 'voluntary' },
    subjects: [],
    device: {
      ...device,
      user_code,
      respond: (decision) =>
        page(200, deviceDonePage({ home: issuer, words, client: view, decision, account: issuer + ownPaths.account })),
    },
  }
}
