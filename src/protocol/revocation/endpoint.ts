/**
 * Token revocation, RFC 7009. A refresh token takes its whole chain with it, and by that every access token of the
 * chain; an access token goes alone. A stranger's token is left as it is, and he is told what everybody is told.
 */
import { newId } from '../../kernel/ids.ts'
import { refusal } from '../../kernel/refusal.ts'
import { sameSecret } from '../../kernel/hash.ts'
import { secretPrefixes } from '../../kernel/secret.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RefreshState } from '../../domain/authorization.ts'
import type { Client } from '../../domain/client.ts'
import { endpoint } from '../../http/errors.ts'
import { readForm } from '../../http/form.ts'
import { json, type Handler } from '../../http/message.ts'
import { authenticateClient } from '../client-authentication/authenticate.ts'
import type { ProtocolParts } from '../parts.ts'
import { findAccessToken } from '../token/presented-access-token.ts'

const tokenMissing = refusal('invalid_request', 'revocation_token_missing', 'token is required')

/** A token of the client's, and how it is ended. */
interface Found {
  /** Ends it, with the event that tells of it. */
  readonly end: (event: AuditEvent) => Promise<unknown>
  readonly about: Pick<AuditEvent, 'account_id' | 'grant_id' | 'authorization_id' | 'detail'>
}

/** Makes the handler of the revocation endpoint. */
export function revocationEndpoint(parts: ProtocolParts): Handler {
  return endpoint('revocation', parts, async (request) => {
    const parameters = readForm(request)
    const client = await authenticateClient(request, parameters, parts)
    const { client_id } = client
    const token = parameters.get('token')
    if (token === undefined) throw tokenMissing({ client_id })
    // `token_type_hint` is not needed, so a wrong one misleads nobody (RV-04): a token says of what kind it is.
    const found = token.startsWith(secretPrefixes.refresh_token)
      ? await findRefreshToken(token, client, parts)
      : await findOwnAccessToken(token, client, parts)
    if (found !== undefined) {
      const { address, request_id } = request
      const event = { event_id: newId(), at: parts.clock(), event: 'token_revoked', actor: `client:${client_id}` }
      await found.end({ ...event, client_id, address, request_id, ...found.about })
    }
    // RFC 7009 §2.2: the same for a token that was unknown, since the client wanted it gone and it is. The body means
    // nothing, but there are client libraries that take no answer without JSON in it.
    return json(200, {})
  })
}

async function findRefreshToken(token: string, client: Client, parts: ProtocolParts): Promise<Found | undefined> {
  const read = parts.secrets.read('refresh_token', token)
  const standing = read && (await parts.authorizations.findStanding(read.id))
  if (read === undefined || standing?.authorization.refresh === undefined) return undefined
  const { authorization_id, account_id, client_id, grant_id, refresh, ended_at } = standing.authorization
  if (client_id !== client.client_id || ended_at !== undefined || !isOfChain(refresh, read.hash)) return undefined
  return {
    end: (event) => parts.authorizations.end(authorization_id, 'revoked_by_client', event),
    about: { account_id, grant_id, authorization_id, detail: { token_type: 'refresh_token' } },
  }
}

async function findOwnAccessToken(token: string, client: Client, parts: ProtocolParts): Promise<Found | undefined> {
  const found = await findAccessToken(token, parts)
  if (found === undefined || found.client_id !== client.client_id || found.expires_at <= parts.clock()) return undefined
  const { revoke_by, expires_at, authorization_id } = found
  return {
    // Asked for in one turn of the event loop, so that both are in one commit.
    end: (event) =>
      Promise.all([
        'jti' in revoke_by
          ? parts.accessTokens.revoke(revoke_by.jti, expires_at)
          : parts.accessTokens.delete(revoke_by.token_id),
        parts.auditEvents.append(event),
      ]),
    about: { ...(authorization_id !== undefined && { authorization_id }), detail: { token_type: 'access_token' } },
  }
}

/** A token that was already replaced ends the chain as well: its client may never have got the one that replaced it. */
function isOfChain({ refresh_hash, replaced, earlier }: RefreshState, hash: string): boolean {
  const chain = [refresh_hash, ...(replaced ? [replaced.refresh_hash] : []), ...earlier.map((one) => one.refresh_hash)]
  return chain.some((one) => sameSecret(one, hash))
}
