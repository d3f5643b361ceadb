/** Initial access tokens, RFC 7591 §3: what an operator hands to those who may register clients. */
import { newId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Seconds } from '../kernel/time.ts'
import type { InitialAccessToken, InitialAccessTokens } from '../domain/initial-access-token.ts'
import { auditEventOf, recorded, type OperatorParts } from './operator.ts'

/** What managing them takes. */
export interface InitialAccessTokenParts extends OperatorParts {
  readonly initialAccessTokens: InitialAccessTokens
  readonly secrets: Secrets
}

/** What an operator decides of one. */
export interface InitialAccessTokenWish {
  /** Whom it is for. */
  readonly note: string
  /** How many clients may be registered with it. */
  readonly uses: number
  readonly lasts: Seconds
}

/** A token with its value, which is shown now and never again. */
export interface MadeInitialAccessToken {
  readonly token: InitialAccessToken
  readonly value: string
}

/** Makes a token. */
export async function createInitialAccessToken(
  { note, uses, lasts }: InitialAccessTokenWish,
  parts: InitialAccessTokenParts,
): Promise<MadeInitialAccessToken> {
  const token_id = newId()
  const { value, hash } = parts.secrets.issue('initial_access_token', token_id)
  const created_at = parts.clock()
  const token = { token_id, token_hash: hash, note, uses_left: uses, created_at, expires_at: created_at + lasts }
  await recorded('initial_access_token_made', { detail: { token_id, note, uses } }, parts, () =>
    parts.initialAccessTokens.create(token),
  )
  return { token, value }
}

/** Removes a token: nobody registers with it from now on. The clients that it paid for stay. */
export async function deleteInitialAccessToken(
  token_id: string,
  parts: InitialAccessTokenParts,
): Promise<'deleted' | 'unknown'> {
  const event = auditEventOf('initial_access_token_deleted', { detail: { token_id } }, parts)
  return parts.initialAccessTokens.delete(token_id, { event })
}

/** The record of a token as it may be shown: its hash is not in it. */
export function initialAccessTokenToShow({
  token_hash: _hash,
  ...shown
}: InitialAccessToken): Readonly<Record<string, unknown>> {
  return shown
}
