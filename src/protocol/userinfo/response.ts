/** How userinfo is told: as JSON, signed, encrypted, or both, as the client registered it (OpenID Connect Core §5.3.2). */
import type { Client } from '../../domain/client.ts'
import { json, type HttpResponse } from '../../http/message.ts'
import type { ProtocolParts } from '../parts.ts'
import { encryptedFor } from '../token/encrypt.ts'
import type { JwtClaims } from '../token/sign.ts'

/** The `typ` of signed userinfo: with one of its own nobody takes it for an id_token, we neither (RFC 8725 §3.11). */
const userinfoType = 'userinfo+jwt'

/**
 * Makes the answer.
 *
 * @throws `invalid_request` when it is to be encrypted and the client has no key for that
 */
export async function userinfoResponse(
  claims: JwtClaims,
  client: Client,
  parts: Pick<ProtocolParts, 'issuer' | 'signer' | 'clientKeys'>,
): Promise<HttpResponse> {
  const {
    userinfo_signed_response_alg: signedBy,
    userinfo_encrypted_response_alg: alg,
    userinfo_encrypted_response_enc: enc,
  } = client.metadata
  if (signedBy === undefined && alg === undefined) return json(200, claims)
  // §5.3.2: what is signed says who signed it, and for whom.
  const signed =
    signedBy &&
    (await parts.signer.sign(userinfoType, signedBy, { ...claims, iss: parts.issuer, aud: client.client_id }))
  const text = signed ?? JSON.stringify(claims)
  const cty = signed === undefined ? 'json' : 'JWT'
  const body = alg === undefined ? text : await encryptedFor(client, { text, cty, alg, enc }, parts)
  return { status: 200, headers: { 'content-type': 'application/jwt', 'cache-control': 'no-store' }, body }
}
