/** Registrations that have a row: made, found by their access token, and changed (RFC 7592). */
import { sameSecret } from '../../kernel/hash.ts'
import { newOpaqueId } from '../../kernel/ids.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { CheckedClient } from '../../domain/client-metadata.ts'
import {
  asOperatorRequires,
  type Client,
  type PresentedInitialAccessToken,
  type Registration,
} from '../../domain/client.ts'
import { newClientSecret, usesSecret } from '../../domain/new-client-secret.ts'
import type { HttpRequest } from '../../http/message.ts'
import type { ProtocolParts } from '../parts.ts'

const tokenRefused = refusal(
  'invalid_token',
  'initial_access_token_refused',
  'The initial access token is unknown, used up or too old',
)
const tokenWrong = refusal(
  'invalid_token',
  'registration_access_token_wrong',
  'The registration access token is not good for this client',
)

/** What registrations are made with. */
export type StoredRegistrationParts = Pick<ProtocolParts, 'clients' | 'secrets' | 'clock' | 'settings'>

/** A registration with what only its holder is told, now and never again. */
export interface Registered {
  readonly client: Client
  readonly registration_access_token: string
  /** Absent for a client that authenticates without one, and where the one it has stays. */
  readonly client_secret?: string
}

/**
 * Stores a client that registered itself.
 *
 * @param paid_with the initial access token, spent in the same commit; undefined where registration is open
 * @throws {OAuthError} `invalid_token` for an initial access token that has no use left
 */
export async function storeRegistration(
  checked: CheckedClient,
  paid_with: PresentedInitialAccessToken | undefined,
  parts: StoredRegistrationParts,
): Promise<Registered> {
  const at = parts.clock()
  const { unused_for, profile } = parts.settings.registration
  const client_id = newOpaqueId()
  const made = usesSecret(checked.metadata.token_endpoint_auth_method) ? newClientSecret(parts) : undefined
  const client: Client = {
    ...checked,
    profile,
    client_id,
    secrets: made === undefined ? [] : [made.secret],
    disabled: false,
    registered_by: 'registration',
    created_at: at,
  }
  const token = issueToken(client_id, parts)
  const row = { client, token_hash: token.hash, delete_after: at + unused_for }
  const outcome = await parts.clients.register({ ...row, ...(paid_with && { paid_with }) })
  if (outcome === 'token_refused') throw tokenRefused()
  return { client, registration_access_token: token.value, ...(made && { client_secret: made.value }) }
}

/**
 * Finds the registration that a request is about, by the token that only its client has.
 *
 * @throws {OAuthError} `invalid_token`, the same for a client that is unknown, deleted or disabled, for the token of
 *   another one and for one that was replaced (DR-08; RFC 7592 §2.1)
 */
export async function presentedRegistration(
  request: HttpRequest,
  { clients, secrets }: Pick<ProtocolParts, 'clients' | 'secrets'>,
): Promise<Registration> {
  const client_id = request.params['client_id'] ?? ''
  const read = secrets.read('registration_access_token', bearerToken(request) ?? '')
  const found = read?.id === rowId(client_id) ? await clients.findRegistration(client_id) : undefined
  const isHolder = found !== undefined && sameSecret(read?.hash ?? '', found.token_hash)
  if (!isHolder || found.client.disabled) throw tokenWrong({ client_id: client_id.slice(0, 200) })
  return found
}

/**
 * Replaces what a registration says, and its access token with it: the one that was used is dead from then on.
 *
 * A secret is made where the client now needs one and had none, and forgotten where it no longer needs one. What an
 * operator changed since the registration was read is kept.
 *
 * @throws {OAuthError} `invalid_token` when another change with this token was quicker, or the client was disabled
 */
export async function changeRegistration(
  registration: Registration,
  checked: Pick<CheckedClient, 'metadata'>,
  parts: StoredRegistrationParts,
): Promise<Registered> {
  const { client: before, token_hash } = registration
  const { metadata: said } = checked
  const metadata = asOperatorRequires(said, before)
  const needsSecret = usesSecret(metadata.token_endpoint_auth_method)
  const made = needsSecret && before.secrets.length === 0 ? newClientSecret(parts) : undefined
  const kept = needsSecret ? before.secrets : []
  const client: Client = { ...before, metadata, secrets: made === undefined ? kept : [made.secret] }
  const token = issueToken(client.client_id, parts)
  const outcome = await parts.clients.changeRegistration({ client, token_hash: token.hash }, registration)
  if (outcome === 'lost') {
    const now = await parts.clients.findRegistration(client.client_id)
    const isHolder = now?.token_hash === token_hash && !now.client.disabled
    if (!isHolder) throw tokenWrong({ client_id: client.client_id })
    return changeRegistration(now, checked, parts)
  }
  return { client, registration_access_token: token.value, ...(made && { client_secret: made.value }) }
}

/**
 * Removes a registration with all that anybody allowed its client.
 *
 * @throws {OAuthError} `invalid_token` when a change or deletion with the same token was quicker, or the client was
 *   disabled meanwhile
 */
export async function deleteRegistration(
  { client: { client_id }, token_hash }: Registration,
  event: AuditEvent,
  { clients }: Pick<StoredRegistrationParts, 'clients'>,
): Promise<void> {
  const outcome = await clients.deleteRegistration(client_id, token_hash, event)
  if (outcome === 'lost') throw tokenWrong({ client_id })
}

/** Reads the token of an `Authorization: Bearer` header; undefined where there is none. */
export function bearerToken({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
  return /^bearer +([\w.~+/=-]+)$/i.exec(headers['authorization'] ?? '')?.[1]
}

function issueToken(client_id: string, { secrets }: Pick<ProtocolParts, 'secrets'>) {
  return secrets.issue('registration_access_token', rowId(client_id))
}

/** A client_id of ours is 16 bytes, and so is the id that a secret names its row by. */
function rowId(client_id: string): string {
  return Buffer.from(client_id, 'base64url').toString('hex')
}
