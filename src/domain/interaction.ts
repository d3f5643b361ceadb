import type { Json } from '../kernel/binding.ts'
import type { EpochSeconds } from '../kernel/time.ts'
import type { RequirableAcr } from '../vocabulary/authentication.ts'
import type { UpstreamArrival } from './upstream.ts'

/** What brought the person here: an authorization request, a device whose code they entered, or a page of their own. */
export type InteractionPurpose =
  | { readonly kind: 'authorization'; readonly request: StoredRequest }
  | {
      readonly kind: 'own_page'
      readonly path: string
      /** Set where a session is not enough: the person signs in once more, whoever is signed in. */
      readonly sign_in_again?: true
      /** The context to sign in to, where the person can reach it. */
      readonly acr?: string
      /** The context that must be reached: whoever cannot sets something up on the way. */
      readonly required_acr?: RequirableAcr
      /** The provider whose account the signed-in person wants to connect, on the way back to the page. */
      readonly connect?: string
      /** The id of the letter by which an account is made of what the person proves elsewhere. */
      readonly letter?: string
    }
  | {
      readonly kind: 'device'
      readonly device_id: string
      /** As the person compares it: whoever reads it here can do nothing with it, since it was already entered. */
      readonly user_code: string
    }

/** An authorization request as it was checked: no later step reads parameters from the browser again. */
export interface StoredRequest {
  readonly client_id: string
  /** The parameters as they count, names with all values: those of the request object or the pushed request. */
  readonly parameters: Readonly<Record<string, readonly string[]>>
  /** What the browser brought, where its client had signed the request: what "Start again" sends. */
  readonly sent?: Readonly<Record<string, readonly string[]>>
  /** The pushed request that it came from: one answer spends it, and only its client can start it again. */
  readonly pushed_request_id?: string
  /** Set where its request object did not count: the parameters are those that the browser brought then. */
  readonly unresolved?: true
}

/** What the person has proved, while it is not enough: no session, no cookie, no right (SECURITY: AC-24). */
export interface Proven {
  readonly account_id: string
  /** RFC 8176 values. */
  readonly amr: readonly string[]
  readonly at: EpochSeconds
  /** Which of its states the account was in: a proof is over with the password that it was made by. */
  readonly account_state: string
  /** The provider at which they signed in, where that was the first proof. */
  readonly upstream?: string
}

/** The steps a browser goes through for one request: a row named in the URL and bound to the browser. */
export interface Interaction {
  /** Public, in the URL: 128 random bits; opens nothing without the browser's cookie. */
  readonly interaction_id: string
  /** Keyed hash of the cookie of the browser that began it. */
  readonly browser_hash: string
  readonly purpose: InteractionPurpose
  readonly created_at: EpochSeconds
  readonly expires_at: EpochSeconds
  /** Set when the person signed in within this interaction: proves freshness for `prompt=login` and `max_age`. */
  readonly signed_in_at?: EpochSeconds
  /** The session in which it goes on, once known. */
  readonly session_id?: string
  /** Set once by the decisive statement. */
  readonly finished_at?: EpochSeconds
  /** The response, sealed for the browser, so that a second click gets the same answer. */
  readonly sealed_response?: string
  /** Set between the first factor and the last. */
  readonly proven?: Proven
  /** A sign-in elsewhere that belongs to no account yet. */
  readonly arrival?: UpstreamArrival
  /** Facts for later steps, such as an account chosen. */
  readonly notes: Readonly<Record<string, Json>>
}

/** Port: where interactions live. */
export interface Interactions {
  create(interaction: Interaction): Promise<void>
  /** The interaction, expired or finished or not; undefined when swept or never there. */
  find(interaction_id: string): Promise<Interaction | undefined>
  /** Keeps what was proved so far, replacing what was kept before; undefined = nothing. Not in a finished one. */
  prove(interaction_id: string, proven: Proven | undefined): Promise<void>
  /** Keeps a sign-in elsewhere until the person says whose it is; undefined = nothing. Not in a finished one. */
  arrive(interaction_id: string, arrival: UpstreamArrival | undefined): Promise<void>
  /** Forgets what was proved, here or elsewhere, in every interaction of a browser. */
  forgetProofs(browser_hash: string): Promise<void>
  /** Notes that the person signed in, which uses up what was proved; does nothing to a finished one. */
  signIn(interaction_id: string, session_id: string, at: EpochSeconds): Promise<void>
  /** Closes it with a response that grants nothing new (an error, or a code under a grant that stands); one winner. */
  finish(interaction_id: string, sealed_response: string, at: EpochSeconds): Promise<'finished' | 'already_finished'>
}
