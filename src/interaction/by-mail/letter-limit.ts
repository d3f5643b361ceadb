/** How many letters go to one address that somebody typed, whoever asks for them (AC-17). */
import type { Attempts } from '../../domain/attempts.ts'
import type { MailPurpose } from '../../domain/mail-token.ts'
import { readCookie } from '../../http/cookies.ts'
import type { HttpRequest } from '../../http/message.ts'
import { knownDevice } from '../../identity/known-device.ts'
import type { Throttle } from '../../identity/throttle.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { ownerOf } from './owner.ts'

/** What counting letters takes. */
export interface LetterLimitParts extends Pick<ProtocolParts, 'accounts' | 'clock' | 'log' | 'secrets'> {
  readonly attempts: Attempts
  readonly throttle: Throttle
}

/** Letters for one purpose to one address in an hour. */
const mostLetters = 5
const anHour: Seconds = 3600

/**
 * Counts a letter that somebody asks for. `enough`: it is not sent, and nobody is told so, since the asker need not be
 * the one whose address it is. `retry_after`: the asker has to wait.
 *
 * Each purpose is counted by itself: letters that a stranger asks for would else use up those by which the owner gets
 * back in. A code opens nothing but the browser that it was asked for in, so a browser that the owner has signed in with
 * before has a count of its own (AC-06).
 */
export async function countLetter(
  { address, purpose }: { readonly address: string; readonly purpose: MailPurpose },
  request: HttpRequest,
  parts: LetterLimitParts,
): Promise<'send' | 'enough' | { readonly retry_after: Seconds }> {
  const { attempts, throttle, clock, log } = parts
  const key = `letter ${purpose} to ${address.toLowerCase()}`
  const known_device = await ownDevice(address, request, parts)
  const attempt = { account: key, address: request.address, ...(known_device !== undefined && { known_device }) }
  const throttled = await throttle.attempt(attempt)
  if ('retry_after' in throttled) return throttled
  const counter = known_device === undefined ? key : `${key} from ${known_device}`
  if ((await attempts.count(counter, anHour, clock())) <= mostLetters) return 'send'
  log.warn('letter_not_sent', { reason: 'too_many_letters', request_id: request.request_id })
  return 'enough'
}

/** The browser that asks, where the owner of the address has signed in with it before. */
async function ownDevice(
  address: string,
  request: HttpRequest,
  parts: Pick<LetterLimitParts, 'accounts' | 'secrets'>,
): Promise<string | undefined> {
  const cookie = readCookie(request, 'device')
  // Whoever has none is told nothing by how long it takes to look for an account.
  const account = cookie === undefined ? undefined : await ownerOf(address, parts)
  return account && knownDevice(parts.secrets, cookie, account.account_id)
}
