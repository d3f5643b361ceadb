/** What a client is told of its registration: RFC 7591 §3.2.1, RFC 7592 §3, OpenID Connect Registration §3.2. */
import { json, type HttpResponse } from '../../http/message.ts'
import type { Client } from '../../domain/client.ts'
import { usesSecret } from '../../domain/new-client-secret.ts'
import type { ProtocolParts } from '../parts.ts'
import { registrationPath } from './paths.ts'

/** What the answer holds besides the metadata. */
export interface Told {
  readonly client: Client
  /** Absent where nothing of the registration is stored. */
  readonly registration_access_token?: string
  /** Only where it was made just now: of others there are only hashes. */
  readonly client_secret?: string
  /** What the client said that its record does not keep, and the answer gives back as it came. */
  readonly repeated?: Readonly<Record<string, unknown>>
}

/** Answers with all metadata as it is registered, whatever was asked for. */
export function registrationAnswer(
  status: 200 | 201,
  told: Told,
  { issuer }: Pick<ProtocolParts, 'issuer'>,
): HttpResponse {
  const { client, registration_access_token, client_secret, repeated } = told
  const { client_id, metadata, created_at, provisional_until } = client
  const { default_scope, ...registered } = metadata
  return json(status, {
    ...registered,
    // As it named it: whoever sends back what they were told registers the same again.
    ...(default_scope !== undefined && { scope: default_scope }),
    ...repeated,
    client_id,
    client_id_issued_at: created_at,
    // Ours, not registered: until then a person must have allowed it something.
    ...(provisional_until !== undefined && { client_id_expires_at: provisional_until }),
    ...(client_secret !== undefined && { client_secret }),
    // RFC 7591 §3.2.1: required with a secret; ours do not end by themselves.
    ...(usesSecret(metadata.token_endpoint_auth_method) && { client_secret_expires_at: 0 }),
    ...(registration_access_token !== undefined && {
      registration_access_token,
      registration_client_uri: `${issuer}${registrationPath}/${client_id}`,
    }),
  })
}
