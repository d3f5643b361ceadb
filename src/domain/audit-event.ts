import type { EpochSeconds } from '../kernel/time.ts'

/** One change or decision, for the record: append-only, without secrets. */
export interface AuditEvent {
  readonly event_id: string
  readonly at: EpochSeconds
  /** What happened, a `snake_case` fact: `consent_given`, `grant_ended`, `account_disabled`. */
  readonly event: string
  /** Who did it: `account:<id>`, `client:<id>`, `operator:<name>`, `server`. */
  readonly actor: string
  readonly account_id?: string
  readonly client_id?: string
  readonly grant_id?: string
  readonly authorization_id?: string
  readonly address?: string
  readonly request_id?: string
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
}

/** Port: the audit trail. */
export interface AuditEvents {
  append(event: AuditEvent): Promise<void>
  list(filter: {
    readonly account_id?: string
    readonly client_id?: string
    readonly limit: number
  }): Promise<readonly AuditEvent[]>
  /**
   * Lists the events after a given one, the oldest first, for whoever follows them.
   *
   * @param event_id of the last one that was read; empty for the beginning
   * @param until the last moment that counts: reading ends before anything later
   */
  listAfter(event_id: string, until: EpochSeconds, limit: number): Promise<readonly AuditEvent[]>
}
