/** The authorization response: RFC 6749 §4.1.2 and §4.2.2, by whatever mode was chosen for it. */
import { errorUri, type OAuthError } from '../../kernel/refusal.ts'
import { withQuery } from '../../kernel/with-query.ts'
import { seeOther, type HttpResponse } from '../../http/message.ts'
import { page } from '../../http/page.ts'
import { formPostPage, formPostScriptSource } from '../../ui/form-post.ts'
import { lookUp, languages, readUiLocales } from '../../kernel/language.ts'
import { cataloguesFor } from '../branding.ts'
import { filling, type Carrier } from '../feature.ts'
import type { ProtocolParts } from '../parts.ts'
import type { ResponseTarget } from './request.ts'

type RespondParts = Pick<
  ProtocolParts,
  'issuer' | 'clock' | 'usedOnce' | 'secrets' | 'features' | 'settings' | 'signer' | 'clientKeys'
>

type Carry = (
  target: ResponseTarget,
  parameters: Readonly<Record<string, string>>,
  parts: Pick<ProtocolParts, 'issuer' | 'settings'>,
) => HttpResponse

/** How each carrier carries. */
const carriers: Readonly<Record<Carrier, Carry>> = {
  query: ({ redirect_uri }, parameters) => seeOther(withQuery(redirect_uri, parameters)),
  fragment: ({ redirect_uri }, parameters) => seeOther(`${redirect_uri}#${new URLSearchParams(parameters).toString()}`),
  form_post: formPostResponse,
}

/** Where an answer goes, and what is known of the browser that carries it. */
export interface Addressee {
  readonly target: ResponseTarget
  /** `stateOfSession` of who answers; of an error that is about nobody's session, `shownState`. */
  readonly browser_state: string | undefined
}

/** A page that posts itself: to the client's origin alone, with one script that is known by its hash. */
function formPostResponse(
  { client, redirect_uri, ui_locales }: ResponseTarget,
  parameters: Readonly<Record<string, string>>,
  { issuer, settings }: Pick<ProtocolParts, 'issuer' | 'settings'>,
): HttpResponse {
  const { origin } = new URL(redirect_uri)
  // Kept with the decision and sent by itself: what the browser prefers is not known where it is made.
  const words = cataloguesFor(client, settings.brands)[
    lookUp(readUiLocales(ui_locales), languages) ?? settings.language
  ]
  return page(200, formPostPage({ home: issuer, words, redirect_uri, parameters }), {
    formAction: { origin },
    scriptSource: formPostScriptSource,
  })
}

/**
 * Answers the client through the browser, at the proved target alone.
 *
 * @param members the response parameters; `state` and what the features add are added to them
 * @throws what the mode refuses: an answer that cannot be packed for this client
 */
export async function respond(
  { target, browser_state }: Addressee,
  members: Readonly<Record<string, string>>,
  parts: RespondParts,
): Promise<HttpResponse> {
  const { client, response_mode, state } = target
  const parameters: Record<string, string> = { ...members }
  if (state !== undefined) parameters['state'] = state
  for (const feature of filling(parts.features, 'authorizationResponse')) {
    Object.assign(parameters, feature.authorizationResponse(parts, { ...target, browser_state }))
  }
  const packed = (await response_mode.pack?.(parameters, client, parts)) ?? parameters
  return carriers[response_mode.carrier](target, packed, parts)
}

/** Answers the client with an error, RFC 6749 §4.1.2.1. */
export function respondError(to: Addressee, error: OAuthError, parts: RespondParts): Promise<HttpResponse> {
  const error_uri = errorUri(parts.issuer, error)
  return respond(to, { error: error.error, error_description: error.tell, error_uri }, parts)
}
