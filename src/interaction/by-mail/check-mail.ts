import { refusal } from '../../kernel/refusal.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'

const mailNotConfigured = refusal('invalid_request', 'mail_not_configured', 'No mail is sent from here', 404)

/** Refuses what begins with a letter, where no mail is configured. */
export function checkMail({ audience }: Pick<ProtocolParts, 'audience'>): void {
  if (!audience.mail) throw mailNotConfigured()
}
