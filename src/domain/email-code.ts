/** Codes sent by mail to sign in without a password: typed, good in one browser, once, for ten minutes. */
import { sameSecret } from '../kernel/hash.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { MailToken } from './mail-token.ts'

type Signing = { readonly secrets: Pick<Secrets, 'hash'> }

const digits = 8

/**
 * Spells the code of a letter: eight digits out of a keyed hash over all that its row is bound to, so that neither the
 * database nor the queue holds a code. With five tries at each row, an attacker has one chance in twenty million.
 */
export function spellEmailCode(token: MailToken, { secrets }: Signing): string {
  const { token_id, purpose, account_id, address, interaction_id } = token
  const bound = [token_id, purpose, account_id ?? null, address ?? null, interaction_id ?? null]
  const hash = Buffer.from(secrets.hash('email_code', JSON.stringify(bound)), 'base64url')
  return String(hash.readBigUInt64BE() % 10n ** BigInt(digits)).padStart(digits, '0')
}

/** Tells whether this is the code of a row, whatever gaps it was typed with. A row without an account has no right code. */
export function isEmailCode(typed: string, token: MailToken, parts: Signing): boolean {
  const plain = typed.slice(0, 100).replaceAll(/[\s-]/g, '')
  const isRight = sameSecret(plain, spellEmailCode(token, parts))
  return isRight && token.account_id !== undefined
}
