/** The authorization code grant: RFC 6749 §4.1.3, OAuth 2.1 §4.1.3. */
import { newId } from '../../kernel/ids.ts'
import { Bindings } from '../../kernel/binding.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Standing } from '../../domain/authorization.ts'
import type { ProtocolParts } from '../parts.ts'
import { redirectUriDifference } from '../authorize/redirect-uri-difference.ts'
import { chosenTarget, draftTokenRequest, type GrantType, type TokenRequest } from './grant-type.ts'
import { mint } from './mint.ts'
import { redeem } from './redeem.ts'
import { filling } from '../feature.ts'

const codeMissing = refusal('invalid_request', 'code_missing', 'code is required')
// One description for all of these: which check failed is for the log, not for whoever holds a stolen code.
const tell = 'The authorization code is not valid for this request'
const codeUnknown = refusal('invalid_grant', 'code_unknown', tell)
const codeOfAnotherClient = refusal('invalid_grant', 'code_of_another_client', tell)
const redirectUriMismatch = refusal('invalid_grant', 'redirect_uri_mismatch', tell)
const codeExpired = refusal('invalid_grant', 'code_expired', tell)
const codeSignedOut = refusal('invalid_grant', 'code_signed_out', tell)
const codeEnded = refusal('invalid_grant', 'code_ended', tell)
const codeReplayed = refusal('invalid_grant', 'code_replayed', tell)

/** Redeems a code for tokens, RFC 6749 §4.1.3. */
export const authorizationCode = {
  grant_type: 'authorization_code',

  async answer(request, parts) {
    const standing = await presentedCode(request, parts)
    const { authorization } = standing
    const detail = { client_id: request.client.client_id, grant_id: authorization.grant_id }
    const bindings = new Bindings(authorization.bindings)
    const on = { standing, permissions: authorization.permissions, bindings }
    const draft = await draftTokenRequest(request, 'authorization_code', on, parts)
    for (const feature of filling(parts.features, 'codeExchange')) await feature.codeExchange(draft, parts)
    for (const feature of filling(parts.features, 'tokenRequest')) await feature.tokenRequest(draft, parts)

    if (authorization.redeemed_at !== undefined) return refuseReplay(request, standing, parts)
    if (authorization.code_expires_at <= parts.clock())
      throw codeExpired({ ...detail, seconds_late: parts.clock() - authorization.code_expires_at })
    // Whoever signs out between yes and code means no: nothing was handed over yet, whatever it would be bound to.
    if (standing.session?.ended_at !== undefined) throw codeSignedOut(detail)
    const { permissions } = draft
    const { client, request: from } = request
    const minted = await mint(
      {
        client,
        grant_type: 'authorization_code',
        from,
        standing,
        permissions,
        target: chosenTarget(draft, standing),
        bindings,
      },
      (tokens, at) => redeem(standing, tokens, at, parts),
      parts,
    )
    if (minted === 'lost') return refuseLost(request, standing, parts)
    await noteVerifier(request, standing, parts)
    return minted
  },
} satisfies GrantType

/** Reads the code and what it stands for. What is wrong here spends nothing and ends nothing (policy A2). */
async function presentedCode(
  { parameters, client }: TokenRequest,
  { secrets, authorizations }: ProtocolParts,
): Promise<Standing> {
  const code = parameters.get('code')
  if (code === undefined) throw codeMissing({ client_id: client.client_id })
  const read = secrets.read('authorization_code', code)
  const standing = read && (await authorizations.findStanding(read.id))
  if (standing === undefined || !sameSecret(read?.hash ?? '', standing.authorization.code_hash)) {
    throw codeUnknown({ client_id: client.client_id })
  }
  const { authorization } = standing
  const detail = { client_id: client.client_id, grant_id: authorization.grant_id }
  if (authorization.client_id !== client.client_id)
    throw codeOfAnotherClient({ ...detail, expected: authorization.client_id })
  // OAuth 2.1 §10.2: it may be left out; a client that sends it still gets it compared.
  const redirect_uri = parameters.get('redirect_uri')
  if (redirect_uri !== undefined && redirect_uri !== authorization.redirect_uri)
    throw redirectUriMismatch({
      ...detail,
      presented: redirect_uri.slice(0, 500),
      ...redirectUriDifference([authorization.redirect_uri], redirect_uri),
    })
  return standing
}

async function noteVerifier(
  { request: { request_id }, parameters, client }: TokenRequest,
  { authorization }: Standing,
  { constantVerifiers }: ProtocolParts,
): Promise<void> {
  const code_verifier = parameters.get('code_verifier')
  if (code_verifier === undefined) return
  const { session_id } = authorization
  await constantVerifiers.note({ client_id: client.client_id, session_id, code_verifier, request_id })
}

/** Tells whether another redemption was quicker, which is a replay, or the code's grant ended at this very moment. */
async function refuseLost(request: TokenRequest, { authorization }: Standing, parts: ProtocolParts): Promise<never> {
  const now = await parts.authorizations.findStanding(authorization.authorization_id)
  if (now?.authorization.redeemed_at !== undefined) return refuseReplay(request, now, parts)
  throw codeEnded({ client_id: request.client.client_id, grant_id: authorization.grant_id })
}

/**
 * RFC 6749 §4.1.2: a code used twice is refused, and what the first use gave is ended. Only a request that was right in
 * every other respect comes here, or whoever sees a code go by could sign the person out (policy A2).
 */
async function refuseReplay(
  { request, client }: TokenRequest,
  { authorization }: Standing,
  parts: ProtocolParts,
): Promise<never> {
  const { authorization_id, account_id, client_id, grant_id } = authorization
  const { address, request_id } = request
  await parts.authorizations.end(authorization_id, 'code_replayed', {
    ...{ event_id: newId(), at: parts.clock(), event: 'code_replayed', actor: `client:${client_id}` },
    ...{ account_id, client_id, grant_id, authorization_id, address, request_id },
    detail: {},
  })
  throw codeReplayed({ client_id: client.client_id, grant_id })
}
