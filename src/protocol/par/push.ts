/** The rows of pushed authorization requests: how one is made, and how the browser's `request_uri` finds it again. */
import { newId } from '../../kernel/ids.ts'
import { sameSecret } from '../../kernel/hash.ts'
import type { Parameters } from '../../kernel/parameters.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Seconds } from '../../kernel/time.ts'
import { registeredItself, type Client } from '../../domain/client.ts'
import type { PushedRequest } from '../../domain/pushed-request.ts'
import type { ProtocolParts } from '../parts.ts'

// One description for all of these: a stranger who guesses learns nothing of what there is.
const tell = 'request_uri is not valid any more: go back to the application and start again there'
const unknown = refusal('invalid_request_uri', 'pushed_request_unknown', tell)
const ofAnotherClient = refusal('invalid_request_uri', 'pushed_request_of_another_client', tell)
const expired = refusal('invalid_request_uri', 'pushed_request_expired', tell)
const spent = refusal('invalid_request_uri', 'pushed_request_spent', tell)

/** What the name of a pushed request begins with, RFC 9126 §2.2. */
export const pushedRequestPrefix = 'urn:ietf:params:oauth:request_uri:'

/** How long a browser may take to come with a pushed request: RFC 9126 §2.2 allows 5 to 600 s, and the browser is sent at once. */
const expires_in: Seconds = 60

/** What the client is told, RFC 9126 §2.2. */
export interface Pushed {
  readonly request_uri: string
  readonly expires_in: Seconds
}

/**
 * Counts a request that somebody has us keep who has proved to be nobody that an operator knows. Clients that registered
 * themselves count together: whoever is slowed down as one of them would go on as the next (DS-07).
 *
 * @throws {OAuthError} `temporarily_unavailable` (429) where a network pushes too many
 */
export function countPush(client: Client, address: string, { pushLimit }: Pick<ProtocolParts, 'pushLimit'>): void {
  pushLimit.count(address, registeredItself(client) ? undefined : client.client_id)
}

/**
 * Stores a request that has passed every check, for its client alone. The name it is given is a secret of its own kind,
 * of which the row holds a keyed hash (SECURITY: PA-08).
 */
export async function push(
  { client_id }: Pick<Client, 'client_id'>,
  parameters: Parameters,
  {
    clock,
    secrets,
    settings,
    pushedRequests,
  }: Pick<ProtocolParts, 'clock' | 'secrets' | 'settings' | 'pushedRequests'>,
): Promise<Pushed> {
  const at = clock()
  const expires_at = at + expires_in
  const pushed_request_id = newId()
  const reference = secrets.issue('pushed_request', pushed_request_id)
  const request = { pushed_request_id, reference_hash: reference.hash, client_id, created_at: at, expires_at }
  // Whoever comes in the last second may still take the whole time of an interaction.
  await pushedRequests.create(
    { ...request, parameters: parameters.toJSON() },
    expires_at + settings.lifetimes.interaction,
  )
  return { request_uri: pushedRequestPrefix + reference.value, expires_in }
}

/**
 * Finds the request that a browser comes with. Reading spends nothing: a reload, the back button and a second tab find
 * it again, until it is answered (policy A6).
 *
 * @throws {OAuthError} `invalid_request_uri`, for a page: what is not found leads nowhere
 */
export async function findPushed(
  request_uri: string,
  { client_id }: Client,
  { clock, secrets, pushedRequests }: Pick<ProtocolParts, 'clock' | 'secrets' | 'pushedRequests'>,
): Promise<PushedRequest> {
  const read = secrets.read('pushed_request', request_uri.slice(pushedRequestPrefix.length))
  const request = read && (await pushedRequests.find(read.id))
  const detail = { client_id }
  if (request === undefined || !sameSecret(read?.hash ?? '', request.reference_hash)) throw unknown(detail)
  if (request.client_id !== client_id) throw ofAnotherClient(detail)
  if (request.spent_at !== undefined) throw spent(detail)
  const at = clock()
  if (request.expires_at <= at) throw expired({ ...detail, seconds_late: at - request.expires_at })
  return request
}
