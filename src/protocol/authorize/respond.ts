/** The authorization response: RFC 6749 §4.1.2, OAuth 2.0 Form Post Response Mode. */
import type { OAuthError } from '../../kernel/refusal.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { formPostPage, formPostScriptSource } from '../../ui/form-post.ts'
import { lookUp, languages, readUiLocales } from '../../kernel/language.ts'
import { catalogues } from '../../ui/words/catalogues.ts'
import type { ProtocolParts } from '../parts.ts'
import type { ResponseTarget } from './request.ts'

/**
 * Answers the client through the browser, at the proved target alone: by query, or by a form that posts itself.
 *
 * @param members the response parameters; `state` and what the features add come of themselves
 */
export function respond(
  target: ResponseTarget,
  members: Readonly<Record<string, string>>,
  parts: Pick<ProtocolParts, 'issuer' | 'clock' | 'usedOnce' | 'features' | 'settings'>,
): HttpResponse {
  const parameters: Record<string, string> = { ...members }
  if (target.state !== undefined) parameters['state'] = target.state
  for (const feature of parts.features) Object.assign(parameters, feature.authorizationResponse?.(parts))
  if (target.response_mode === 'form_post') return formPostResponse(target, parameters, parts)
  // Appended to the text as registered: rebuilding the URL would change bytes that the client compares.
  const separator = target.redirect_uri.includes('?') ? '&' : '?'
  return seeOther(`${target.redirect_uri}${separator}${new URLSearchParams(parameters).toString()}`)
}

/** A page that posts itself: to the client's origin alone, with one script that is known by its hash. */
function formPostResponse(
  { redirect_uri, ui_locales }: ResponseTarget,
  parameters: Readonly<Record<string, string>>,
  { issuer, settings }: Pick<ProtocolParts, 'issuer' | 'settings'>,
): HttpResponse {
  const { origin } = new URL(redirect_uri)
  // Kept with the decision and sent by itself: what the browser prefers is not known where it is made.
  const words = catalogues[lookUp(readUiLocales(ui_locales), languages) ?? settings.language]
  return page(200, formPostPage({ home: issuer, words, redirect_uri, parameters }), {
    formAction: { origin },
    scriptSource: formPostScriptSource,
  })
}

/** Answers the client with an error, RFC 6749 §4.1.2.1. */
export function respondError(
  target: ResponseTarget,
  error: OAuthError,
  parts: Pick<ProtocolParts, 'issuer' | 'clock' | 'usedOnce' | 'features' | 'settings'>,
): HttpResponse {
  return respond(target, { error: error.error, error_description: error.tell }, parts)
}
