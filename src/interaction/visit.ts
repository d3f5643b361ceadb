/** One request to an interaction, after the first questions: the row is there, it is this browser's, and it is still open. */
import { sameSecret } from '../kernel/hash.ts'
import type { Parameters } from '../kernel/parameters.ts'
import type { Interaction } from '../domain/interaction.ts'
import { csrfToken } from '../http/csrf.ts'
import { seeOther, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { interactionAddress, type Browser } from '../protocol/authorize/browser.ts'
import type { NextStep } from '../protocol/authorize/next-step.ts'
import type { AuthorizationRequest } from '../protocol/authorize/request.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import type { Words } from '../ui/words/en.ts'
import { uiLocalesOf, wordsAbout, type LanguageParts } from './language.ts'

/** A request of the browser to which the interaction belongs. */
export interface Visit {
  readonly request: HttpRequest
  readonly interaction: Interaction
  readonly browser: Browser
  /** What forms of this interaction that were made for this browser carry. */
  readonly csrf_token: string
}

/** A visit on behalf of an authorization request, checked again, with what it lacks now. */
export interface AuthorizationVisit extends Visit {
  readonly authorizationRequest: AuthorizationRequest
  readonly next: NextStep
}

/** Makes the visit of a browser that the interaction belongs to. */
export function visitOf(
  { request, interaction, browser }: Omit<Visit, 'csrf_token'>,
  parts: Pick<ProtocolParts, 'secrets'>,
): Visit {
  return { request, interaction, browser, csrf_token: csrfToken(browser.value, placeOf(interaction), parts) }
}

/** Spells the address of the interaction that is visited. */
export function addressOf({ interaction }: Pick<Visit, 'interaction'>, parts: Pick<ProtocolParts, 'issuer'>): string {
  return interactionAddress(interaction.interaction_id, parts)
}

/** Chooses the words of the interaction's pages. */
export function wordsOf(
  { request, interaction, authorizationRequest }: Visit & Partial<Pick<AuthorizationVisit, 'authorizationRequest'>>,
  parts: LanguageParts,
): Words {
  return wordsAbout(authorizationRequest?.client, request, uiLocalesOf(interaction.purpose), parts)
}

/** Sends the browser to whatever step is missing: the same address, by GET. */
export function onward(visit: Visit, parts: Pick<ProtocolParts, 'issuer'>): HttpResponse {
  return seeOther(addressOf(visit, parts))
}

/** Tells whether a form of this interaction was made for this browser. */
export function hasToken(form: Parameters, { csrf_token }: Visit): boolean {
  const token = form.get('csrf_token')
  return token !== undefined && sameSecret(token, csrf_token)
}

function placeOf({ interaction_id }: Interaction): string {
  return `interaction ${interaction_id}`
}
