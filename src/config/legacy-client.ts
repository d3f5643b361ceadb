/** The fence around what OAuth 2.1 has dropped: which client may still do it, and until when. */
import { formed, list, record, shown, text, textAt, word } from '../kernel/setting-kinds.ts'
import { required, setting, type Kind } from '../kernel/setting.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import { readResponseType, type ResponseType } from '../vocabulary/response-types.ts'

/** A response type that brings a token through the browser, its words in any order. */
const droppedResponseType: Kind<Exclude<ResponseType, 'code'>> = {
  name: 'response type other than `code`',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined) return undefined
    const read = readResponseType(written)
    if (read === 'code') return at.mistake('is open to every client; leave it out here')
    return (
      read ??
      at.mistake(
        `must be one of token, id_token, id_token token, code token, code id_token, code id_token token, not ${shown(raw)}`,
      )
    )
  },
}

const secondsOfDay = 86_400

/** A day that the calendar has: JavaScript reads 2027-02-30 as the second of March. */
function isDay(written: string): boolean {
  if (!/^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(written)) return false
  const begins = Date.parse(`${written}T00:00:00Z`)
  return !Number.isNaN(begins) && new Date(begins).toISOString().startsWith(written)
}

const day = formed('date', isDay, 'a date such as 2027-06-30')

/** A client that is allowed what OAuth 2.1 has dropped, until a day. */
export const legacyClient = record('legacy client', {
  client_id: required(text, 'The client.'),
  response_types: setting(
    list(droppedResponseType),
    [],
    'Response types other than `code`: tokens that come through the browser. Words in any order.',
  ),
  grant_types: setting(
    list(word('password', 'implicit')),
    [],
    '`password`, which OAuth 2.1 has dropped; `implicit` may stand beside the response types it goes with.',
  ),
  until: required(day, 'The last day, in UTC: with its end the row opens nothing any more.'),
})

/** Adds to each row the first moment after its last day, in UTC. */
export function legacyRows<Row extends { readonly until: string }>(
  written: readonly Row[],
): readonly (Row & { readonly closes_at: EpochSeconds })[] {
  return written.map((row) => ({ ...row, closes_at: Date.parse(`${row.until}T00:00:00Z`) / 1000 + secondsOfDay }))
}
