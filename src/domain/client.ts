import type { AuditEvent } from './audit-event.ts'
import type { News } from './news.ts'
import { OAuthError } from '../kernel/refusal.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'

/** How the contradictions between OpenID Connect's history and OAuth 2.1 are settled for a client (`profile.ts`). */
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

/** An application registered with us: its checked metadata (RFC 7591 §2) and what we keep along with it. */
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
  /**
   * Set while nothing of it is stored: until when it speaks for itself, unless a person allows it something first, which
   * stores it in the same commit (`ConsentDecision.client`).
   */
  readonly provisional_until?: EpochSeconds
}

/** Tells whether nobody here vouches for a client: it chose its own name and addresses. */
export function registeredItself({ registered_by }: Pick<Client, 'registered_by'>): boolean {
  return registered_by === 'registration' || registered_by === 'metadata_document'
}

/** Tells who has named the addresses in the metadata of a client, as `OutboundLimits` has it. */
export function namedBy(client: Pick<Client, 'registered_by'>): 'stranger' | 'known' {
  return registeredItself(client) ? 'stranger' : 'known'
}

/** Joins what a client says of itself now with what an operator said of it, which the client cannot take away. */
export function asOperatorRequires(said: ClientMetadata, before: Client): ClientMetadata {
  const { required_acr } = before.metadata
  return required_acr === undefined ? said : { ...said, required_acr }
}

/** A client that registered itself, with what it manages its registration by (RFC 7592). */
export interface Registration {
  readonly client: Client
  /** Keyed hash of its registration access token. */
  readonly token_hash: string
}

/** A registration that is to be stored. */
export interface NewRegistration extends Registration {
  /** When it may be removed, unless a person has allowed it something by then. */
  readonly delete_after: EpochSeconds
  /** The initial access token (RFC 7591 §3) that pays for it; absent where registration is open. */
  readonly paid_with?: PresentedInitialAccessToken
}

/** An initial access token as it was presented: the row it may belong to, and its hash. */
export interface PresentedInitialAccessToken {
  readonly token_id: string
  readonly token_hash: string
}

/** What a change of a client was based on, and what is told of it. */
export interface ClientChange extends News {
  readonly from?: Client
}

/** Port: where clients live. Configured ones come before stored ones; nobody can store one under a configured id. */
export interface Clients {
  /** The client, disabled or not; at most two seconds old. */
  find(client_id: string): Promise<Client | undefined>
  /** The client as it stands in the database at this moment; undefined for one that is configured or that nobody stored. */
  findStored(client_id: string): Promise<Client | undefined>
  list(): Promise<readonly Client[]>
  /**
   * Every client that an operator registered, and the oldest of those that registered themselves: as many as that of each
   * kind. Strangers can make any number of newer ones.
   */
  listNotable(strangers: number): Promise<readonly Client[]>
  /** Tells whether an enabled public client runs at an origin, as `originKey` names it; at most two seconds old. */
  hasOrigin(origin: string): Promise<boolean>
  /** Stores a new client; `exists` when the id is taken, or is what clients know an account by (TK-17). */
  create(client: Client, news?: News): Promise<'created' | 'exists'>
  /**
   * Replaces a stored client; `unknown` when there is none, or it is a configured one.
   *
   * @param change `from`: as it was read; `stale` where somebody has changed it since. Absent: whatever it is
   */
  update(client: Client, change?: ClientChange): Promise<'updated' | 'stale' | 'unknown'>
  /** Removes a stored client and ends every grant it had, so that nobody who is given the id later inherits them. */
  delete(client_id: string, at: EpochSeconds, news?: News): Promise<'deleted' | 'unknown'>
  /**
   * Stores a client that registered itself, and spends one use of the initial access token with it: both or neither.
   * However many race for the last use, one is told `registered`; `token_refused`: it is unknown, used up or too old.
   */
  register(registration: NewRegistration): Promise<'registered' | 'token_refused'>
  /** The registration as it stands in the database at this moment; undefined for what no registration made. */
  findRegistration(client_id: string): Promise<Registration | undefined>
  /**
   * Replaces what a registration says, and its access token.
   *
   * @param from as it was read. `lost`: somebody has changed it since, be it an operator, or it is gone. Of racing changes
   *   of one registration one is told `changed`
   */
  changeRegistration(registration: Registration, from: Registration): Promise<'changed' | 'lost'>
  /**
   * Removes a client as `delete` does, where its registration access token is still `from` and it is not disabled, and
   * notes the event with it. Of racing deletions with one token one is told `deleted`.
   */
  deleteRegistration(client_id: string, from: string, event: AuditEvent): Promise<'deleted' | 'lost'>
}

/**
 * Finds a client in order to speak of it, not to give it anything: what is stored of one that describes itself, and else
 * what `findAtAll` finds. What a person or an operator sees and ends never depends on its server, nor waits for it.
 */
export async function findToTell(
  client_id: string,
  { clients }: { readonly clients: Pick<Clients, 'find' | 'findStored'> },
): Promise<Client | undefined> {
  const stored = client_id.startsWith('https://') ? await clients.findStored(client_id) : undefined
  return stored ?? findAtAll(client_id, { clients })
}

/** Finds a client; one that only a document describes and that cannot be looked up now is as unknown as a deleted one. */
export async function findAtAll(
  client_id: string,
  { clients }: { readonly clients: Pick<Clients, 'find'> },
): Promise<Client | undefined> {
  try {
    return await clients.find(client_id)
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
