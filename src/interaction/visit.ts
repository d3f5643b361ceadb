/** One request to an interaction, after the first questions: the row is there, it is this browser's, and it is still open. */
import type { Parameters } from '../kernel/parameters.ts'
import type { Interaction } from '../domain/interaction.ts'
import { csrfToken, isCsrfToken } from '../http/csrf.ts'
import { seeOther, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { Browser } from '../protocol/authorize/browser.ts'
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
}

/** A visit on behalf of an authorization request, checked anew, with what it lacks now. */
export interface AuthorizationVisit extends Visit {
  readonly authorizationRequest: AuthorizationRequest
  readonly next: NextStep
}

/** Spells the address of the interaction, which stays the same from step to step. */
export function addressOf({ interaction }: Visit, { issuer }: Pick<ProtocolParts, 'issuer'>): string {
  return `${issuer}/interaction/${interaction.interaction_id}`
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

/** Makes the token of this interaction's forms. */
export function tokenOf({ interaction, browser }: Visit, parts: Pick<ProtocolParts, 'secrets'>): string {
  return csrfToken(browser.value, place(interaction), parts)
}

/** Tells whether a form of this interaction was made for this browser. */
export function hasToken(
  form: Parameters,
  { interaction, browser }: Visit,
  parts: Pick<ProtocolParts, 'secrets'>,
): boolean {
  return isCsrfToken(form.get('csrf_token'), browser.value, place(interaction), parts)
}

function place({ interaction_id }: Interaction): string {
  return `interaction ${interaction_id}`
}
