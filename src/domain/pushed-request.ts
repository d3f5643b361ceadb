import type { EpochSeconds } from '../kernel/time.ts'

/** An authorization request that its client has pushed, RFC 9126: checked, and waiting for a browser to come with its name. */
export interface PushedRequest {
  readonly pushed_request_id: string
  /** Keyed hash of the reference that is the end of the `request_uri`. */
  readonly reference_hash: string
  /** The client that pushed it: nobody else can use it. */
  readonly client_id: string
  /** The parameters as they count, names with all values: those of the request object where one was pushed. */
  readonly parameters: Readonly<Record<string, readonly string[]>>
  readonly created_at: EpochSeconds
  /** Until when a browser may come with it; whoever has come by then may take as long as an interaction lasts. */
  readonly expires_at: EpochSeconds
  /** Set once, by the statement that answers the request: with a code or with the person's no. */
  readonly spent_at?: EpochSeconds
}

/** Port: where pushed requests live. They are spent with the answer (`Consents.record`, `Authorizations.create`). */
export interface PushedRequests {
  /** @param keep_until when no interaction that began with it can be answered any more: the row may go then */
  create(request: PushedRequest, keep_until: EpochSeconds): Promise<void>
  /** The request, expired or spent or not; undefined when swept or never there. */
  find(pushed_request_id: string): Promise<PushedRequest | undefined>
}
