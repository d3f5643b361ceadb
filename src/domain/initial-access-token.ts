import type { EpochSeconds } from '../kernel/time.ts'
import type { News } from './news.ts'

/** What an operator hands out so that somebody may register clients, RFC 7591 §3. */
export interface InitialAccessToken {
  /** 32 hexadecimal digits; proves nothing. */
  readonly token_id: string
  /** Keyed hash of the token. */
  readonly token_hash: string
  /** Whom it was made for, in the operator's words. */
  readonly note: string
  /** How many clients may still be registered with it. */
  readonly uses_left: number
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
}

/** Port: where initial access tokens live. Their uses are spent by `Clients.register` alone. */
export interface InitialAccessTokens {
  create(token: InitialAccessToken): Promise<void>
  /** Every token that is not swept yet, used up or not, the newest first. */
  list(): Promise<readonly InitialAccessToken[]>
  delete(token_id: string, news?: News): Promise<'deleted' | 'unknown'>
}
