/**
 * What operators do, each thing once: the command line and the console both come through here. Every change appends an
 * audit event in the same commit as itself, so that neither is there without the other.
 */
import { newId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/time.ts'
import type { AuditEvent, AuditEvents } from '../domain/audit-event.ts'

/** Who is at work, and where it is written down. */
export interface OperatorParts {
  readonly clock: Clock
  readonly auditEvents: AuditEvents
  /** `operator:<name>` for a person, `server` for what the configuration asks for. */
  readonly actor: string
}

/** Why nothing was done, in words for the operator. */
export class NotPossible extends Error {
  override readonly name = 'NotPossible'
}

/** What an operator's audit event is about. */
export type Change = Pick<AuditEvent, 'account_id' | 'client_id' | 'grant_id' | 'detail'>

/** The audit event of a change, for a port that writes it down with the change, and only with it. */
export function auditEventOf(
  event: string,
  about: Change,
  { actor, clock }: Pick<OperatorParts, 'actor' | 'clock'>,
): AuditEvent {
  return { event_id: newId(), at: clock(), event, actor, ...about }
}

/**
 * Makes a change and writes it down: both are asked for in one turn of the event loop, so they are committed together,
 * and when the trail cannot be written the change is not made either.
 */
export async function recorded<Outcome>(
  event: string,
  about: Change,
  parts: OperatorParts,
  change: () => Promise<Outcome>,
): Promise<Outcome> {
  const [outcome] = await Promise.all([change(), parts.auditEvents.append(auditEventOf(event, about, parts))])
  return outcome
}
