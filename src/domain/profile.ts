import type { Seconds } from '../kernel/time.ts'
import type { SigningAlgorithm } from '../vocabulary/algorithms.ts'
import type { TokenEndpointAuthMethod } from '../vocabulary/client-metadata.ts'
import type { Profile } from './client.ts'

/** How the contradictions between OAuth 2.1, OpenID Connect's history and FAPI are settled for a client. */
export interface ProfileRules {
  /** Whether an authorization request needs a `code_challenge`; where there is one it always counts. */
  readonly pkce: 'required' | 'optional'
  /** Whether an authorization request has to name its `redirect_uri` where the client has only one. */
  readonly redirect_uri: 'required' | 'optional'
  /** Whether an authorization request has to be pushed first, RFC 9126. */
  readonly pushed_authorization_requests: 'required' | 'optional'
  /** By whose rules request objects are read: `openid_connect` lets parameters next to one count (OpenID Connect Core §6.1). */
  readonly request_objects: 'rfc9101' | 'openid_connect'
  /** What an id_token is signed by for a client that asks for nothing in particular. */
  readonly id_token_signed_response_alg: SigningAlgorithm
  /** What client and server may sign by for one another; undefined = whatever either of them can. */
  readonly signing_algorithms?: readonly string[]
  /** How a client may prove who it is; undefined = by any method that is offered. */
  readonly token_endpoint_auth_methods?: readonly TokenEndpointAuthMethod[]
  /** Whom a client assertion must name as its audience, policy A5. `issuer`: that text alone. */
  readonly assertion_audience: 'issuer' | 'issuer_or_token_endpoint'
  /** Whether access tokens have to be bound to a key of the client, by DPoP or by its certificate. */
  readonly sender_constrained_access_tokens: 'required' | 'optional'
  /** What becomes of a scope value that nobody knows or that the client may not ask for. */
  readonly scope_beyond: 'refused' | 'left_out'
  /** The longest life of an authorization code, whatever the configuration says. */
  readonly authorization_code_lifetime: Seconds
}

/** RFC 6749 §4.1.2: the recommended maximum. */
const tenMinutes: Seconds = 600

/** OAuth 2.1, with RS256 for id_tokens as OpenID Connect Registration §2 has it where nothing is said. */
const oauth21: ProfileRules = {
  pkce: 'required',
  redirect_uri: 'optional',
  pushed_authorization_requests: 'optional',
  request_objects: 'rfc9101',
  id_token_signed_response_alg: 'RS256',
  assertion_audience: 'issuer',
  sender_constrained_access_tokens: 'optional',
  scope_beyond: 'refused',
  authorization_code_lifetime: tenMinutes,
}

/** OpenID Connect Core as its clients were written: §3.1.2.1 leaves PKCE out and unknown scope values aside. */
const oidc: ProfileRules = {
  ...oauth21,
  pkce: 'optional',
  request_objects: 'openid_connect',
  assertion_audience: 'issuer_or_token_endpoint',
  scope_beyond: 'left_out',
}

/** FAPI 2.0 Security Profile §5.3.2 and §5.4.1. */
const fapi2: ProfileRules = {
  ...oauth21,
  redirect_uri: 'required',
  pushed_authorization_requests: 'required',
  id_token_signed_response_alg: 'ES256',
  signing_algorithms: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
  token_endpoint_auth_methods: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
  sender_constrained_access_tokens: 'required',
  authorization_code_lifetime: 60,
}

/** The one table of what the profiles differ in: whoever acts on a difference reads it here. */
export const profiles: Readonly<Record<Profile, ProfileRules>> = { oauth21, oidc, fapi2, legacy: oidc }
