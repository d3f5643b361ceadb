/** What is to be sent to others: queued in the transaction of what it tells of, so that neither happens without the other. */
import type { Json } from '../kernel/binding.ts'
import { newId } from '../kernel/ids.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'

/** The ways out. */
export const outboxKinds = ['mail', 'webhook', 'logout_token'] as const

/** What kind of message goes which way. */
export type OutboxKind = (typeof outboxKinds)[number]

/** Something to be sent. It holds no secret and no address of a person: these are looked up when it leaves. */
export interface OutboxMessage {
  /** Time-ordered; the same at each attempt, so that a receiver can tell a repetition. */
  readonly message_id: string
  readonly kind: OutboxKind
  readonly payload: Readonly<Record<string, Json>>
  readonly queued_at: EpochSeconds
}

/** Makes a message. */
export function newMessage(
  kind: OutboxKind,
  payload: OutboxMessage['payload'],
  queued_at: EpochSeconds,
): OutboxMessage {
  return { message_id: newId(), kind, payload, queued_at }
}

/** A message that one worker has to itself until its lease is over. */
export interface ClaimedMessage extends OutboxMessage {
  /** How often it was claimed, this time included. */
  readonly attempts: number
}

/** How long a worker has a message to itself; when it dies, another takes over after this. */
export const outboxLease: Seconds = 60

/** For how long delivery is tried before it is given up. */
export const outboxPatience: Seconds = 3 * 86_400

const [shortestPause, longestPause]: readonly [Seconds, Seconds] = [5, 3600]

/** How long to wait after so many attempts that failed: 5 seconds, twice as long each time, an hour at most. */
export function pauseAfter(attempts: number): Seconds {
  return Math.min(shortestPause * 2 ** Math.min(attempts - 1, 20), longestPause)
}

/** Port: what waits to be sent. Messages are queued by what they tell of, such as `Consents.record` and `Grants.end`. */
export interface Outbox {
  /**
   * Claims messages that are due, the one that waited longest first; of racing workers on any node one gets each. A
   * worker that does not come back loses its claim after `outboxLease`.
   */
  claim(kind: OutboxKind, limit: number, at: EpochSeconds): Promise<readonly ClaimedMessage[]>
  /** Puts a message off; does nothing when the claim was lost meanwhile. */
  postpone(claimed: ClaimedMessage, next_at: EpochSeconds): Promise<void>
  /** Removes a message that was delivered or given up; does nothing when the claim was lost meanwhile. */
  remove(claimed: ClaimedMessage): Promise<void>
}
