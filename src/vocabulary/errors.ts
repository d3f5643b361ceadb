/** The registered error codes we answer with, the HTTP status that goes with each where no redirect carries it, and where each is defined. */
export const errorCodes = {
  invalid_request: { status: 400, spec: 'RFC 6749 §5.2' },
  invalid_client: { status: 401, spec: 'RFC 6749 §5.2' },
  invalid_grant: { status: 400, spec: 'RFC 6749 §5.2' },
  unauthorized_client: { status: 400, spec: 'RFC 6749 §5.2' },
  unsupported_grant_type: { status: 400, spec: 'RFC 6749 §5.2' },
  invalid_scope: { status: 400, spec: 'RFC 6749 §5.2' },
  access_denied: { status: 403, spec: 'RFC 6749 §4.1.2.1' },
  unsupported_response_type: { status: 400, spec: 'RFC 6749 §4.1.2.1' },
  server_error: { status: 500, spec: 'RFC 6749 §4.1.2.1' },
  temporarily_unavailable: { status: 503, spec: 'RFC 6749 §4.1.2.1' },
  interaction_required: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  login_required: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  account_selection_required: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  consent_required: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  unmet_authentication_requirements: {
    status: 400,
    spec: 'OpenID Connect Core Error Code unmet_authentication_requirements §2',
  },
  request_not_supported: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  request_uri_not_supported: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  registration_not_supported: { status: 400, spec: 'OpenID Connect Core §3.1.2.6' },
  invalid_target: { status: 400, spec: 'RFC 8707 §2' },
  authorization_pending: { status: 400, spec: 'RFC 8628 §3.5' },
  slow_down: { status: 400, spec: 'RFC 8628 §3.5' },
  expired_token: { status: 400, spec: 'RFC 8628 §3.5' },
  invalid_token: { status: 401, spec: 'RFC 6750 §3.1' },
  insufficient_scope: { status: 403, spec: 'RFC 6750 §3.1' },
  unsupported_token_type: { status: 400, spec: 'RFC 7009 §2.2.1' },
  invalid_dpop_proof: { status: 400, spec: 'RFC 9449 §5' },
  use_dpop_nonce: { status: 400, spec: 'RFC 9449 §8' },
  invalid_redirect_uri: { status: 400, spec: 'RFC 7591 §3.2.2' },
  invalid_client_metadata: { status: 400, spec: 'RFC 7591 §3.2.2' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly spec: string }>>

/** A registered error code: the value of `error` on the wire. */
export type ErrorCode = keyof typeof errorCodes
