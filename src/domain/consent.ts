import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Authorization } from './authorization.ts'
import type { Client } from './client.ts'
import type { DeviceDecision } from './device-authorization.ts'
import type { Grant } from './grant.ts'
import type { SessionClient } from './session.ts'
import type { OutboxMessage } from './outbox.ts'

/** The record of one decision, never changed afterwards. */
export interface Consent {
  readonly consent_id: string
  readonly account_id: string
  readonly client_id: string
  /** The grant it made or widened; absent for a denial. */
  readonly grant_id?: string
  readonly decision: 'allowed' | 'denied'
  readonly decided_at: EpochSeconds
  /** What was shown and chosen, and for a yes `ends_at`; nothing but that where nobody was asked. */
  readonly shown: Readonly<Record<string, Json>>
}

/** A decision with everything that follows from it. */
export interface ConsentDecision {
  /** Closed by the decision, where the person was asked in one; first-party clients are not asked. */
  readonly interaction?: { readonly interaction_id: string; readonly sealed_response: string }
  /** Spent by the decision, where the request was pushed. */
  readonly pushed_request_id?: string
  readonly consent: Consent
  /** The grant as it will be: new (revision 1), or widened (the revision read, plus one). Absent for a denial. */
  readonly grant?: Grant
  readonly authorization?: Authorization
  /** The client, where it registered itself: from now on it is stored for as long as somebody allows it something. */
  readonly client?: Client
  /** The client, where it is to be told when the session ends. */
  readonly told?: SessionClient | undefined
  /** The answer to a device, where it is one. */
  readonly device?: DeviceDecision | undefined
  readonly event: AuditEvent
  /** What others are told of it, queued with it. */
  readonly notices?: readonly OutboxMessage[]
}

/** Port: the one place where grants are made and widened. What is recorded is never changed. */
export interface Consents {
  /**
   * Records a decision with its grant, its authorization and its audit event: all or nothing. `already_decided`: the
   * interaction was closed, or the device or the pushed request answered, by another request. `stale`: the grant changed
   * since it was read; read again and repeat.
   */
  record(decision: ConsentDecision): Promise<'recorded' | 'already_decided' | 'stale'>
  /** Finds one decision. */
  find(consent_id: string): Promise<Consent | undefined>
  /** The decisions of an account, the newest first. */
  listByAccount(account_id: string, limit: number): Promise<readonly Consent[]>
  /** Finds the last decision of an account that made or changed a grant. */
  findNewest(account_id: string, grant_id: string): Promise<Consent | undefined>
}
