/** The download of a receipt: what the signed-in person was shown and decided, signed. */
import { refusal } from '../../kernel/refusal.ts'
import type { Handler } from '../../http/message.ts'
import { consentReceipt, findDecision } from '../../protocol/consent-receipt.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'
import { ownPageHandler } from '../own-page-handler.ts'
import { ownPaths } from '../paths.ts'

const receiptUnknown = refusal('invalid_request', 'receipt_unknown', 'There is no such receipt', 404)

/** Makes the handler of the download, for GET; the path parameter `id` is a decision's id, or a grant's for its last one. */
export function receiptHandler(parts: ProtocolParts): Handler {
  // A download is not a page to come back to.
  return ownPageHandler('receipt', ownPaths.account, parts, async (request, { account: { account_id } }) => {
    const consent = await findDecision(request.params['id'] ?? '', parts)
    // Somebody else's is not there, for this person (SECURITY: AC-29).
    if (consent?.account_id !== account_id) throw receiptUnknown({ account_id })
    const { jwt } = await consentReceipt(consent, parts)
    return {
      status: 200,
      headers: {
        'content-type': 'application/jwt',
        'content-disposition': `attachment; filename="consent-receipt-${consent.consent_id}.jwt"`,
        'cache-control': 'no-store',
      },
      body: jwt,
    }
  })
}
