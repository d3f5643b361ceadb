/** Client metadata in its registered spelling: RFC 7591 §2, OpenID Connect Registration §2, and what later RFCs add. */

import type { ContentEncryptionAlgorithm, KeyManagementAlgorithm, SigningAlgorithm } from './algorithms.ts'
import type { RequirableAcr } from './authentication.ts'

/** How a client authenticates at the token endpoint: the registry of RFC 7591 §4.2 and RFC 8705 §2. */
export type TokenEndpointAuthMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

/** Whether a client runs on a server or on the person's own device, OpenID Connect Registration §2. */
export type ApplicationType = 'web' | 'native'

/** A public key, RFC 7517 §4, with nothing in it that points elsewhere. */
export interface PublicJwk {
  readonly kty: 'EC' | 'RSA' | 'OKP'
  readonly kid?: string
  readonly use?: string
  readonly alg?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  /** Its certificate alone, RFC 7517 §4.7: DER in base64. */
  readonly x5c?: readonly string[]
}

/** A set of public keys, RFC 7517 §5. */
export interface PublicJwks {
  readonly keys: readonly PublicJwk[]
}

/**
 * What is known of a client, checked by `checkClientMetadata` and by nothing else. The first five always have a value.
 * Names that no part of the server reads yet are here so that the feature that reads them finds its place.
 */
export interface ClientMetadata {
  /** What people read, in one more language, RFC 7591 §2.2: `client_name#de`. */
  readonly [tagged: `${'client_name' | 'client_uri' | 'logo_uri' | 'tos_uri' | 'policy_uri'}#${string}`]: string

  /** Compared byte for byte (`redirectUriMatches`); empty for a client that never visits the authorization endpoint. */
  readonly redirect_uris: readonly string[]
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod
  readonly grant_types: readonly string[]
  /** Words of each value in alphabetical order: `code`, `code id_token`. */
  readonly response_types: readonly string[]
  readonly application_type: ApplicationType

  readonly token_endpoint_auth_signing_alg?: string
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly tos_uri?: string
  readonly policy_uri?: string
  readonly contacts?: readonly string[]
  /** The scope values the client may ask for, space-separated; absent: whatever the resources offer to it. */
  readonly scope?: string
  /** What it asks for when it names no scope, RFC 6749 §3.3. Ours, not registered. */
  readonly default_scope?: string
  /** The branding of the pages on which people sign in to it and decide. Ours, not registered. */
  readonly branding?: string
  /** The scope values it can do without, space-separated: each is the person's to leave out. Ours, not registered. */
  readonly optional_scope?: string
  /** What it wants a scope value for, in its own words, by scope value. Ours, not registered. */
  readonly purposes?: Readonly<Record<string, string>>
  readonly jwks?: PublicJwks
  readonly jwks_uri?: string
  readonly software_id?: string
  readonly software_version?: string
  /** As it came, RFC 7591 §2.3; what it says has been put in its place. */
  readonly software_statement?: string

  readonly subject_type?: 'public' | 'pairwise'
  readonly sector_identifier_uri?: string
  readonly id_token_signed_response_alg?: SigningAlgorithm
  readonly id_token_encrypted_response_alg?: KeyManagementAlgorithm
  readonly id_token_encrypted_response_enc?: ContentEncryptionAlgorithm
  readonly userinfo_signed_response_alg?: SigningAlgorithm
  readonly userinfo_encrypted_response_alg?: KeyManagementAlgorithm
  readonly userinfo_encrypted_response_enc?: ContentEncryptionAlgorithm
  /** JARM §3. */
  readonly authorization_signed_response_alg?: SigningAlgorithm
  readonly authorization_encrypted_response_alg?: KeyManagementAlgorithm
  readonly authorization_encrypted_response_enc?: ContentEncryptionAlgorithm
  readonly request_object_signing_alg?: string
  /** Where its request objects may be fetched from, OpenID Connect Registration §2. */
  readonly request_uris?: readonly string[]
  readonly introspection_signed_response_alg?: string
  /** Seconds. */
  readonly default_max_age?: number
  readonly require_auth_time?: boolean
  readonly default_acr_values?: readonly string[]
  /** The context below which nobody signs in to it, whatever it asks for. Ours, not registered; an operator's to say. */
  readonly required_acr?: RequirableAcr
  readonly initiate_login_uri?: string
  readonly post_logout_redirect_uris?: readonly string[]
  readonly backchannel_logout_uri?: string
  readonly backchannel_logout_session_required?: boolean
  readonly frontchannel_logout_uri?: string
  readonly frontchannel_logout_session_required?: boolean

  readonly require_pushed_authorization_requests?: boolean
  readonly require_signed_request_object?: boolean
  readonly dpop_bound_access_tokens?: boolean
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly tls_client_auth_subject_dn?: string
  readonly tls_client_auth_san_dns?: string
  readonly tls_client_auth_san_uri?: string
  readonly tls_client_auth_san_ip?: string
  readonly tls_client_auth_san_email?: string
  readonly use_mtls_endpoint_aliases?: boolean
  readonly authorization_details_types?: readonly string[]
  readonly backchannel_token_delivery_mode?: string
  readonly backchannel_client_notification_endpoint?: string
}
