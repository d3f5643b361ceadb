import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'

/** Which contradictions between OpenID Connect's history and OAuth 2.1 are settled how for a client. */
export type Profile = 'oauth21' | 'oidc' | 'fapi2' | 'legacy'

/** One of the secrets a confidential client may authenticate with; two may live at once, so that one can be replaced. */
export interface ClientSecret {
  /** Keyed hash of the secret, `secrets.hash('client_secret', value)`. */
  readonly hash: string
  readonly created_at: EpochSeconds
  /** When it stops being accepted; undefined = never. */
  readonly expires_at?: EpochSeconds
}

/** Where a client came from, which decides who may change it and how far its words are believed. */
export type RegisteredBy = 'configuration' | 'operator' | 'registration' | 'metadata_document'

/** An application registered with us: its checked metadata (RFC 7591 §2) and what we keep beside it. */
export interface Client {
  readonly client_id: string
  readonly metadata: ClientMetadata
  readonly secrets: readonly ClientSecret[]
  readonly profile: Profile
  /** True: consent is recorded without asking, and shown on the account page. */
  readonly first_party: boolean
  readonly disabled: boolean
  readonly registered_by: RegisteredBy
  readonly created_at: EpochSeconds
  /** How long an identical refresh request gets the same answer again, 0 to 600 s, counted from the first use. */
  readonly refresh_replay_window: Seconds
}

/** Port: where clients live. Configured ones come before stored ones; nobody can store one under a configured id. */
export interface Clients {
  /** The client, disabled or not; at most two seconds old. */
  find(client_id: string): Promise<Client | undefined>
  list(): Promise<readonly Client[]>
  /** Stores a new client; `exists` when the id is taken. */
  create(client: Client): Promise<'created' | 'exists'>
  /** Replaces a stored client; `unknown` when there is none, or it is a configured one. */
  update(client: Client): Promise<'updated' | 'unknown'>
  /** Removes a stored client and ends every grant it had, so that nobody who is given the id later inherits them. */
  delete(client_id: string, at: EpochSeconds): Promise<'deleted' | 'unknown'>
}
