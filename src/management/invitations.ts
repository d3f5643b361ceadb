/** Invitations: letters by which somebody makes an account, even where people may not make accounts by themselves. */
import type { Language } from '../kernel/language.ts'
import type { Accounts } from '../domain/account.ts'
import { readAddress } from '../domain/mail-address.ts'
import { newMailToken, type MailTokens } from '../domain/mail-token.ts'
import type { Audience } from '../domain/notice.ts'
import { NotPossible, recorded, type OperatorParts } from './operator.ts'

/** What inviting takes. */
export interface InvitationParts extends OperatorParts {
  readonly accounts: Accounts
  readonly mailTokens: MailTokens
  readonly audience: Audience
}

/**
 * Sends a letter that is good for one account with its address, for a week.
 *
 * @param language in which it is written
 * @throws {NotPossible} for what is not a plain address, and where no mail is sent
 */
export async function invite(
  typed: string,
  language: Language,
  parts: InvitationParts,
): Promise<'done' | 'login_taken'> {
  const address = readAddress(typed)
  if (address === undefined) throw new NotPossible('That is not an e-mail address')
  if (!parts.audience.mail) throw new NotPossible('No mail is configured to send it by')
  if ((await parts.accounts.findByLogin(address)) !== undefined) return 'login_taken'
  const { token, letter } = newMailToken({ purpose: 'invitation', address, language }, parts.clock())
  await recorded('account_invited', { detail: { address } }, parts, () => parts.mailTokens.create(token, letter))
  return 'done'
}
