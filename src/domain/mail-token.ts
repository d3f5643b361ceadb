/** What a letter lets its reader do: one thing, once, for a short time. */
import { sameSecret } from '../kernel/hash.ts'
import { newOpaqueId } from '../kernel/ids.ts'
import type { Language } from '../kernel/language.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import { newMessage, type OutboxMessage } from './outbox.ts'

/** How long each thing may be done, by what it is. */
export const mailTokenLifetimes = {
  password_reset: 1800,
  registration: 3600,
  invitation: 7 * 86_400,
  address_change: 3600,
  sign_in_code: 600,
  address_undo: 7 * 86_400,
} as const satisfies Readonly<Record<string, Seconds>>

/** What can be done by a letter. A letter for one of them is never good for another. */
export type MailPurpose = keyof typeof mailTokenLifetimes

/** One such letter, and what is bound to it. */
export interface MailToken {
  /** 128 random bits, base64url. */
  readonly token_id: string
  readonly purpose: MailPurpose
  /** Whose it is; absent for somebody who has no account yet. */
  readonly account_id?: string
  /** Whom the letter goes to; absent where nobody is written to, so that asking costs the same for everybody (AC-02). */
  readonly address?: string
  /** Where the person came from, and goes on afterwards. */
  readonly interaction_id?: string
  readonly language: Language
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
  readonly spent_at?: EpochSeconds
}

/** Names the token that a change spends, at that moment. */
export interface SpentToken {
  readonly token_id: string
  readonly at: EpochSeconds
}

/**
 * Port: where they live. A token is spent by the statement of the change that it is for (`Accounts.setPassword`,
 * `Accounts.createBy`, `Accounts.changeAddress`), in one transaction: neither happens without the other, and of racing
 * readers one wins.
 */
export interface MailTokens {
  /** Keeps a token and queues its letter. */
  create(token: MailToken, letter: OutboxMessage): Promise<void>
  /** The token, expired or spent or not; undefined when swept or never there. */
  find(token_id: string): Promise<MailToken | undefined>
  /** Spends a token that no change goes with: one that signs its reader in. */
  spend(spent: SpentToken): Promise<'spent' | 'already_spent'>
}

/** What a message of the kind `mail` holds that carries a token. */
export interface TokenNotice {
  readonly token_id: string
}

/** Makes a token that is good from a moment on, and the message that carries it. */
export function newMailToken(
  bound: Pick<MailToken, 'purpose' | 'account_id' | 'address' | 'interaction_id' | 'language'>,
  at: EpochSeconds,
): { readonly token: MailToken; readonly letter: OutboxMessage } {
  const token_id = newOpaqueId()
  const token = { token_id, ...bound, created_at: at, expires_at: at + mailTokenLifetimes[bound.purpose] }
  return { token, letter: newMessage('mail', { type: 'mail_token', token_id }, at) }
}

type Signing = { readonly secrets: Pick<Secrets, 'hash'> }

/**
 * Spells what the link of a letter carries: the row, and a signature over all that the row is bound to. It is made when
 * the letter leaves, so that no secret waits in a queue or lies in the database, and is the same each time.
 */
export function spellMailToken(token: MailToken, parts: Signing): string {
  return `${token.token_id}.${signature(token, parts)}`
}

/**
 * Finds what a link stands for; undefined for any link that we did not make for this purpose. Whether it is still good,
 * `isGood` tells.
 */
export async function findMailToken(
  written: string,
  purposes: readonly MailPurpose[],
  parts: Signing & { readonly mailTokens: MailTokens },
): Promise<MailToken | undefined> {
  const [, token_id = '', signed = ''] = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(written) ?? []
  const token = token_id === '' ? undefined : await parts.mailTokens.find(token_id)
  if (token === undefined || !purposes.includes(token.purpose)) return undefined
  return sameSecret(signed, signature(token, parts)) ? token : undefined
}

/** Tells whether a token was not used and is not too old: it ends at its last second (AC-33). */
export function isGood({ spent_at, expires_at }: MailToken, at: EpochSeconds): boolean {
  return spent_at === undefined && at < expires_at
}

function signature({ token_id, purpose, account_id, address }: MailToken, { secrets }: Signing): string {
  return secrets.hash('mail_token', JSON.stringify([token_id, purpose, account_id ?? null, address ?? null]))
}
