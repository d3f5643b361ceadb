/** Gives the answer to a granted request: a code, and behind the legacy fence tokens, all recorded before any leaves. */
import type { Standing } from '../../domain/authorization.ts'
import type { Permission } from '../../domain/grant.ts'
import { logLegacyUse } from '../../domain/legacy-fence.ts'
import type { ProtectedResource } from '../../domain/protected-resource.ts'
import { withHeaders, type HttpResponse } from '../../http/message.ts'
import { brings, bringsToken } from '../../vocabulary/response-types.ts'
import type { ProtocolParts } from '../parts.ts'
import { signedInState, stateOfSession } from '../session-management/browser-state.ts'
import { mintFrontChannel, type FrontChannelTokens } from '../token/mint.ts'
import type { AuthorizationRequest } from './request.ts'
import { respond } from './respond.ts'

/** A response and, when it carries a code or tokens, the authorization that they stand for. */
export interface Answer {
  readonly response: HttpResponse
  readonly authorization_id?: string
  /** Set where the request was refused, and nobody decided anything. */
  readonly told?: 'error'
}

/** A request that was granted, with all that the answer will stand on, drafted and not recorded yet. */
export interface Granted {
  readonly request: AuthorizationRequest
  readonly standing: Standing
  /** The permissions allowed. */
  readonly permissions: readonly Permission[]
  /** What an access token that leaves with the answer is for: the first resource asked for of which something is allowed. */
  readonly target: ProtectedResource | undefined
  /** The code of the drafted authorization; it leaves only where the response type asks for one. A device needs none. */
  readonly code?: string
}

/**
 * Makes the answer and records it.
 *
 * @param record writes down everything that the answer stands on, in conditional statements; the answer is handed to it,
 *   so that it can be kept, sealed, for a browser that asks again
 * @returns the answer, or the word with which recording it was lost: then nothing has left
 * @throws what the mint gate refuses, and what the response mode refuses
 */
export async function giveAnswer<Lost extends string>(
  granted: Granted,
  record: (answer: Answer) => Promise<'recorded' | 'created' | Lost>,
  parts: ProtocolParts,
): Promise<Answer | Lost> {
  const { request, standing, permissions, target, code } = granted
  const { client, device, response_type, bindings } = request
  const withCode = code !== undefined && brings(response_type, 'code') ? { code } : {}
  const give = async (tokens: FrontChannelTokens): Promise<Answer | Lost> => {
    const response = device?.respond('allowed') ?? (await toClient(granted, { ...withCode, ...spelled(tokens) }, parts))
    const answer = { response, authorization_id: standing.authorization.authorization_id }
    const outcome = await record(answer)
    return isDone(outcome) ? answer : outcome
  }
  if (!bringsToken(response_type)) return give({})
  const asks = {
    client,
    grant_type: 'implicit',
    from: undefined,
    standing,
    permissions,
    target,
    bindings,
    response_type,
  }
  const given = await mintFrontChannel({ ...asks, ...withCode }, give, parts)
  if (typeof given !== 'string') logLegacyUse(client, response_type, parts)
  return given
}

/** Answers the client, and brings the state that the browser's page can read up to what is answered of it. */
async function toClient(
  { request: { target }, standing: { session } }: Granted,
  members: Readonly<Record<string, string>>,
  parts: ProtocolParts,
): Promise<HttpResponse> {
  const browser_state = session && stateOfSession(session, parts)
  const response = await respond({ target, browser_state }, members, parts)
  const cookies = session === undefined ? [] : signedInState(session, parts)
  return cookies.length === 0 ? response : withHeaders(response, { 'set-cookie': cookies })
}

function isDone(outcome: string): outcome is 'recorded' | 'created' {
  return outcome === 'recorded' || outcome === 'created'
}

function spelled(tokens: FrontChannelTokens): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tokens).map(([name, value]) => [name, String(value)]))
}
