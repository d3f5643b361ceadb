const given = 'this server issues it, and takes it from nobody'
const federation = 'OpenID Federation is not spoken here'
const unsignedIntrospection = 'introspection answers are not signed (RFC 9701)'
const unencryptedRequests = 'request objects are not encrypted to this server'
const noBackchannel = 'nobody is asked over a back channel (CIBA)'
const noFinancial = 'tokens of ETSI NFV-SEC 022 are not made here'
const noCredentials = 'verifiable credentials are neither issued nor asked for here'

/**
 * The registered client metadata that no part of this server reads, each with the reason: the rest of the IANA registry
 * “OAuth Dynamic Client Registration Metadata”. From a stranger it is ignored, as RFC 7591 §2 has it for what a
 * server does not understand; an operator who writes it is told why it would do nothing.
 */
export const ignoredMetadata: Readonly<Record<string, string>> = {
  client_id: given,
  client_secret: given,
  client_id_issued_at: given,
  client_secret_expires_at: given,
  registration_access_token: given,
  registration_client_uri: given,

  claims_redirect_uris: 'claims are not collected from others (OpenID Connect Core §5.6)',
  request_object_encryption_alg: unencryptedRequests,
  request_object_encryption_enc: unencryptedRequests,
  introspection_signed_response_alg: unsignedIntrospection,
  introspection_encrypted_response_alg: unsignedIntrospection,
  introspection_encrypted_response_enc: unsignedIntrospection,
  nfv_token_signed_response_alg: noFinancial,
  nfv_token_encrypted_response_alg: noFinancial,
  nfv_token_encrypted_response_enc: noFinancial,
  backchannel_token_delivery_mode: noBackchannel,
  backchannel_client_notification_endpoint: noBackchannel,
  backchannel_authentication_request_signing_alg: noBackchannel,
  backchannel_user_code_parameter: noBackchannel,
  client_registration_types: federation,
  organization_name: federation,
  display_name: federation,
  description: federation,
  keywords: federation,
  information_uri: federation,
  organization_uri: federation,
  signed_jwks_uri: federation,
  encrypted_response_enc_values_supported: noCredentials,
  vp_formats: noCredentials,
  vp_formats_supported: noCredentials,
  credential_offer_endpoint: noCredentials,
}
