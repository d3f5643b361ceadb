import { findSession, keepSession } from '../domain/session.ts'
import { readCookie } from '../http/cookies.ts'
import type { HttpRequest } from '../http/message.ts'
import type { SessionParts } from '../identity/session.ts'
import type { Answerer } from '../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../protocol/parts.ts'

/** Finds who is signed in to this browser; undefined = nobody, or somebody whose account is disabled or gone. */
export async function signedIn(
  request: HttpRequest,
  parts: SessionParts & Pick<ProtocolParts, 'accounts'>,
): Promise<Answerer | undefined> {
  const session = await findSession(readCookie(request, 'session'), parts, parts.clock())
  const account = session && (await parts.accounts.find(session.account_id))
  if (session === undefined || account === undefined || account.disabled) return undefined
  await keepSession(session, parts)
  return { session, account }
}
