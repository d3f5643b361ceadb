import type { Hidden } from '../kernel/hidden.ts'
import type { EpochSeconds, Seconds } from '../kernel/time.ts'
import type { News } from './news.ts'

/** Another provider that people may sign in at: upstream, as seen from here. */
export interface UpstreamProvider {
  /** Its name in addresses and rows: `google`. */
  readonly id: string
  /** What the button says after “Continue with”. */
  readonly name: string
  /** `openid`: discovered, and told in id_tokens. `oauth`: just an access token, with which we ask who the person is. */
  readonly kind: 'openid' | 'oauth'
  /** What the identities it tells of are kept under; for `openid`, also where it is discovered. */
  readonly issuer: string
  readonly client_id: string
  /** Absent for a public client. */
  readonly client_secret?: Hidden
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post'
  readonly scope: string
  /** `form_post`: the answer comes by a form from there. */
  readonly response_mode: 'query' | 'form_post'
  /** Further parameters of every authorization request. */
  readonly parameters: Readonly<Record<string, string>>
  /** Whose addresses are taken for proved when it says they are: AC-20. */
  readonly trust_email: boolean
  /** Whether the methods (`amr`) that it tells count as ours. */
  readonly trust_amr: boolean
  /** What an `oauth` provider is asked at. */
  readonly endpoints?: UpstreamEndpoints
}

/** The addresses of a provider without discovery, and the member of its answer that names the person. */
export interface UpstreamEndpoints {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly userinfo_endpoint: string
  /** Where a list of `{ email, primary, verified }` is. */
  readonly emails_endpoint?: string
  /** The member that names the person for good: `id`, never an address or a name. */
  readonly subject_member: string
}

/** A person as an upstream provider names them. */
export interface UpstreamSubject {
  readonly issuer: string
  readonly subject: string
}

/** What an upstream provider told of whoever signed in there. */
export interface UpstreamSignIn extends UpstreamSubject {
  readonly provider: string
  /** What the person knows that account by: an address or a name; shown, never looked up. */
  readonly label: string
  readonly email?: string
  /** Whether the provider said that the address is theirs, and the operator believes it. */
  readonly email_proof: 'believed' | 'not_believed'
  readonly name?: string
  readonly preferred_username?: string
  /** When they signed in there; absent where it was not told. */
  readonly auth_time?: EpochSeconds
  /** How, as far as that counts here (RFC 8176 values); none where it does not. */
  readonly amr: readonly string[]
}

/** A sign-in at an upstream provider that belongs to no account yet, and waits in its interaction. */
export type UpstreamArrival = Omit<UpstreamSignIn, 'auth_time' | 'amr'>

/** An account elsewhere by which a person signs in here. */
export interface UpstreamIdentity extends UpstreamSubject {
  readonly identity_id: string
  readonly account_id: string
  readonly provider: string
  readonly label: string
  readonly created_at: EpochSeconds
  readonly last_used_at?: EpochSeconds
}

/** Port: whose account here an identity elsewhere is. One identity is one account's; an account may have several. */
export interface UpstreamIdentities {
  find(subject: UpstreamSubject): Promise<UpstreamIdentity | undefined>
  /** Those of an account, oldest first. */
  listByAccount(account_id: string): Promise<readonly UpstreamIdentity[]>
  /**
   * Of racing accounts exactly one is told `linked`; so is the account that has it already. `not_linked`: another one has
   * it, or the account is no longer as it was proved.
   */
  link(identity: UpstreamIdentity, news?: News): Promise<'linked' | 'not_linked'>
  /** Notes a sign-in. */
  use(identity_id: string, at: EpochSeconds): Promise<void>
  /**
   * Removes one, unless nothing would be left to sign in with: no password, no passkey and no other identity. Of two who
   * race for the last two, one is told `last_way_in`.
   */
  unlink(account_id: string, identity_id: string, news?: News): Promise<'unlinked' | 'last_way_in' | 'unknown'>
}

/** What a sign-in elsewhere begins with. None of it is kept here: it travels sealed, in `state`. */
export interface UpstreamRequest {
  readonly state: string
  readonly nonce: string
  readonly code_verifier: string
  /** How long ago the person may have signed in there; absent: at any time. */
  readonly max_age?: Seconds
  /** The language of our page. */
  readonly ui_locales: string
}

/** What comes back from there. */
export interface UpstreamAnswer extends Pick<UpstreamRequest, 'nonce' | 'code_verifier' | 'state' | 'max_age'> {
  /** The query of the address that the browser came back to. */
  readonly query: string
}

/** Why there was no sign-in. `denied`: the person turned round there; `unreachable`: the provider did not answer. */
export interface UpstreamFailure {
  readonly failed: 'denied' | 'unreachable' | 'refused'
  /** For the log alone. */
  readonly why: string
}

/** Port: signing in at other providers. */
export interface Upstreams {
  /** In the order in which they are offered. */
  readonly providers: readonly UpstreamProvider[]
  /** Spells where the browser goes to sign in there. */
  begin(provider: UpstreamProvider, request: UpstreamRequest): Promise<URL | UpstreamFailure>
  /** Redeems what came back, and checks all that it says (AC-21). No token of theirs is kept. */
  finish(provider: UpstreamProvider, answer: UpstreamAnswer): Promise<UpstreamSignIn | UpstreamFailure>
}

/** Finds a provider by its id. */
export function findProvider({ providers }: Upstreams, id: string | undefined): UpstreamProvider | undefined {
  return providers.find((provider) => provider.id === id)
}

/** Spells where a provider sends people back to: what is registered there as the redirect URI. */
export function upstreamRedirectUri(issuer: string, { id }: Pick<UpstreamProvider, 'id'>): string {
  return `${issuer}/upstream/${id}`
}
