/**
 * The seams: how an RFC stays in one file. A feature is an object that fills some of them; the endpoints are
 * straight-line functions that call each seam by name, in the order of `features.ts`. Features know nothing of one
 * another; what one keeps from the authorization request to the token request it keeps in `bindings`, under a key of
 * its own.
 */
import type { Bindings, Json } from '../kernel/binding.ts'
import type { Parameters } from '../kernel/parameters.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { Clock, EpochSeconds } from '../kernel/time.ts'
import type { AcrWish } from '../domain/authentication-context.ts'
import type { Client } from '../domain/client.ts'
import type { Authorization, StandingGrant } from '../domain/authorization.ts'
import type { DetailedPermission, Permission } from '../domain/grant.ts'
import type { ProtectedResource } from '../domain/protected-resource.ts'
import type { UsedOnce } from '../domain/used-once.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Confirmation } from '../vocabulary/confirmation.ts'
import type { ResponseType } from '../vocabulary/response-types.ts'
import type { ServerMetadata } from '../vocabulary/server-metadata.ts'
import type { RefreshTokenTimes } from '../vocabulary/token-response.ts'
import type { HttpRequest } from '../http/message.ts'
import type { ClientKeys } from './client-authentication/client-keys.ts'
import type { ProtocolSettings } from './parts.ts'
import type { Signer } from './token/sign.ts'

/** What every feature may use. */
export interface FeatureParts {
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
  readonly clock: Clock
  readonly usedOnce: UsedOnce
  readonly secrets: Pick<Secrets, 'hash'>
  readonly settings: Pick<ProtocolSettings, 'dpop_nonce' | 'mtls' | 'session_management'>
}

/** An authorization request under examination: client and redirect_uri are proved already. */
export interface AuthorizationRequestDraft {
  readonly parameters: Parameters
  readonly client: Client
  readonly response_type: ResponseType
  /** Every enabled protected resource, the default first. */
  readonly knownResources: readonly ProtectedResource[]
  /** Scope values asked for, or the client's default. */
  readonly scope: readonly string[]
  /** The resources the answer will be good for; at first those that own a scope asked for. A feature may narrow or name them. */
  resources: readonly ProtectedResource[]
  /** What is asked for beyond scope values, RFC 9396; nothing at first. */
  details: readonly DetailedPermission[]
  /** The claims about a person that this server knows by name. */
  readonly knownClaims: ReadonlySet<string>
  /** Single claims asked for, by name; the person is told of those that the scope does not open anyway. */
  claims: readonly AskedClaim[]
  /** Which authentication context is wished of the sign-in. A feature may replace it. */
  acr: AcrWish
  /** Whom the answer must be about, as the client knows them: all of these, if any. A feature may add one. */
  subjects: readonly string[]
  /** What features keep until tokens are asked for. */
  readonly bindings: Bindings
}

/** An authorization response on its way to its client. */
export interface AuthorizationResponseDraft {
  readonly client: Client
  /** The proved one. */
  readonly redirect_uri: string
  /** As the request had it, unchecked where the response is an error. */
  readonly scope?: string
  /** The state of the browser that carries it (`session-management/browser-state.ts`). */
  readonly browser_state: string | undefined
}

/** A claim that a request asks for by itself. */
export interface AskedClaim {
  readonly name: string
  /** False: the client can do without it, so that the person may leave it out. */
  readonly essential: boolean
}

/** A token request under examination: the client is authenticated, its grant read and checked, nothing spent. */
export interface TokenRequestDraft {
  readonly request: HttpRequest
  readonly parameters: Parameters
  readonly client: Client
  readonly grant_type: string
  /** The authorization it stands on; absent for `client_credentials`. */
  readonly authorization?: Authorization
  readonly bindings: Bindings
  readonly knownResources: readonly ProtectedResource[]
  /** The resources that may be asked for: those approved, or those of the client. A feature may narrow them, never add. */
  resources: readonly ProtectedResource[]
  /** What was approved, less what the request leaves out. A feature may narrow it, never add. */
  permissions: readonly Permission[]
  /** The one resource the access token is for; undefined = the first of `resources`, or the issuer itself where there is none. */
  target?: ProtectedResource
}

/** A request for tokens and its client: where a proof of possession is looked for. */
export interface PossessionDraft {
  readonly request: HttpRequest
  readonly client: Client
}

/** An authorization request that its client pushes to us: RFC 9126 §2.1. */
export interface PushedRequestDraft extends PossessionDraft {
  readonly parameters: Parameters
}

/** An access token of ours as somebody presents it to an endpoint of ours; that it still counts is known already. */
export interface TokenPresentation {
  readonly request: HttpRequest
  readonly token: string
  /** The authentication scheme it came with, in lower case; `bearer` for one in a form. */
  readonly scheme: string
  /** What the token is bound to. */
  readonly confirmation: Confirmation
}

/** What a token is about to say, for seams that add to it. Protocol claims are set after the seams, so none can be overwritten. */
export interface TokenDraft {
  readonly client: Client
  readonly bindings: Bindings
  /** What it is good for, at its one resource. */
  readonly permissions: readonly Permission[]
}

/** What an id_token or the userinfo endpoint is about to say of a person, for seams that add to it. */
export interface PersonalDraft {
  readonly into: 'id_token' | 'userinfo'
  readonly bindings: Bindings
  /** Finds a claim of the account; undefined where it has none of that name, or the person did not allow it. */
  readonly find: (name: string) => Json | undefined
}

/** What carries an authorization response: the address, the part of it that no server sees, or a form. */
export type Carrier = 'query' | 'fragment' | 'form_post'

/** What packing a response may use. */
export interface ResponseModeParts extends FeatureParts {
  readonly signer: Signer
  readonly clientKeys: ClientKeys
}

/** How an authorization response travels to its client, by the value of `response_mode`. */
export interface ResponseMode {
  /** `by_type`: what carries answers of that response type when nothing is said. */
  readonly carrier: Carrier | 'by_type'
  /** Tells whether a client may have an answer of that type this way; absent: every client, every type. */
  suits?(client: Client, response_type: ResponseType): boolean
  /** Makes of the response parameters those that travel; absent: they travel as they are. */
  pack?(
    parameters: Readonly<Record<string, string>>,
    client: Client,
    parts: ResponseModeParts,
  ): Promise<Readonly<Record<string, string>>>
}

/** A refresh token that is given out or asked about: what an answer may tell of its time. */
export interface RefreshTokenDraft {
  readonly grant: StandingGrant | undefined
  /** When the token ends if it stays unused: never after its grant. */
  readonly expires_at: EpochSeconds
  /** When the answer is made. */
  readonly at: EpochSeconds
}

/** One thing an RFC adds to the server. Every seam is optional; a seam that refuses throws one of `refusals`. */
export interface Feature {
  /** Short name, for messages and tests. */
  readonly name: string
  /** The specifications it holds, as cited. */
  readonly spec: readonly string[]
  readonly refusals: readonly Refusal[]
  /** Parameters of its own that may come more than once, in authorization and token requests. */
  readonly repeatable?: readonly string[]
  /**
   * The authentication scheme, in lower case, with which access tokens bound by this feature are presented, and how it is
   * challenged (RFC 9110 §11.6.1).
   */
  readonly tokenScheme?: { readonly name: string; readonly challenge: string }
  /** Members of the authorization server metadata, RFC 8414 §2. */
  metadata?(parts: Pick<FeatureParts, 'issuer' | 'settings'>): Partial<ServerMetadata>
  /** Checks an authorization request and keeps what the token request will need. Refusals go to the redirect_uri. */
  authorizationRequest?(draft: AuthorizationRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Response modes of its own, by their value of `response_mode`. No token ever travels in a query, whatever they say. */
  readonly responseModes?: Readonly<Record<string, ResponseMode>>
  /** Checks what a device asks for, RFC 8628 §3.1, and keeps what the token request will need. */
  deviceAuthorizationRequest?(draft: AuthorizationRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Parameters to add to every authorization response, errors too. */
  authorizationResponse?(
    parts: Pick<FeatureParts, 'issuer' | 'clock' | 'usedOnce'>,
    draft: AuthorizationResponseDraft,
  ): Readonly<Record<string, string>>
  /** Checks the redemption of a code, before it is spent: a refusal here burns nothing. */
  codeExchange?(draft: TokenRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Checks any token request (and a code's, after `codeExchange`), before anything is spent. */
  tokenRequest?(draft: TokenRequestDraft, parts: FeatureParts): void | Promise<void>
  /**
   * Finds out whether a token request proves to hold a key that its tokens will be bound to; `undefined` when it does not
   * try to. Called once, before `codeExchange` and `tokenRequest`; what it spends is the proof alone.
   */
  proofOfPossession?(draft: PossessionDraft, parts: FeatureParts): Promise<Confirmation | undefined>
  /** Checks a pushed authorization request, and tells what is to be kept as a parameter in addition to its own. */
  pushedRequest?(draft: PushedRequestDraft, parts: FeatureParts): Promise<Readonly<Record<string, string>>>
  /** Checks that whoever presents an access token to an endpoint of ours may: that it holds what the token is bound to. */
  tokenPresented?(presentation: TokenPresentation, parts: FeatureParts): void | Promise<void>
  /** Header fields of every answer, errors too, of an endpoint that gives or takes tokens. */
  answerHeaders?(request: HttpRequest, parts: FeatureParts): Readonly<Record<string, string>>
  /** Claims to add to an access token and to its introspection. */
  tokenClaims?(draft: TokenDraft): Readonly<Record<string, unknown>>
  /** Parameters to add to the token response, besides what the access token says. */
  tokenMembers?(draft: TokenDraft): Readonly<Record<string, unknown>>
  /** Claims about the person to add to an id_token or to userinfo; of the account, only what `find` lets it have. */
  personalClaims?(draft: PersonalDraft): Readonly<Record<string, Json>>
  /** Parameters to add to a token response with a refresh token in it, and to that token's introspection. */
  tokenResponse?(draft: RefreshTokenDraft): RefreshTokenTimes
}

/** A feature that fills a seam. */
type Filling<Seam extends keyof Feature> = Feature & Required<Pick<Feature, Seam>>

const filled = new WeakMap<readonly Feature[], Map<keyof Feature, readonly Feature[]>>()

/**
 * Lists the features that fill a seam, in their order. They are looked for once: asking all of them in every request would
 * cost an `await` each for nothing.
 */
export function filling<Seam extends keyof Feature>(
  features: readonly Feature[],
  seam: Seam,
): readonly Filling<Seam>[] {
  let bySeam = filled.get(features)
  if (bySeam === undefined) filled.set(features, (bySeam = new Map()))
  let found = bySeam.get(seam)
  if (found === undefined) bySeam.set(seam, (found = features.filter((feature) => feature[seam] !== undefined)))
  return found as readonly Filling<Seam>[]
}

const repeatables = new WeakMap<readonly Feature[], readonly string[]>()

/** The parameters that may come more than once in authorization and token requests. */
export function repeatableIn(features: readonly Feature[]): readonly string[] {
  let names = repeatables.get(features)
  if (names === undefined) {
    names = filling(features, 'repeatable').flatMap(({ repeatable }) => repeatable)
    repeatables.set(features, names)
  }
  return names
}
