/**
 * The seams: how an RFC stays in one file. A feature is an object that fills some of them; the endpoints are
 * straight-line functions that call each seam by name, in the order of `features.ts`. Features know nothing of one
 * another; what one keeps from the authorization request to the token request it keeps in `bindings`, under a key of
 * its own.
 */
import type { Bindings } from '../kernel/binding.ts'
import type { Parameters } from '../kernel/parameters.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { Clock, EpochSeconds } from '../kernel/time.ts'
import type { Client } from '../domain/client.ts'
import type { Authorization } from '../domain/authorization.ts'
import type { DetailedPermission, Grant, Permission } from '../domain/grant.ts'
import type { ProtectedResource } from '../domain/protected-resource.ts'
import type { UsedOnce } from '../domain/used-once.ts'
import type { ServerMetadata } from '../vocabulary/server-metadata.ts'
import type { RefreshTokenTimes } from '../vocabulary/token-response.ts'
import type { HttpRequest } from '../http/message.ts'

/** What every feature may use. */
export interface FeatureParts {
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
  readonly clock: Clock
  readonly usedOnce: UsedOnce
}

/** An authorization request under examination: client and redirect_uri are proved already. */
export interface AuthorizationRequestDraft {
  readonly parameters: Parameters
  readonly client: Client
  /** Every enabled protected resource, the default first. */
  readonly knownResources: readonly ProtectedResource[]
  /** Scope values asked for, or the client's default. */
  readonly scope: readonly string[]
  /** The resources the answer shall be good for; as it comes, those that own a scope asked for. A feature may narrow or name them. */
  resources: readonly ProtectedResource[]
  /** What is asked for beyond scope values, RFC 9396; none as it comes. */
  details: readonly DetailedPermission[]
  /** What features keep until tokens are asked for. */
  readonly bindings: Bindings
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

/** What a token is about to say, for seams that add to it. Protocol claims are set after the seams, so none can be overwritten. */
export interface TokenDraft {
  readonly client: Client
  readonly bindings: Bindings
  /** What it is good for, at its one resource. */
  readonly permissions: readonly Permission[]
}

/** A refresh token that is given out or asked about: what an answer may tell of its time. */
export interface RefreshTokenDraft {
  readonly grant: Grant | undefined
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
  /** Members of the authorization server metadata, RFC 8414 §2. */
  metadata?(): Partial<ServerMetadata>
  /** Checks an authorization request and keeps what the token request will need. Refusals go to the redirect_uri. */
  authorizationRequest?(draft: AuthorizationRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Parameters to add to every authorization response, errors too. */
  authorizationResponse?(parts: FeatureParts): Readonly<Record<string, string>>
  /** Checks the redemption of a code, before it is spent: a refusal here burns nothing. */
  codeExchange?(draft: TokenRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Checks any token request (and a code's, after `codeExchange`), before anything is spent. */
  tokenRequest?(draft: TokenRequestDraft, parts: FeatureParts): void | Promise<void>
  /** Claims to add to an access token and to its introspection. */
  tokenClaims?(draft: TokenDraft): Readonly<Record<string, unknown>>
  /** Parameters to add to the token response, beside what the access token says. */
  tokenMembers?(draft: TokenDraft): Readonly<Record<string, unknown>>
  /** Parameters to add to a token response with a refresh token in it, and to that token's introspection. */
  tokenResponse?(draft: RefreshTokenDraft): RefreshTokenTimes
}
