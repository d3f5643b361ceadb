/** Back to where a person was, after a detour: to the interaction they came from, or to their own page. */
import type { HttpRequest } from '../http/message.ts'
import { Parameters } from '../kernel/parameters.ts'
import { ownPaths } from './paths.ts'

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
export function wayBack(interaction_id: string | undefined, { issuer }: { readonly issuer: string }): string {
  return issuer + (interaction_id === undefined ? ownPaths.account : `/interaction/${interaction_id}?from=letter`)
}
