import { findSignedIn, keepSession } from '../domain/session.ts'
import { readCookie } from '../http/cookies.ts'
import type { HttpRequest } from '../http/message.ts'
import type { Answerer } from '../protocol/authorize/answer.ts'
import type { ProtocolParts } from '../protocol/parts.ts'

/** Finds who is signed in to this browser; undefined = nobody, or somebody whose account is disabled or gone. */
export async function signedIn(
  request: HttpRequest,
  parts: Pick<ProtocolParts, 'accounts' | 'clock' | 'secrets' | 'sessions' | 'settings'>,
): Promise<Answerer | undefined> {
  const found = await findSignedIn(readCookie(request, 'session'), parts, parts.clock())
  if (found?.account === undefined || found.account.disabled) return undefined
  const { session, account } = found
  await keepSession(session, parts)
  return { session, account }
}
