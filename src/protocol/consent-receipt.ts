/**
 * The receipt of a decision: what was shown and chosen, signed by us, for whoever has to prove it.
 *
 * It is not a token. Everything about the decision stands under one claim of its own, and what a token is known by (`sub`,
 * `aud`, `exp`, `scope`) is left out: however carelessly somebody checks tokens, a receipt opens nothing (RFC 8725 §3.11).
 */
import type { Accounts } from '../domain/account.ts'
import type { Consent, Consents } from '../domain/consent.ts'
import type { Grants } from '../domain/grant.ts'
import type { ProtocolParts } from './parts.ts'
import type { JwtClaims } from './token/sign.ts'

/** The `typ` of a receipt, RFC 8725 §3.11. */
const receiptType = 'consent-receipt+jwt'

/** A receipt, and what it says. */
export interface ConsentReceipt {
  /** Compact JWS by one of the published keys, RFC 7515 §3.1. */
  readonly jwt: string
  readonly claims: JwtClaims
}

/** Finds the decision that is meant: by its own id, or the last one about a grant. */
export async function findDecision(
  id: string,
  { consents, grants }: { readonly consents: Consents; readonly grants: Grants },
): Promise<Consent | undefined> {
  const consent = await consents.find(id)
  if (consent !== undefined) return consent
  const grant = await grants.find(id)
  return grant && consents.findNewest(grant.account_id, id)
}

/** Signs the receipt of a decision, as often as it is asked for; `iat` says when, `decided_at` when the decision was. */
export async function consentReceipt(
  consent: Consent,
  { issuer, clock, signer, accounts }: Pick<ProtocolParts, 'issuer' | 'clock' | 'signer'> & { accounts: Accounts },
): Promise<ConsentReceipt> {
  const { consent_id, account_id, client_id, grant_id, decision, decided_at, shown } = consent
  const account = await accounts.find(account_id)
  const claims = {
    iss: issuer,
    iat: clock(),
    jti: consent_id,
    consent_receipt: {
      ...(account && { sub: account.sub }),
      client_id,
      ...(grant_id !== undefined && { grant_id }),
      decision,
      decided_at,
      shown,
    },
  }
  return { jwt: await signer.sign(receiptType, 'ES256', claims), claims }
}
