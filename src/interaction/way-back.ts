/** Back to where a person was, after a detour: to the interaction they came from, or to their own page. */
import { seeOther, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { sameSecret } from '../kernel/hash.ts'
import { Parameters } from '../kernel/parameters.ts'
import { browserOf, interactionAddress, newInteraction } from '../protocol/authorize/browser.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import { ownPaths } from './paths.ts'
import { signedIn } from './signed-in.ts'

/** The query that asks for the sign-in page although somebody is signed in. */
export const anotherAccount = 'switch_account=yes'

/** Spells the address of a detour from an interaction. */
export function besideInteraction(
  path: string,
  interaction_id: string,
  { issuer }: { readonly issuer: string },
): string {
  return `${issuer}${path}?interaction=${interaction_id}`
}

/** Reads which interaction a person came from; undefined for what is not the id of one. */
export function cameFrom({ query }: Pick<HttpRequest, 'query'>): string | undefined {
  const id = Parameters.read(query).get('interaction')
  return id !== undefined && /^[A-Za-z0-9_-]{22}$/.test(id) ? id : undefined
}

/**
 * Spells where to go on: an interaction knows what to show even when it is over or another browser's. The query tells
 * it that the person has made the detour already.
 */
export function wayBack(interaction_id: string | undefined, parts: { readonly issuer: string }): string {
  if (interaction_id === undefined) return parts.issuer + ownPaths.account
  return `${interactionAddress(interaction_id, parts)}?from=letter`
}

/**
 * Spells where a person signs in who has just set a password or made an account by a letter. None of their sessions is
 * left, so whoever is signed in to this browser is somebody else, and they never go on as that one (BR-22).
 */
export async function signInAfterLetter(
  interaction_id: string | undefined,
  request: HttpRequest,
  parts: ProtocolParts,
): Promise<string> {
  if ((await signedIn(request, parts)) === undefined) return wayBack(interaction_id, parts)
  const begun = interaction_id === undefined ? undefined : await parts.interactions.find(interaction_id)
  const browser = browserOf(request, parts)
  // One of another browser would begin anew here, and be answered for whoever is signed in.
  const isOfHere = begun !== undefined && browser !== undefined && sameSecret(browser.hash, begun.browser_hash)
  const there = isOfHere ? interactionAddress(begun.interaction_id, parts) : parts.issuer + ownPaths.account
  return `${there}?${anotherAccount}`
}

/** Lets somebody sign in to their own page where somebody else is signed in. */
export async function signInAsAnother(request: HttpRequest, parts: ProtocolParts): Promise<HttpResponse> {
  const purpose = { kind: 'own_page', path: ownPaths.account, sign_in_again: true } as const
  const { interaction, headers } = await newInteraction(request, purpose, parts)
  return seeOther(`${interactionAddress(interaction.interaction_id, parts)}?${anotherAccount}`, headers)
}
