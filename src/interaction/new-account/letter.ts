/** The letter by which an account may be made: for whom it is, and whether it still counts. */
import { domainOf } from '../../domain/mail-address.ts'
import { isGood, spellMailToken, type MailToken, type MailTokens } from '../../domain/mail-token.ts'
import type { ProtocolParts, ProtocolSettings } from '../../protocol/parts.ts'
import { ownPaths } from '../paths.ts'
import type { Visit } from '../visit.ts'

/** A letter by which an account may be made, and the address that it proves. */
export interface Invited {
  readonly token: MailToken
  readonly email: string
}

/** Tells whether somebody with an address may make an account by themselves. */
export function isAdmitted(email: string, admitted: ProtocolSettings['account_registration']): boolean {
  if (admitted === 'off') return false
  return admitted === 'any' || admitted.includes(domainOf(email))
}

/** What is asked of such a letter. */
export type InvitedParts = Pick<ProtocolParts, 'clock' | 'secrets' | 'settings'> & { readonly mailTokens: MailTokens }

/**
 * Tells whether an account may be made by it now. An invitation always counts; a letter that somebody asked for
 * themselves does not once the setting has changed (AC-32).
 */
export function isStillOpen({ token, email }: Invited, { clock, settings }: InvitedParts): boolean {
  if (!isGood(token, clock())) return false
  return token.purpose === 'invitation' || isAdmitted(email, settings.account_registration)
}

/** Tells by which letter an account is made of what is proved elsewhere in this interaction; undefined = by none. */
export function letterBehind({ interaction: { purpose } }: Pick<Visit, 'interaction'>): string | undefined {
  return purpose.kind === 'own_page' ? purpose.letter : undefined
}

/** Finds the letter behind an interaction; undefined where there is none, or it no longer counts. */
export async function invitedBehind(
  visit: Pick<Visit, 'interaction'>,
  parts: InvitedParts,
): Promise<Invited | undefined> {
  const token_id = letterBehind(visit)
  const token = token_id === undefined ? undefined : await parts.mailTokens.find(token_id)
  if (token?.address === undefined) return undefined
  const invited = { token, email: token.address }
  return isStillOpen(invited, parts) ? invited : undefined
}

/** Spells the address of its page. It is not stored: what lies in the database opens nothing. */
export function pathOf({ token }: Invited, parts: InvitedParts): string {
  return `${ownPaths.newAccount}/${spellMailToken(token, parts)}`
}
