/** How many letters go to one address that somebody typed, whoever asks for them (AC-17). */
import type { Attempts } from '../../domain/attempts.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { Throttle } from '../../identity/throttle.ts'
import type { Seconds } from '../../kernel/time.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'

/** What counting letters takes. */
export interface LetterLimitParts extends Pick<ProtocolParts, 'clock' | 'log'> {
  readonly attempts: Attempts
  readonly throttle: Throttle
}

/** Letters to one address in an hour. */
const mostLetters = 5
const anHour: Seconds = 3600

/**
 * Counts a letter that somebody asks for. `enough`: it is not sent, and nobody is told so, since the asker need not be
 * the one whose address it is. `retry_after`: the asker has to wait.
 */
export async function countLetter(
  address: string,
  { address: network, request_id }: HttpRequest,
  { attempts, throttle, clock, log }: LetterLimitParts,
): Promise<'send' | 'enough' | { readonly retry_after: Seconds }> {
  const key = `letter to ${address.toLowerCase()}`
  const throttled = await throttle.attempt({ account: key, address: network })
  if ('retry_after' in throttled) return throttled
  if ((await attempts.count(key, anHour, clock())) <= mostLetters) return 'send'
  log.warn('letter_not_sent', { reason: 'too_many_letters', request_id })
  return 'enough'
}
