/**
 * Claims that the protocol itself says, in tokens and in answers about them: RFC 7519 §4.1, RFC 9068 §2.2, RFC 7662
 * §2.2, OpenID Connect Core §2. None of them can be configured as a claim of an account, or a person could be given
 * another one's identity by it.
 */
export const protocolClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'client_id',
  'scope',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'cnf',
  'act',
  'may_act',
  'authorization_details',
  'active',
  'token_type',
  'events',
])
