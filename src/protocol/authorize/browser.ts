/** The browser's side of a request: which browser it is, and the row that carries it from page to page. */
import { newId, newOpaqueId } from '../../kernel/ids.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { Interaction, InteractionPurpose } from '../../domain/interaction.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import { seeOther, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { ProtocolParts } from '../parts.ts'

/** How long a browser is recognised; the cookie carries no right of its own. */
const browserCookieAge: Seconds = 400 * 24 * 60 * 60

/** How much of a request is counted as one beginning, in characters: few that people make are longer. */
const ofOne = 4096

/** A browser, as its cookie names it. */
export interface Browser {
  /** The cookie's value: seals what only this browser can open. */
  readonly value: string
  /** Keyed hash: what rows are bound to. */
  readonly hash: string
}

/** Reads which browser sent a request; undefined when its cookie is missing or not one of ours. */
export function browserOf(request: HttpRequest, { secrets }: Pick<ProtocolParts, 'secrets'>): Browser | undefined {
  const value = readCookie(request, 'browser')
  const read = value === undefined ? undefined : secrets.read('browser', value)
  return value === undefined || read === undefined ? undefined : { value, hash: read.hash }
}

/** Reads which browser sent a request, or makes it known from now on: with the header fields that do so. */
export function knownBrowser(
  request: HttpRequest,
  parts: Pick<ProtocolParts, 'secrets'>,
): { readonly browser: Browser; readonly headers: HttpResponse['headers'] } {
  const known = browserOf(request, parts)
  if (known !== undefined) return { browser: known, headers: {} }
  const browser = parts.secrets.issue('browser', newId())
  return { browser, headers: { 'set-cookie': [setCookie('browser', browser.value, browserCookieAge)] } }
}

/** An interaction that was just begun, by which browser, and the header fields that make it known. */
export interface BegunInteraction extends ReturnType<typeof knownBrowser> {
  readonly interaction: Interaction
}

/**
 * Begins an interaction. The row is bound to the browser, so that its URL is worth nothing in another one (SECURITY:
 * BR-09, BR-10).
 *
 * @throws {OAuthError} `temporarily_unavailable` (429) where its network begins too many
 */
export async function newInteraction(
  request: HttpRequest,
  purpose: InteractionPurpose,
  parts: Pick<ProtocolParts, 'clock' | 'secrets' | 'interactions' | 'interactionLimit' | 'settings'>,
): Promise<BegunInteraction> {
  // A long request counts for several, or a pushed one of sixty kilobytes would be kept as often as one of one.
  const size = JSON.stringify(purpose).length
  for (let counted = 0; counted < size; counted += ofOne) parts.interactionLimit.count(request.address)
  const { browser, headers } = knownBrowser(request, parts)
  const at = parts.clock()
  const interaction = {
    interaction_id: newOpaqueId(),
    browser_hash: browser.hash,
    purpose,
    created_at: at,
    expires_at: at + parts.settings.lifetimes.interaction,
    notes: {},
  }
  await parts.interactions.create(interaction)
  return { interaction, browser, headers }
}

/** Spells the address of an interaction, which stays the same from step to step. */
export function interactionAddress(interaction_id: string, { issuer }: Pick<ProtocolParts, 'issuer'>): string {
  return `${issuer}/interaction/${interaction_id}`
}

/** Begins an interaction and sends the browser to it. */
export async function beginInteraction(
  request: HttpRequest,
  purpose: InteractionPurpose,
  parts: Pick<ProtocolParts, 'clock' | 'secrets' | 'interactions' | 'interactionLimit' | 'settings' | 'issuer'>,
): Promise<HttpResponse> {
  const { interaction, headers } = await newInteraction(request, purpose, parts)
  return seeOther(interactionAddress(interaction.interaction_id, parts), headers)
}
