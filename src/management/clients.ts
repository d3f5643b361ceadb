/** Clients: registering, changing and removing them, and their secrets. */
import { newOpaqueId } from '../kernel/ids.ts'
import type { Secrets } from '../kernel/secret.ts'
import { checkClientMetadataOutside } from '../domain/client-metadata-outside.ts'
import { checkClientMetadata, type ClientMetadataPolicy } from '../domain/client-metadata.ts'
import { registeredItself, type Client, type Clients } from '../domain/client.ts'
import { newClientSecret, usesSecret } from '../domain/new-client-secret.ts'
import type { Outbound } from '../domain/outbound.ts'
import { auditEventOf, NotPossible, type OperatorParts } from './operator.ts'

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
 * @param client_id one that `isPlainText`; undefined = one is made up
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
  const outcome = await parts.clients.create(client, { event: auditEventOf('client_registered', about(client), parts) })
  return outcome === 'exists' ? 'exists' : { client, ...(made && { client_secret: made.value }) }
}

/**
 * Replaces some metadata of a client; a name given as null is removed. It is checked as a whole, as at registration.
 *
 * @throws {OAuthError} what `checkClientMetadata` and `checkClientMetadataOutside` throw
 */
export async function updateClient(
  client_id: string,
  changes: Readonly<Record<string, unknown>>,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | NotStored> {
  const changed = Object.keys(changes)
  return changeStored<never>(
    client_id,
    'client_changed',
    async (before) => {
      const { metadata, first_party, profile, refresh_replay_window } = before
      const kept = { ...metadata, ...defaultWithin(changes['scope'], before) }
      const all = { ...kept, first_party, profile, refresh_replay_window, ...changes }
      const checked = checkClientMetadata(all, policyFor(before, parts))
      await checkClientMetadataOutside(checked, parts)
      const needsSecret = usesSecret(checked.metadata.token_endpoint_auth_method) && before.secrets.length === 0
      const made = needsSecret ? newClientSecret(parts) : undefined
      const client: Client = { ...before, ...checked, ...(made && { secrets: [made.secret] }) }
      return { client, changed, ...(made && { client_secret: made.value }) }
    },
    parts,
  )
}

/**
 * What is left of the default scope of a client that registered itself when an operator says what it may ask for. It is
 * the client's own word, which it need not have said: an operator's is checked like all else.
 */
function defaultWithin(scope: unknown, client: Client): { readonly default_scope?: string } {
  const { default_scope } = client.metadata
  if (typeof scope !== 'string' || default_scope === undefined || !registeredItself(client)) return {}
  const allowed = scope.split(' ')
  const left = default_scope.split(' ').filter((value) => allowed.includes(value))
  return { default_scope: left.join(' ') }
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
  const change = (before: Client) => ({ client: { ...before, disabled: state === 'disabled' } })
  return doneOf(await changeStored<never>(client_id, `client_${state}`, change, parts))
}

/**
 * Gives a client a new secret. The newest one it had stays valid as well, so that the application can change over
 * (CA-11); any older one is refused from now on.
 */
export async function renewClientSecret(
  client_id: string,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | NotStored | 'uses_no_secret'> {
  return changeStored<'uses_no_secret'>(
    client_id,
    'client_secret_made',
    (before) => {
      if (!usesSecret(before.metadata.token_endpoint_auth_method)) return 'uses_no_secret'
      const made = newClientSecret(parts)
      const client = { ...before, secrets: [made.secret, ...before.secrets.slice(0, 1)] }
      return { client, client_secret: made.value }
    },
    parts,
  )
}

/** Refuses every secret of a client but its newest. */
export async function retireClientSecrets(
  client_id: string,
  parts: ClientManagementParts,
): Promise<'done' | NotStored> {
  const change = (before: Client) => ({ client: { ...before, secrets: before.secrets.slice(0, 1) } })
  return doneOf(await changeStored<never>(client_id, 'client_secrets_retired', change, parts))
}

/** Removes a client; every grant it had ends, and with it every token. */
export async function deleteClient(client_id: string, parts: ClientManagementParts): Promise<'done' | NotStored> {
  const before = await storedClient(client_id, parts)
  if (typeof before === 'string') return before
  const event = auditEventOf('client_deleted', about(before), parts)
  const outcome = await parts.clients.delete(client_id, event.at, { event })
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

/** What becomes of a client by a change; the names that were changed go on record. */
interface Changed extends ClientWithSecret {
  readonly changed?: readonly string[]
}

/** How often somebody else may be quicker before the operator is told so. */
const attempts = 20

/** Changes a stored client and puts it on record. Where somebody else was quicker, what they left is changed instead. */
async function changeStored<Refused extends string>(
  client_id: string,
  event: string,
  change: (before: Client) => Changed | Refused | Promise<Changed | Refused>,
  parts: ClientManagementParts,
): Promise<ClientWithSecret | NotStored | Refused> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await storedClient(client_id, parts)
    if (typeof before === 'string') return before
    const after = await change(before)
    if (typeof after === 'string') return after
    const { changed, ...made } = after
    const news = { event: auditEventOf(event, about(made.client, changed && { changed }), parts) }
    const outcome = await parts.clients.update(made.client, { from: before, ...news })
    if (outcome !== 'stale') return outcome === 'updated' ? made : outcome
  }
  throw new NotPossible(`${client_id} is being changed all the time: try again`)
}

const doneOf = (outcome: ClientWithSecret | NotStored): 'done' | NotStored =>
  typeof outcome === 'string' ? outcome : 'done'

async function storedClient(client_id: string, parts: ClientManagementParts): Promise<Client | NotStored> {
  const client = await parts.clients.find(client_id)
  if (client === undefined) return 'unknown'
  if (client.registered_by === 'configuration') return 'configured'
  // What is found may be some seconds old, or come from a document: a change starts from the stored row, if there is one.
  return (await parts.clients.findStored(client_id)) ?? client
}

function about({ client_id, metadata }: Client, detail: { readonly changed?: readonly string[] } = {}) {
  return { client_id, detail: { client_name: metadata.client_name, ...detail } }
}
