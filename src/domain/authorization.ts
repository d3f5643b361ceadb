/**
 * An authorization: our answer to one authorization request, which is one grant on one device. It begins as an
 * authorization code and may live on as a chain of refresh tokens, RFC 9700's token family; all of it is one row, so
 * that each step is one conditional statement and a refresh leaves nothing behind.
 */
import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { Confirmation } from '../vocabulary/confirmation.ts'
import type { Account } from './account.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Grant, Permission } from './grant.ts'
import type { Session, SessionClient } from './session.ts'

/** Why an authorization ended before its time. */
export type AuthorizationEnd = 'code_replayed' | 'refresh_token_reused' | 'revoked_by_client' | 'signed_out'

/** What was authorized, as it was when the person said yes. */
export interface Authorization {
  readonly authorization_id: string
  readonly grant_id: string
  readonly account_id: string
  readonly client_id: string
  /** The session it was given in. */
  readonly session_id: string
  /** True: dies when that session is signed out (browser-based apps without `offline_access`). */
  readonly session_bound: boolean
  /** A subset of the grant's. */
  readonly permissions: readonly Permission[]
  readonly redirect_uri: string
  readonly nonce?: string
  readonly auth_time: EpochSeconds
  readonly acr: string
  readonly amr: readonly string[]
  /** What the features of the request kept. */
  readonly bindings: Readonly<Record<string, Json>>
  readonly created_at: EpochSeconds
  /** When it ends whatever happens: the refresh tokens' longest life or, when bound, the session's; the grant has its own end. */
  readonly expires_at: EpochSeconds

  /** When the access token that left through the browser ends at the latest: the row stays until then. Absent: none did. */
  readonly token_expires_at?: EpochSeconds
  /** Keyed hash of the authorization code. There is always one; an answer without a code keeps it to itself. */
  readonly code_hash: string
  readonly code_expires_at: EpochSeconds
  readonly redeemed_at?: EpochSeconds

  /** The live refresh token, if any. */
  readonly refresh?: RefreshState
  readonly ended_at?: EpochSeconds
  readonly end_reason?: AuthorizationEnd
}

/** Where a chain of refresh tokens stands: one live token, and the one before it. */
export interface RefreshState {
  /** Keyed hash of the live token. */
  readonly refresh_hash: string
  /** When the live token ends if it stays unused; the grant, which the person may lengthen, can end sooner. */
  readonly refresh_expires_at: EpochSeconds
  readonly last_used_at: EpochSeconds
  /** The keys that whoever uses it must hold; absent: it is enough to authenticate as its client. */
  readonly cnf?: Confirmation
  /** The token whose first use made the live one, and the answer that use got, sealed for its holder. */
  readonly replaced?: {
    readonly refresh_hash: string
    readonly at: EpochSeconds
    readonly address: string
    readonly answer: string
  }
  /** Earlier tokens still inside their replay window: hash and first use. */
  readonly earlier: readonly { readonly refresh_hash: string; readonly at: EpochSeconds }[]
}

/** What of a grant its tokens are judged by. */
export type StandingGrant = Pick<Grant, 'permissions' | 'kind' | 'granted_at' | 'expires_at' | 'paused_at' | 'ended_at'>

/** A grant as authorization requests are answered under it. */
export type HeldGrant = StandingGrant & Pick<Grant, 'grant_id'>

/** What of an account its tokens are judged by, and what they tell: nothing that helps to guess a password. */
export type StandingAccount = Pick<
  Account,
  'sub' | 'username' | 'claims' | 'disabled' | 'authorizations_since' | 'updated_at'
>

/** What of a session the tokens that are bound to it are judged by. */
export type StandingSession = Pick<Session, 'session_id' | 'idle_expires_at' | 'expires_at' | 'ended_at'>

/** An authorization with everything it hangs on, read in one go: what the mint gate judges. */
export interface Standing {
  readonly authorization: Authorization
  readonly grant: StandingGrant | undefined
  readonly account: StandingAccount | undefined
  readonly session: StandingSession | undefined
}

/** The first use of a refresh token. */
export interface Rotation {
  readonly authorization_id: string
  /** Hash of the presented token: the statement changes the row only while this is the live one. */
  readonly presented_hash: string
  /** The chain as it will be. */
  readonly refresh: RefreshState
  readonly at: EpochSeconds
}

/** The use of a refresh token that stays: its holder has proved a key, or who it is (policy A3). */
export interface Extension {
  readonly authorization_id: string
  /** Hash of the presented token: the statement changes the row only while this is the live one. */
  readonly presented_hash: string
  /** When the token ends if it stays unused from now on. */
  readonly refresh_expires_at: EpochSeconds
  /** As the chain will have it: the answer that the token before it got is given to nobody any more. */
  readonly earlier: RefreshState['earlier']
  readonly at: EpochSeconds
}

/** What happens along with an answer, all or nothing. */
export interface AlongWithAnswer {
  /** The pushed request that it answers, spent by it: of racing callers one is told `created`. */
  readonly pushed_request_id?: string | undefined
  /** The client, where it is to be told when the session ends. */
  readonly told?: SessionClient | undefined
}

/** Port: where authorizations live. */
export interface Authorizations {
  /**
   * Stores a new one, its code not redeemed, for a grant that stands already. Consent makes the others (`Consents.record`).
   * `lost`: a token was to leave with the answer, and the grant, its account or the session ended meanwhile; where only a
   * code leaves, its redemption asks. `already_decided`: the pushed request has its answer.
   */
  create(authorization: Authorization, along?: AlongWithAnswer): Promise<'created' | 'lost' | 'already_decided'>
  /** The authorization with grant, account and session, whatever their state; expiry is the caller's to judge. */
  findStanding(authorization_id: string): Promise<Standing | undefined>
  /**
   * Spends the code, and starts the chain of refresh tokens where there is to be one. However many callers race, in
   * however many processes, exactly one is told `redeemed`. `lost`: spent by another, or the authorization, its grant
   * or its account ended meanwhile.
   */
  redeem(
    authorization_id: string,
    refresh: RefreshState | undefined,
    delete_after: EpochSeconds,
    at: EpochSeconds,
  ): Promise<'redeemed' | 'lost'>
  /** Spends the presented refresh token for its successor: one winner, as `redeem`. */
  rotate(rotation: Rotation): Promise<'rotated' | 'lost'>
  /** Notes the use of a refresh token that is not replaced, while it is the live one and everything it hangs on stands. */
  extend(extension: Extension): Promise<'extended' | 'lost'>
  /**
   * Ends this one device's tokens, at the moment of its audit event and with it; of racing callers one is told `ended`,
   * and the events of the others are dropped.
   */
  end(authorization_id: string, reason: AuthorizationEnd, event: AuditEvent): Promise<'ended' | 'already_ended'>
}

/** How long rows outlive what they hold, so that a replay is still recognised: see `delete_after`. */
export const replayMemory: Seconds = 300
