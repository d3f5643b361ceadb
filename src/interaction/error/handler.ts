import { html, render } from '../../kernel/html.ts'
import { newOpaqueId } from '../../kernel/ids.ts'
import { Parameters } from '../../kernel/parameters.ts'
import { errorUri, type OAuthError } from '../../kernel/refusal.ts'
import { page } from '../../http/page.ts'
import { withHeaders, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { EventLog } from '../../domain/event-log.ts'
import { safeHref } from '../../ui/href.ts'
import type { Particulars } from '../../ui/particulars.ts'
import type { WayOn } from '../../ui/way-on.ts'
import type { Words } from '../../ui/words/en.ts'
import { wordsFor, type LanguageParts } from '../language.ts'
import { ownPaths } from '../paths.ts'
import { errorPage as drawn } from './page.ts'

/** What pages of errors are made with. */
export type ErrorPageParts = LanguageParts & { readonly issuer: string }

/** The words of the page, looked up by whatever status and reason an error has. */
interface Lookup {
  readonly headings: Readonly<Record<number, string>>
  readonly refused: string
  readonly sentences: Readonly<Record<string, string>>
  readonly general: Readonly<Record<number, string>>
  readonly ofTheRequest: string
  readonly not_signed_out: string
}

/**
 * Shows a refusal or a failure to the person: what happened, the code, and the reference under which the log knows it.
 *
 * The detail stays in the log (SECURITY policy 13). Where the same address may work in a moment, the way on leads
 * there.
 *
 * It is in the language that `ui_locales` in its address asks for, otherwise in the browser's; what a machine is told
 * stays English.
 */
export function errorPage(error: OAuthError, request: HttpRequest, parts: ErrorPageParts): HttpResponse {
  return pageIn(wordsOf(request, parts), { error, request, issuer: parts.issuer })
}

/** Gathers what is shown of a refusal to whoever asks for help. */
export function particularsOf(
  error: OAuthError,
  { request_id }: Pick<HttpRequest, 'request_id'>,
  issuer: string,
): Particulars {
  return { code: error.error, error_uri: errorUri(issuer, error), reference: request_id }
}

/**
 * Logs what a page refuses, once, with its reason.
 *
 * @param name the page as the log calls it
 */
export function logRefusal(
  name: string,
  { detail, reason, error }: OAuthError,
  { request_id, address }: HttpRequest,
  log: EventLog,
): void {
  log.warn('refused', { ...detail, page: name, error, reason, request_id, address })
}

interface Shown {
  readonly error: OAuthError
  readonly request: Pick<HttpRequest, 'method' | 'path' | 'query' | 'request_id'>
  readonly issuer: string
}

function pageIn(words: Words, { error, request, issuer }: Shown): HttpResponse {
  const { status, reason } = error
  const { headings, refused, sentences, general, ofTheRequest, not_signed_out }: Lookup = words.error
  const otherwise = isBadSignOut(status, request) ? not_signed_out : ofTheRequest
  const view = {
    home: issuer,
    words,
    heading: headings[status] ?? refused,
    sentence: (Object.hasOwn(sentences, reason) ? sentences[reason] : general[status]) ?? otherwise,
    particulars: particularsOf(error, request, issuer),
    way_on: wayOnFrom(status, request, words),
  }
  const { retry_after, allow } = error.detail
  return withHeaders(page(status, drawn(view)), {
    ...(retry_after !== undefined && { 'retry-after': String(retry_after) }),
    ...(allow !== undefined && { allow: String(allow) }),
  })
}

/**
 * Draws the page of an error that crowds are told, once for each language, with room for the way on and the reference.
 * Drawing it for each person was two fifths of the cost of turning somebody away, which those who are served pay
 * (RL-22).
 */
export function crowdedErrorPage(error: OAuthError, parts: ErrorPageParts): (request: HttpRequest) => HttpResponse {
  const mark = newOpaqueId()
  const drawnIn = new WeakMap<Words, { readonly page: HttpResponse; readonly pieces: readonly string[] }>()

  function draw(words: Words) {
    const request = { method: 'GET', path: `/${mark}`, query: '', request_id: mark }
    const page = pageIn(words, { error, request, issuer: parts.issuer })
    const once = { page, pieces: page.body.split(mark) }
    drawnIn.set(words, once)
    return once
  }

  return (request) => {
    const words = wordsOf(request, parts)
    const href = wayOnFrom(error.status, request, words)?.href
    if (href === undefined || safeHref(href) === undefined) return errorPage(error, request, parts)
    const { page, pieces } = drawnIn.get(words) ?? draw(words)
    const [before, between, after] = pieces
    return { ...page, body: `${before}${render(html`${href.slice(1)}`)}${between}${request.request_id}${after}` }
  }
}

function wordsOf(request: HttpRequest, parts: LanguageParts): Words {
  return wordsFor(request, parts, Parameters.read(request.query).get('ui_locales'))
}

/** What an application that wants the person signed out has got wrong: they still want to be, and can be. */
function isBadSignOut(status: number, { path }: Shown['request']): boolean {
  return status === 400 && path.endsWith(ownPaths.logout)
}

/** The same address again, where the fault was ours or passing; signing out without the application; undefined elsewhere. */
function wayOnFrom(status: number, request: Shown['request'], words: Words): WayOn | undefined {
  const { method, path, query } = request
  if (isBadSignOut(status, request)) return { href: path, label: words.account.sign_out }
  if (status !== 429 && status < 500 && !(method === 'POST' && status === 403)) return undefined
  return { href: query === '' || method === 'POST' ? path : `${path}?${query}`, label: words.error.again }
}
