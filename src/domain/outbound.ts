import type { Milliseconds } from '../kernel/time.ts'

/** What one request to somebody else may cost us. */
export interface OutboundLimits {
  /** The media types we can use, as `Accept` has them. */
  readonly accept: string
  /** Most bytes of the answer's body. Default 65,536; key sets are given 262,144. */
  readonly maximum?: number
  /** The `Authorization` header field, from whoever asks for what is a person's own (RFC 6750 §2.1). Default: none. */
  readonly authorization?: string
  /** How long all of it may take, from finding the address to the last byte. Default 3,000. */
  readonly timeout?: Milliseconds
  /**
   * `stranger`: somebody whom no operator knows has named the address. Such requests leave room for all others, however
   * many there are and however slow (SF-08). Default: somebody who is known.
   */
  readonly named_by?: 'stranger' | 'known'
}

/** What is posted. */
export interface OutboundContent {
  /** Its media type. */
  readonly type: string
  readonly text: string
  /** Further header fields of ours, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What somebody else answered, whatever its status: never a redirect, never compressed, never more than the maximum. */
export interface OutboundAnswer {
  readonly status: number
  /** By lower-case name; several of one name joined with a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/**
 * Why there is no answer. `refused` may be told to whoever gave us the URL; `why` is for our own log.
 *
 * A name that leads into our own network is `unreachable` like one that leads nowhere: otherwise any stranger could
 * draw a map of that network by asking us (SF-02).
 */
export interface OutboundRefusal {
  readonly refused: 'not_allowed' | 'unreachable' | 'redirected' | 'too_large' | 'busy'
  readonly why:
    | 'url_malformed'
    | 'scheme'
    | 'port'
    | 'userinfo'
    | 'name_unknown'
    | 'private_address'
    | 'connection_failed'
    | 'certificate'
    | 'malformed_answer'
    | 'too_slow'
    | 'compressed'
    | 'redirect'
    | 'too_many_bytes'
    | 'too_many_requests'
}

/**
 * Port: the only way out to addresses that others named. It follows no redirect, sends no cookie and no
 * credential that it was not handed, and reaches nothing but the public internet and what the operator allowed by name.
 */
export interface Outbound {
  /** Fetches; of callers who ask for the same at the same time one asks, and all get its answer. */
  get(url: string, limits: OutboundLimits): Promise<OutboundAnswer | OutboundRefusal>
  /** Posts once; whether to repeat is up to the caller. */
  post(url: string, content: OutboundContent, limits: OutboundLimits): Promise<OutboundAnswer | OutboundRefusal>
}

/** Most bytes of a key set that we read. */
export const jwksMaximum = 262_144
