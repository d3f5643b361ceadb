/** Makes clients of what the configuration says of them; the one check of client metadata judges it. */
import type { Finding } from '../kernel/setting.ts'
import type { OAuthError } from '../kernel/refusal.ts'
import type { Secrets } from '../kernel/secret.ts'
import {
  checkClientMetadata,
  findClientMetadataMistakes,
  type ClientMetadataPolicy,
} from '../domain/client-metadata.ts'
import type { Client, ClientSecret } from '../domain/client.ts'
import { usesSecret } from '../domain/new-client-secret.ts'

/** A client as the configuration has it. */
export interface ConfiguredClient {
  readonly client_id: string
  /** In clear, out of the environment or a file. */
  readonly client_secret?: { readonly reveal: () => string }
  /** What `secrets.hash('client_secret', …)` gives. */
  readonly client_secret_hash?: string
  readonly disabled: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Finds every mistake in what is said of clients, each with its key. */
export function findConfiguredClientMistakes(
  written: readonly ConfiguredClient[],
  policy: ClientMetadataPolicy,
): readonly Finding[] {
  return written.flatMap((client, index) => [
    ...findClientMetadataMistakes(client.metadata, policy).map((mistake) => findingOf(mistake, `clients[${index}]`)),
    ...secretMistakes(client, `clients[${index}]`),
  ])
}

/**
 * Makes the clients.
 *
 * @throws {OAuthError} for the first mistake that `findConfiguredClientMistakes` would have found
 */
export function configuredClients(
  written: readonly ConfiguredClient[],
  parts: { readonly policy: ClientMetadataPolicy; readonly secrets: Secrets },
): readonly Client[] {
  return written.map((client) => ({
    ...checkClientMetadata(client.metadata, parts.policy),
    client_id: client.client_id,
    secrets: secretsOf(client, parts.secrets),
    disabled: client.disabled,
    registered_by: 'configuration',
    created_at: 0,
  }))
}

function secretsOf(client: ConfiguredClient, secrets: Secrets): readonly ClientSecret[] {
  const clear =
    client.client_secret === undefined ? undefined : secrets.hash('client_secret', client.client_secret.reveal())
  return [clear, client.client_secret_hash].flatMap((hash) => (hash === undefined ? [] : [{ hash, created_at: 0 }]))
}

function secretMistakes(client: ConfiguredClient, key: string): readonly Finding[] {
  const method = client.metadata['token_endpoint_auth_method'] ?? 'client_secret_basic'
  const has = client.client_secret !== undefined || client.client_secret_hash !== undefined
  if (usesSecret(method)) {
    const words = `authenticates by ${method} and has no client_secret; for a public client write token_endpoint_auth_method: none`
    return has ? [] : [{ key, words }]
  }
  const words = `is there, but the client authenticates by ${JSON.stringify(method)}`
  return has ? [{ key: `${key}.client_secret`, words }] : []
}

function findingOf(mistake: OAuthError, key: string): Finding {
  const { parameter } = mistake.detail
  return { key: typeof parameter === 'string' ? `${key}.${parameter}` : key, words: metadataMistake(mistake) }
}

/** Puts a mistake in client metadata into an operator's words: what was found, and what was expected of it. */
export function metadataMistake({ tell, detail }: OAuthError): string {
  const { parameter: _parameter, nearest, expected, ...rest } = detail
  if (nearest !== undefined) return `is not client metadata; did you mean ${String(nearest)}?`
  if (expected !== undefined) return `must be ${String(expected)}`
  const facts = Object.entries(rest).filter(([, value]) => value !== undefined)
  const told = facts.map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
  return told.length === 0 ? tell : `${tell} (${told.join('; ')})`
}
