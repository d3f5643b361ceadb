/** What is known here of the client that asks, besides what it says of itself. */
import { countedPeople } from '../../domain/client-use.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import type { AcquaintanceView } from '../../ui/acquaintance.ts'
import type { Question } from './question.ts'

const came = {
  configuration: 'by_operator',
  operator: 'by_operator',
  registration: 'by_itself',
  metadata_document: 'by_address',
} as const

/** Gathers what is known here of a client, for somebody who is asked by it. */
export async function acquaintanceWith(
  { request: { client }, held }: Pick<Question, 'request' | 'held'>,
  { clientNames, clientUse, clock }: Pick<ProtocolParts, 'clientNames' | 'clientUse' | 'clock'>,
): Promise<AcquaintanceView> {
  const [people, resembles] = await Promise.all([
    clientUse.people(client.client_id, clock()),
    clientNames.resembled(client),
  ])
  return {
    came: came[client.registered_by],
    // A configuration does not say since when a client is in it.
    first_seen: client.registered_by === 'configuration' ? undefined : client.created_at,
    // The count may be a minute old: whoever is asked for more is one of them.
    people: rounded(Math.max(people, held === undefined ? 0 : 1)),
    resembles,
  }
}

/** Rounds to the first digit: otherwise looking twice could show who is among a handful. */
export function rounded(people: number): AcquaintanceView['people'] {
  if (people === 0) return 'nobody'
  if (people < 10) return 'few'
  if (people >= countedPeople) return 'very_many'
  const unit = 10 ** (String(people).length - 1)
  return Math.round(people / unit) * unit
}
