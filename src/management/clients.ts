/** Clients: registering, changing and removing them, and their secrets. */
import { newOpaqueId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import { checkClientMetadataOutside } from '../domain/client-metadata-outside.ts'
import { checkClientMetadata, type ClientMetadataPolicy } from '../domain/client-metadata.ts'
import { registeredItself, type Client, type Clients } from '../domain/client.ts'
import { newClientSecret, usesSecret } from '../domain/new-client-secret.ts'
import type { Outbound } from '../domain/outbound.ts'
import { recorded, type OperatorParts } from './operator.ts'

/** What managing clients takes. */
export interface ClientManagementParts extends OperatorParts {
  readonly clients: Clients
  readonly secrets: Secrets
  /** What an operator may say of a client. */
  readonly clientPolicy: ClientMetadataPolicy
  /** Asks those whom a client's metadata names. */
  readonly outbound: Outbound
}

/** A client, with the secret that was made for it: it is shown now and never again. */
export interface ClientWithSecret {
  readonly client: Client
  /** Absent for a client that authenticates without one. */
  readonly client_secret?: string
}

/** Why nothing was changed: there is no such client, or the configuration file holds it. */
export type NotStored = 'unknown' | 'configured'

/**
 * Registers a client.
 *
 * @param client_id undefined = one is made up
 * @param metadata names of RFC 7591 §2 and ours; never a secret, since secrets are made here
 * @throws {OAuthError} what `checkClientMetadata` and `checkClientMetadataOutside` throw
 */
export async function registerClient(
  client_id: string | undefined,
  metadata: unknown,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | 'exists'> {
  const checked = checkClientMetadata(metadata, parts.clientPolicy)
  await checkClientMetadataOutside(checked, parts)
  const made = usesSecret(checked.metadata.token_endpoint_auth_method) ? newClientSecret(parts) : undefined
  const client: Client = {
    ...checked,
    client_id: client_id ?? newOpaqueId(),
    secrets: made === undefined ? [] : [made.secret],
    disabled: false,
    registered_by: 'operator',
    created_at: parts.clock(),
  }
  if ((await parts.clients.find(client.client_id)) !== undefined) return 'exists'
  const outcome = await recorded('client_registered', about(client), parts, () => parts.clients.create(client))
  return outcome === 'exists' ? 'exists' : { client, ...(made && { client_secret: made.value }) }
}

/**
 * Replaces some metadata of a client; a name given as null is taken away. It is checked as a whole, as at registration.
 *
 * @throws {OAuthError} what `checkClientMetadata` and `checkClientMetadataOutside` throw
 */
export async function updateClient(
  client_id: string,
  changes: Readonly<Record<string, unknown>>,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | NotStored> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  const { metadata, first_party, profile, refresh_replay_window } = before
  const all = { ...metadata, first_party, profile, refresh_replay_window, ...changes }
  const checked = checkClientMetadata(all, policyFor(before, parts))
  await checkClientMetadataOutside(checked, parts)
  const needsSecret = usesSecret(checked.metadata.token_endpoint_auth_method) && before.secrets.length === 0
  const made = needsSecret ? newClientSecret(parts) : undefined
  const client: Client = { ...before, ...checked, ...(made && { secrets: [made.secret] }) }
  const changed = Object.keys(changes)
  const outcome = await recorded('client_changed', about(client, { changed }), parts, () =>
    parts.clients.update(client),
  )
  return outcome === 'unknown' ? 'unknown' : { client, ...(made && { client_secret: made.value }) }
}

/** Pages of ours never look like those of a client that nobody here vouches for (BR-27). */
function policyFor(
  client: Client,
  { clientPolicy }: Pick<ClientManagementParts, 'clientPolicy'>,
): ClientMetadataPolicy {
  return registeredItself(client) ? { ...clientPolicy, brandings: [] } : clientPolicy
}

/** Switches a client off or on. Within two seconds it is refused on every node, and what it holds with it. */
export async function setClientState(
  client_id: string,
  state: 'disabled' | 'enabled',
  parts: ClientManagementParts,
): Promise<'done' | NotStored> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  const client = { ...before, disabled: state === 'disabled' }
  const outcome = await recorded(`client_${state}`, about(client), parts, () => parts.clients.update(client))
  return outcome === 'updated' ? 'done' : 'unknown'
}

/**
 * Gives a client a new secret. The newest one it had stays good beside it, so that the application can change over
 * (CA-11); any older one is refused from now on.
 */
export async function renewClientSecret(
  client_id: string,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | NotStored | 'uses_no_secret'> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  if (!usesSecret(before.metadata.token_endpoint_auth_method)) return 'uses_no_secret'
  const made = newClientSecret(parts)
  const client: Client = { ...before, secrets: [made.secret, ...before.secrets.slice(0, 1)] }
  const outcome = await recorded('client_secret_made', about(client), parts, () => parts.clients.update(client))
  return outcome === 'unknown' ? 'unknown' : { client, client_secret: made.value }
}

/** Refuses every secret of a client but its newest. */
export async function retireClientSecrets(
  client_id: string,
  parts: ClientManagementParts,
): Promise<'done' | NotStored> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  const client: Client = { ...before, secrets: before.secrets.slice(0, 1) }
  const outcome = await recorded('client_secrets_retired', about(client), parts, () => parts.clients.update(client))
  return outcome === 'updated' ? 'done' : 'unknown'
}

/** Removes a client; every grant it had ends, and with it every token. */
export async function deleteClient(client_id: string, parts: ClientManagementParts): Promise<'done' | NotStored> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  const outcome = await recorded('client_deleted', about(before), parts, () =>
    parts.clients.delete(client_id, parts.clock()),
  )
  return outcome === 'deleted' ? 'done' : 'unknown'
}

/** The record of a client as it may be shown: no hash of a secret is in it (CA-10, AD-08). */
export function clientToShow(client: Client): Readonly<Record<string, unknown>> {
  const { client_id, metadata, secrets, profile, first_party, disabled, registered_by, created_at } = client
  return {
    client_id,
    ...metadata,
    profile,
    first_party,
    refresh_replay_window: client.refresh_replay_window,
    disabled,
    registered_by,
    created_at,
    secrets: secrets.map((secret) => ({
      created_at: secret.created_at,
      ...(secret.expires_at !== undefined && { expires_at: secret.expires_at }),
    })),
  }
}

async function storedClient(client_id: string, parts: ClientManagementParts): Promise<Client | NotStored> {
  const client = await parts.clients.find(client_id)
  if (client === undefined) return 'unknown'
  return client.registered_by === 'configuration' ? 'configured' : client
}

function about({ client_id, metadata }: Client, detail: { readonly changed?: readonly string[] } = {}) {
  return { client_id, detail: { client_name: metadata.client_name, ...detail } }
}
