import type { Seconds } from '../kernel/time.ts'
import { spellWait } from './moment.ts'
import type { Words } from './words/en.ts'

/** Why a password was not set. */
export type PasswordNotice =
  | { readonly kind: 'too_short' | 'too_long' | 'common' | 'about_you' | 'form_expired' }
  | { readonly kind: 'busy'; readonly retry_after: Seconds }

/** Says why a password was not set. */
export function passwordSentence(told: PasswordNotice, minimum: number, words: Words): string {
  if (told.kind === 'busy') return words.signIn.busy(spellWait(told.retry_after, words))
  if (told.kind === 'form_expired') return words.byMail.form_expired
  return words.newPassword.faults[told.kind](String(minimum))
}
