/** The pages for a lost thread: each of them picks it up again. */
import { Parameters } from '../../kernel/parameters.ts'
import { OAuthError, refusal } from '../../kernel/refusal.ts'
import type { InteractionPurpose } from '../../domain/interaction.ts'
import type { HttpRequest, HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { authorizePath } from '../../protocol/authorize/endpoint.ts'
import { provenTarget, type ResponseTarget } from '../../protocol/authorize/request.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { logRefusal, particularsOf } from '../error/handler.ts'
import { uiLocalesOf, wordsAbout } from '../language.ts'
import { ownPaths } from '../paths.ts'
import { clientView } from '../who.ts'
import { expiredPage, type ExpiredView } from './page.ts'

/** `finished` is gone for good, as is `expired`; a lost cookie is a lost permission. */
const refusals = {
  expired: refusal('invalid_request', 'interaction_expired', 'This sign-in took too long, or is unknown here', 410),
  finished: refusal('invalid_request', 'interaction_finished', 'This request was answered already', 410),
  cookie_lost: refusal('invalid_request', 'interaction_elsewhere', 'This sign-in was not begun in this browser', 403),
}

/**
 * Shows that the thread is lost, with the way to begin again: the same request, or the page that was asked for.
 *
 * @param purpose undefined when nothing is known of it any more: then the way on is the person's own page
 */
export async function lostThread(
  because: ExpiredView['because'],
  purpose: InteractionPurpose | undefined,
  request: HttpRequest,
  parts: Pick<ProtocolParts, 'issuer' | 'clients' | 'features' | 'settings' | 'clock' | 'log'>,
): Promise<HttpResponse> {
  const refused = refusals[because]()
  logRefusal('interaction', refused, request, parts.log)
  const target = await targetOf(purpose, parts)
  const words = wordsAbout(target?.client, request, uiLocalesOf(purpose), parts)
  const view: ExpiredView = {
    home: parts.issuer,
    words,
    because,
    start_again: purpose && startAgain(purpose, parts),
    client: target && clientView(target.client, target.redirect_uri, words.tag),
    particulars: particularsOf(refused, request, parts.issuer),
  }
  return page(refused.status, expiredPage(view))
}

/**
 * Spells the address that begins the same thing again, with a new row; undefined for a request that was pushed,
 * which its client alone can begin again: by pushing it again.
 */
export function startAgain(purpose: InteractionPurpose, { issuer }: Pick<ProtocolParts, 'issuer'>): string | undefined {
  if (purpose.kind === 'own_page') return issuer + purpose.path
  if (purpose.kind === 'device') return issuer + ownPaths.device
  const { parameters, sent = parameters, pushed_request_id } = purpose.request
  if (pushed_request_id !== undefined) return undefined
  return `${issuer}${authorizePath}?${Parameters.from(sent).toString()}`
}

/** Finds the client that an interaction is for, and where its answer goes; undefined where it is gone, or none asked. */
export async function targetOf(
  purpose: InteractionPurpose | undefined,
  parts: Pick<ProtocolParts, 'clients' | 'features' | 'settings' | 'clock'>,
): Promise<ResponseTarget | undefined> {
  if (purpose?.kind !== 'authorization') return undefined
  try {
    return await provenTarget(Parameters.from(purpose.request.parameters), parts)
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
