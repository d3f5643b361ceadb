/**
 * Where a person enters the code that a device shows them, RFC 8628 §3.3, and is then asked as by any application.
 *
 * A link may bring the code along (§3.3.1), and does nothing but fill the field in: whoever was sent the link by
 * somebody else has to press a button, and is then told to compare. The code is bound to the session that entered it,
 * and so is the answer.
 */
import { Parameters } from '../../kernel/parameters.ts'
import { hasReached } from '../../domain/authentication-context.ts'
import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import { readForm } from '../../http/form.ts'
import type { Handler, HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import type { Throttle } from '../../identity/throttle.ts'
import type { Answerer } from '../../protocol/authorize/answer.ts'
import { beginInteraction } from '../../protocol/authorize/browser.ts'
import { requiredAcr } from '../../protocol/authorize/demands.ts'
import { normalizedUserCode, spelledUserCode, userCodeHash } from '../../protocol/device/user-code.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import type { RequirableAcr } from '../../vocabulary/authentication.ts'
import { eventBy } from '../account-news.ts'
import { wordsFor } from '../language.ts'
import { hasOwnToken, ownToken } from '../own-form.ts'
import { pageHandler } from '../page-handler.ts'
import { ownPaths } from '../paths.ts'
import { retryAfter } from '../retry-after.ts'
import { signedIn } from '../signed-in.ts'
import { personView } from '../who.ts'
import { deviceCodePage, type DeviceCodeNotice } from './page.ts'

/** What entering a code takes. */
export type DeviceCodeParts = ProtocolParts & { readonly userCodeThrottle: Throttle }

/** Makes the handler of the page. Nobody signed in = sign in first, then come back. */
export function deviceCodeHandler(parts: DeviceCodeParts): Handler {
  return pageHandler('device', parts, async (request) => {
    const who = await signedIn(request, parts)
    const brought = normalizedUserCode(Parameters.read(request.query).get('user_code') ?? '')
    if (who === undefined) {
      const path = brought === undefined ? ownPaths.device : pathWith(brought)
      return beginInteraction(request, { kind: 'own_page', path }, parts)
    }
    if (request.method !== 'POST') return show(request, who, { user_code: brought }, parts)
    const form = readForm(request)
    const typed = form.get('user_code') ?? ''
    if (!hasOwnToken(form, request, who.account, parts)) {
      return show(request, who, { status: 403, user_code: typed, notice: { kind: 'form_expired' } }, parts)
    }
    return enter(typed, request, who, parts)
  })
}

/** What the page shows besides the field. */
interface Told {
  readonly status?: number
  readonly user_code?: string | undefined
  readonly notice?: DeviceCodeNotice
}

async function enter(
  typed: string,
  request: HttpRequest,
  who: Answerer,
  parts: DeviceCodeParts,
): Promise<HttpResponse> {
  const { session_id, account_id } = who.session
  const attempt = { account: account_id, address: request.address }
  const throttled = await parts.userCodeThrottle.attempt(attempt)
  if ('retry_after' in throttled) {
    return show(request, who, { status: 429, notice: { kind: 'throttled', ...throttled } }, parts)
  }
  const wrong = () =>
    show(request, who, { status: 400, user_code: typed.slice(0, 100), notice: { kind: 'wrong_code' } }, parts)
  const code = normalizedUserCode(typed)
  if (code === undefined) return wrong()
  const device = await parts.deviceAuthorizations.findByUserCode(userCodeHash(code, parts))
  if (device === undefined) return wrong()
  const required_acr = await requiredOf(device, parts)
  if (required_acr !== undefined && !hasReached(who.session.acr, required_acr)) {
    await parts.userCodeThrottle.succeeded(attempt)
    const path = pathWith(code)
    return beginInteraction(request, { kind: 'own_page', path, sign_in_again: true, required_acr }, parts)
  }
  const { device_id } = device
  const entered = await parts.deviceAuthorizations.enter({ device_id, account_id, session_id }, parts.clock())
  if (entered === 'of_another') await noteRepetition(device, request, who, parts)
  if (entered !== 'entered') return wrong()
  await parts.userCodeThrottle.succeeded(attempt)
  return beginInteraction(request, { kind: 'device', device_id, user_code: spelledUserCode(code) }, parts)
}

const pathWith = (user_code: string): string => `${ownPaths.device}?user_code=${spelledUserCode(user_code)}`

/** What is required of whoever answers a device: of its client, or for what it asks for. */
async function requiredOf(
  { client_id, permissions }: DeviceAuthorization,
  { clients, resources }: Pick<ProtocolParts, 'clients' | 'resources'>,
): Promise<RequirableAcr | undefined> {
  const client = await clients.find(client_id)
  return client && requiredAcr(client, permissions, await resources.list())
}

/** A code that two people enter was shown to one of them by somebody else: it is over, and the operator is told. */
async function noteRepetition(
  { client_id, device_id }: DeviceAuthorization,
  request: HttpRequest,
  { account: { account_id } }: Answerer,
  parts: DeviceCodeParts,
): Promise<void> {
  const event = 'user_code_entered_by_another'
  await parts.auditEvents.append(
    eventBy(account_id, { event, client_id, detail: { device_id } }, request, parts.clock()),
  )
  parts.log.warn(event, { device_id, client_id, account_id, request_id: request.request_id })
}

function show(
  request: HttpRequest,
  { account }: Answerer,
  { status = 200, user_code, notice }: Told,
  parts: DeviceCodeParts,
): HttpResponse {
  const { csrf_token, headers } = ownToken(request, account, parts)
  const code = normalizedUserCode(user_code ?? '')
  const view = {
    home: parts.issuer,
    words: wordsFor(request, parts),
    action: parts.issuer + ownPaths.device,
    csrf_token,
    person: personView(account),
    user_code: code === undefined ? user_code : spelledUserCode(code),
    notice,
  }
  return page(status, deviceCodePage(view), {
    headers: { ...headers, ...retryAfter(notice) },
  })
}
