/** Where the endpoints of the protocol are, under the issuer: what is published, routed and accepted as audience. */
export const paths = {
  authorization_endpoint: '/authorize',
  token_endpoint: '/token',
  userinfo_endpoint: '/userinfo',
  introspection_endpoint: '/introspect',
  revocation_endpoint: '/revoke',
  jwks_uri: '/jwks',
  end_session_endpoint: '/logout',
  device_authorization_endpoint: '/device_authorization',
} as const
