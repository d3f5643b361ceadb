import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { baseFields } from './client-metadata-fields.ts'
import { checkClientMetadata, type ClientMetadataPolicy } from './client-metadata.ts'
import { ignoredMetadata } from './ignored-metadata.ts'

/** The IANA registry “OAuth Dynamic Client Registration Metadata”, as of 25 March 2026, and names that were in it or in its drafts before. */
const registered = [
  ...['redirect_uris', 'token_endpoint_auth_method', 'grant_types', 'response_types', 'client_name', 'client_uri'],
  ...['logo_uri', 'scope', 'contacts', 'tos_uri', 'policy_uri', 'jwks_uri', 'jwks', 'software_id', 'software_version'],
  ...['client_id', 'client_secret', 'client_id_issued_at', 'client_secret_expires_at', 'registration_access_token'],
  ...['registration_client_uri', 'application_type', 'subject_type', 'id_token_signed_response_alg'],
  ...['token_endpoint_auth_signing_alg', 'default_max_age', 'require_auth_time', 'default_acr_values'],
  ...['initiate_login_uri', 'claims_redirect_uris', 'post_logout_redirect_uris', 'request_object_encryption_alg'],
  ...['request_object_encryption_enc', 'introspection_signed_response_alg', 'introspection_encrypted_response_alg'],
  ...['introspection_encrypted_response_enc', 'nfv_token_signed_response_alg', 'nfv_token_encrypted_response_alg'],
  ...['nfv_token_encrypted_response_enc', 'backchannel_token_delivery_mode', 'client_registration_types'],
  ...['backchannel_client_notification_endpoint', 'backchannel_authentication_request_signing_alg'],
  ...['backchannel_user_code_parameter', 'organization_name', 'display_name', 'description', 'keywords'],
  ...['information_uri', 'organization_uri', 'signed_jwks_uri', 'vp_formats', 'vp_formats_supported'],
  ...['credential_offer_endpoint', 'software_statement', 'sector_identifier_uri', 'id_token_encrypted_response_alg'],
  ...['id_token_encrypted_response_enc', 'userinfo_signed_response_alg', 'userinfo_encrypted_response_alg'],
  ...['userinfo_encrypted_response_enc', 'dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'],
  ...['tls_client_auth_subject_dn', 'tls_client_auth_san_dns', 'tls_client_auth_san_uri', 'tls_client_auth_san_ip'],
  ...['tls_client_auth_san_email', 'use_mtls_endpoint_aliases', 'request_object_signing_alg', 'request_uris'],
  ...['require_signed_request_object', 'require_pushed_authorization_requests', 'authorization_details_types'],
  ...['authorization_signed_response_alg', 'authorization_encrypted_response_alg'],
  ...['authorization_encrypted_response_enc', 'encrypted_response_enc_values_supported', 'frontchannel_logout_uri'],
  ...['frontchannel_logout_session_required', 'backchannel_logout_uri', 'backchannel_logout_session_required'],
]

const policy: ClientMetadataPolicy = {
  author: 'stranger',
  unknown: 'ignore',
  grant_types: ['authorization_code'],
  token_endpoint_auth_methods: ['none', 'client_secret_basic'],
  scopes: [],
  allow_http_loopback: false,
  outbound_allow: [],
}

must('RFC 7591 §4.1', 'every registered field is either read or ignored for a reason, and none is both', () => {
  const read: readonly string[] = Object.keys(baseFields)
  assert.deepEqual(
    registered.filter((field) => !read.includes(field) && !Object.hasOwn(ignoredMetadata, field)),
    [],
  )
  assert.deepEqual(
    read.filter((field) => Object.hasOwn(ignoredMetadata, field)),
    [],
  )
})

test('what is ignored is taken from a stranger without a word, and told to an operator with the reason', () => {
  const written = { redirect_uris: ['https://rp1.test/cb'], organization_name: 'Example' }
  assert.equal('organization_name' in checkClientMetadata(written, policy).metadata, false)
  const operator = { ...policy, author: 'operator', unknown: 'refuse' } as const
  assert.throws(
    () => checkClientMetadata(written, operator),
    (error: { readonly detail: Readonly<Record<string, unknown>> }) => {
      assert.match(String(error.detail['why']), /Federation/)
      return refusedFor('client_metadata_unknown')(error)
    },
  )
})
