/** Authorization server metadata: RFC 8414 §2 and OpenID Connect Discovery §3, in their registered spelling. */
export interface ServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly userinfo_endpoint: string
  readonly revocation_endpoint: string
  readonly introspection_endpoint: string
  /** RFC 8414 §2; absent where registration is closed. */
  readonly registration_endpoint: string
  readonly scopes_supported: readonly string[]
  readonly response_types_supported: readonly string[]
  readonly response_modes_supported: readonly string[]
  readonly grant_types_supported: readonly string[]
  readonly subject_types_supported: readonly string[]
  readonly id_token_signing_alg_values_supported: readonly string[]
  readonly id_token_encryption_alg_values_supported: readonly string[]
  readonly id_token_encryption_enc_values_supported: readonly string[]
  readonly userinfo_signing_alg_values_supported: readonly string[]
  readonly userinfo_encryption_alg_values_supported: readonly string[]
  readonly userinfo_encryption_enc_values_supported: readonly string[]
  readonly token_endpoint_auth_methods_supported: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly revocation_endpoint_auth_methods_supported: readonly string[]
  readonly introspection_endpoint_auth_methods_supported: readonly string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly claim_types_supported: readonly string[]
  readonly claims_supported: readonly string[]
  readonly display_values_supported: readonly string[]
  /** BCP 47 tags in the case of RFC 5646 §2.1.1. */
  readonly ui_locales_supported: readonly string[]
  readonly op_policy_uri: string
  readonly op_tos_uri: string
  readonly prompt_values_supported: readonly string[]
  readonly acr_values_supported: readonly string[]
  readonly claims_parameter_supported: boolean
  readonly request_parameter_supported: boolean
  readonly request_uri_parameter_supported: boolean
  /** draft-ietf-oauth-client-id-metadata-document-01 §5. */
  readonly client_id_metadata_document_supported: boolean
  readonly require_request_uri_registration: boolean
  readonly request_object_signing_alg_values_supported: readonly string[]
  /** RFC 9126 §5. */
  readonly pushed_authorization_request_endpoint: string
  readonly require_pushed_authorization_requests: boolean
  /** RFC 9396 §10. */
  readonly authorization_details_types_supported: readonly string[]
  /** RFC 8628 §4. */
  readonly device_authorization_endpoint: string
  /** OpenID Connect RP-Initiated Logout §2.1. */
  readonly end_session_endpoint: string
  /** OpenID Connect Back-Channel Logout §2.1. */
  readonly backchannel_logout_supported: boolean
  readonly backchannel_logout_session_supported: boolean
  /** OpenID Connect Front-Channel Logout §3. */
  readonly frontchannel_logout_supported: boolean
  readonly frontchannel_logout_session_supported: boolean
  /** OpenID Connect Session Management §3.3. */
  readonly check_session_iframe: string
  /** RFC 7636 §6.2. */
  readonly code_challenge_methods_supported: readonly string[]
  /** RFC 9207 §3. */
  readonly authorization_response_iss_parameter_supported: boolean
  /** RFC 9449 §5.1. */
  readonly dpop_signing_alg_values_supported: readonly string[]
  /** RFC 8705 §3.3. */
  readonly tls_client_certificate_bound_access_tokens: boolean
  /** RFC 8705 §5: endpoints where a client certificate is asked for. */
  readonly mtls_endpoint_aliases: Readonly<Record<string, string>>
  /** JARM §4. */
  readonly authorization_signing_alg_values_supported: readonly string[]
  readonly authorization_encryption_alg_values_supported: readonly string[]
  readonly authorization_encryption_enc_values_supported: readonly string[]
  /** RFC 9728 §4. */
  readonly protected_resources: readonly string[]
  /** draft-ietf-oauth-refresh-token-expiration-03 §8. */
  readonly refresh_token_expiration_types_supported: readonly ('authorization' | 'token_timeout')[]
}
