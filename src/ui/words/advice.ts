/**
 * What a refusal means and how to mend it, by its reason: for whoever writes the client or runs the server, in English
 * like `error_description`. It speaks of the kind of mistake alone, never of what is registered here: everybody may read
 * it. Every reason has some, which a test watches.
 */
import { adviceOnKeys } from './advice-keys.ts'
import { adviceOnMetadata } from './advice-metadata.ts'
import { adviceOnRequests } from './advice-requests.ts'

/** What is said of one reason. */
export interface Advice {
  readonly means: string
  readonly mend: string
}

const newRequest = 'Begin a new authorization request.'
const readLog = 'The log line of the request holds both sides; licet explain prints them.'
const keepChain =
  'Store the refresh token of each answer before using it, in one place for all processes of the application.'

const written = {
  ...adviceOnRequests,
  ...adviceOnKeys,
  ...adviceOnMetadata,

  // The target of an authorization request.
  client_id_missing: [
    'The authorization request does not say who is asking.',
    'Send client_id, spelled as it was registered.',
  ],
  client_id_repeated: ['client_id came more than once, so it is not certain who is asking.', 'Send it once.'],
  client_unknown: [
    'No client has this client_id: it is misspelled, was removed, or belongs to another server or environment.',
    'Compare it with what licet client list prints, to the character and the case.',
  ],
  client_disabled: [
    'The operator switched this client off.',
    'Ask why; licet client enable switches it on again, or disabled: false in the configuration file.',
  ],
  redirect_uri_missing: [
    'The client has several redirect URIs, or none, so that it must say which one it wants.',
    'Send redirect_uri.',
  ],
  redirect_uri_repeated: ['redirect_uri came more than once.', 'Send it once.'],
  redirect_uri_unregistered: [
    'Redirect URIs are compared character by character: a slash at the end, http for https, a port, the case of a letter or a query makes another address. Only the port of a loopback address may differ.',
    `Send exactly what is registered, or register exactly what is sent. ${readLog}`,
  ],
  request_malformed: [
    'The query is not form encoding: a percent sign without two hexadecimal digits, or bytes that are not UTF-8.',
    'Build the address with a URL library, not by joining texts.',
  ],
  request_too_long: [
    'The authorization request is longer than 12,000 characters.',
    'Keep what state stands for on your side, and send a short random value.',
  ],

  // The authorization request.
  request_parameter_repeated: [
    'A parameter came more than once: two readers could believe two different values.',
    'Send each parameter once; the log line names it.',
  ],
  response_type_missing: ['The request does not say what it wants back.', 'Send response_type=code.'],
  response_type_unsupported: [
    'Tokens are not sent through the browser: response types such as token and id_token are refused.',
    'Send response_type=code with PKCE, and fetch the tokens at the token endpoint.',
  ],
  response_type_not_allowed: [
    'The client is not registered for the grant type authorization_code.',
    'Add it to grant_types, or use the grant type that it has.',
  ],
  response_mode_unsupported: [
    'response_mode has a value that this response cannot be sent by.',
    'Leave it out, or send query or form_post; form_post needs an http or https redirect URI.',
  ],
  prompt_unknown: [
    'prompt has a value that nobody defined, or none together with another value.',
    'Send none alone, or any of login, consent, select_account.',
  ],
  max_age_malformed: ['max_age is not a whole number.', 'Send seconds in digits, such as max_age=3600.'],
  code_challenge_missing: [
    'The request has no PKCE challenge, without which a stolen code could be used by whoever has it.',
    'Switch PKCE on in the client library: send code_challenge and code_challenge_method=S256, and code_verifier at the token endpoint.',
  ],
  code_challenge_method_unsupported: [
    'code_challenge_method is missing or plain. A plain challenge is the verifier itself, for everybody to read.',
    'Send code_challenge_method=S256 with the SHA-256 of the verifier in base64url.',
  ],
  code_challenge_malformed: [
    'The challenge is not the SHA-256 of a verifier in base64url without padding.',
    'Hash the verifier to 32 bytes, and encode the bytes: not their hexadecimal digits, no +, / or = in it.',
  ],
  scope_malformed: [
    'A scope value has a character that none may have, such as a quotation mark or a letter beyond ASCII.',
    'Separate values by one space each; commas and brackets do not belong there.',
  ],
  scope_blank: [
    'scope holds nothing but spaces.',
    'Leave scope out for the default of the client, or name what is wanted.',
  ],
  scope_unknown: [
    'A value is neither one of ours nor one of a protected resource here.',
    'Compare its spelling with scopes_supported of the server metadata, or add it to the resource it belongs to.',
  ],
  scope_not_allowed: [
    'The value exists, and the client is not registered for it.',
    'Add it to the scope of the client, or ask for less.',
  ],
  scope_of_other_resource: [
    'The request names a resource, and the scope belongs to another one.',
    'An authorization request names both resources; a token request asks for the tokens of one at a time.',
  ],
  resource_unknown: [
    'resource is not, to the character, the name of a protected resource.',
    'Compare it with what licet resource list prints; a path counts.',
  ],
  resource_several: ['An access token is for one resource.', 'Ask for one at a time, by the same refresh token.'],
  resource_not_approved: [
    'The resource was not part of the authorization request.',
    'Send resource in the authorization request too.',
  ],
  login_required: [
    'prompt=none was sent, and the person is not signed in, or not recently enough.',
    'Send the person through the same request without prompt=none.',
  ],
  factor_required: [
    'prompt=none was sent, and the person is signed in, but has nothing that reaches what is asked for.',
    'Send the person through the same request without prompt=none: they set something up on the way.',
  ],
  consent_required: [
    'prompt=none was sent, and the person has to decide something first.',
    'Send the person through the same request without prompt=none.',
  ],
  denied_by_person: [
    'The person was asked, and said no.',
    'Go on without, and explain what it was for before asking again.',
  ],

  // Reading a request at a machine endpoint.
  method_not_allowed: ['The endpoint was called by a method other than POST.', 'Send POST with a form as its body.'],
  method_not_taken: ['The address takes other methods, which Allow lists.', 'Use one of them.'],
  content_type_unsupported: [
    'The body is not a form: most often it is JSON.',
    'Send application/x-www-form-urlencoded, as RFC 6749 has it; most libraries do when they are handed parameters, not a body.',
  ],
  form_malformed: [
    'The body is not form encoding: a percent sign without two hexadecimal digits, or bytes that are not UTF-8.',
    'Encode each name and value; a plus sign is a space, and a secret may hold either.',
  ],
  form_parameter_repeated: ['A parameter came more than once in the body.', 'Send each once; the log line names it.'],
  path_unknown: [
    'This is not an address of this server.',
    'Take the endpoints from the server metadata at /.well-known/openid-configuration; do not guess them.',
  ],
  host_not_ours: [
    'The request names another host than the issuer.',
    'Use the issuer in every address, and let a proxy pass Host on as it came.',
  ],
  https_required: [
    'A proxy said that the request reached it by http.',
    'Call https; at the proxy, check that it sends X-Forwarded-Proto as it is.',
  ],

  // Client authentication.
  client_authentication_missing: [
    'The request names no client.',
    'Send the Authorization header of client_secret_basic, or client_id in the body. Some proxies drop Authorization.',
  ],
  client_authentication_several: [
    'The request authenticates in two ways at once, such as a header and client_secret in the body.',
    'Set the client library to the one method that is registered.',
  ],
  client_authentication_unknown_client: [
    'No client has this client_id.',
    'Compare it with what licet client list prints, and check that this is the server it was registered with.',
  ],
  client_authentication_disabled_client: [
    'The operator switched this client off.',
    'Ask why; licet client enable switches it on again.',
  ],
  client_authentication_method_mismatch: [
    'The client authenticated by a method other than the one it is registered for.',
    'Set token_endpoint_auth_method, in the library or in the registration, so that both say the same.',
  ],
  client_id_contradicted: [
    'client_id in the body is not the one in the credentials.',
    'Leave it out of the body, or send the same.',
  ],
  basic_credentials_malformed: [
    'The Authorization header is not base64 of client_id, a colon and the secret, each form-encoded first (RFC 6749 §2.3.1).',
    'Encode both halves: a percent sign, plus sign or colon in a secret does not pass otherwise.',
  ],
  authorization_scheme_unsupported: [
    'The Authorization header has a scheme other than Basic.',
    'A client authenticates by Basic; Bearer is for access tokens.',
  ],
  client_secret_wrong: [
    'This is not a secret of the client: it is an old one, belongs to another client or environment, or has a blank or line break around it.',
    'Copy it again, or make another with licet client new-secret: the old one stays good alongside it.',
  ],
  client_secret_damaged: [
    'The secret begins as one of this server and fails its checksum: it lost or changed characters on its way, as by a double click or a line that was cut.',
    'Copy the whole secret, from its prefix ls_ to its last character.',
  ],
  client_secret_is_hash: [
    'What was sent is the hash that the server keeps, not the secret.',
    'Send the secret that the hash was made of. If nobody has it any more, licet client new-secret makes another.',
  ],
  client_secret_expired: [
    'The secret was replaced, and the time in which both were good is over.',
    'Send the newest secret.',
  ],
  client_authentication_limited: [
    'This network failed to authenticate as this client too often.',
    'Mend the credentials first, then wait as long as Retry-After says.',
  ],
  client_assertion_malformed: [
    'client_assertion is missing, is not a signed JWT, or has no sub.',
    'Send a JWT in compact form with iss, sub, aud, exp and jti.',
  ],
  client_assertion_type_unsupported: [
    'client_assertion_type is missing or not that of a JWT.',
    'Send urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  ],
  client_assertion_algorithm_not_allowed: [
    'alg of the assertion is not one that the client may sign with, or its typ is that of another kind of JWT.',
    'Sign with the algorithm that token_endpoint_auth_signing_alg names; HS256 and none are never taken.',
  ],
  client_assertion_issuer_mismatch: [
    'iss and sub of the assertion are not both the client_id.',
    'Set both to the client_id.',
  ],
  client_assertion_audience_mismatch: [
    'aud of the assertion is not this server.',
    'Set aud to the issuer as the server metadata spells it: a single text, not a list, and not the token endpoint.',
  ],
  client_assertion_expired: [
    'exp of the assertion is missing or past, by more than the 60 seconds that clocks may differ.',
    'Make a new assertion for each request, and set the clock of the client by NTP.',
  ],
  client_assertion_not_yet_valid: [
    'iat or nbf of the assertion lies in the future, by more than the 60 seconds that clocks may differ.',
    'Set the clock of the client by NTP; exp, iat and nbf are seconds, not milliseconds.',
  ],
  client_assertion_lives_too_long: [
    'exp of the assertion is more than an hour ahead.',
    'A minute is enough. exp is in seconds, not milliseconds.',
  ],
  client_assertion_jti_missing: [
    'The assertion has no jti, by which a second use would be noticed.',
    'Add a new random jti to each assertion.',
  ],
  client_assertion_key_unknown: [
    'No registered key of the client fits kid and alg of the assertion.',
    'Compare the kid with jwks or jwks_uri of the client; after a rotation, publish the new key before signing with it.',
  ],
  client_assertion_signature_wrong: [
    'The key that kid names did not make this signature.',
    'Check that the private key belongs to the registered public one.',
  ],
  client_assertion_replayed: [
    'This assertion was used before.',
    'Make a new one, with its own jti, for each request, retries too.',
  ],

  // The token endpoint.
  grant_type_missing: ['The request does not say by which grant type it asks.', 'Send grant_type.'],
  grant_type_unsupported: [
    'This server has no such grant type.',
    'grant_types_supported of the server metadata lists those it has.',
  ],
  grant_type_not_allowed: [
    'The client authenticated, and is not registered for this grant type.',
    'Add it to grant_types of the client.',
  ],
  code_missing: ['The request has no code.', 'Send the code that came to the redirect URI.'],
  code_unknown: [
    'The value is not a code of this server: it was cut or encoded twice, or is of another server or kind.',
    'Decode the query of the redirect once, and send the whole code.',
  ],
  code_expired: [
    'The code was redeemed too late.',
    'Redeem it at once, in the handler of the redirect; a debugger held there is enough to be late.',
  ],
  code_of_another_client: [
    'The code was made for another client.',
    'Check that both halves of the flow use one client_id, and that no state of two environments is mixed.',
  ],
  redirect_uri_mismatch: [
    'redirect_uri at the token endpoint differs from that of the authorization request.',
    `Keep it with the state, and send the same text again. ${readLog}`,
  ],
  code_verifier_missing: [
    'The authorization request had a challenge, and code_verifier was not sent.',
    'Keep the verifier with the state, and send it with the code.',
  ],
  code_verifier_mismatch: [
    'code_verifier is not what the challenge was made of.',
    'Keep one verifier for each state: a second tab or a retry overwrites a single one.',
  ],
  code_verifier_unexpected: [
    'A code_verifier was sent, and the authorization request had no challenge: somebody may have taken it away.',
    newRequest,
  ],
  code_replayed: [
    'The code was used before. What the first use gave has been ended, since two hands had the code.',
    `Redeem a code once: look for a reload of the redirect, a prefetch, or a retry. ${newRequest}`,
  ],
  code_signed_out: ['The person signed out before the code was redeemed.', newRequest],
  code_ended: ['What the code stood for ended before it was redeemed.', newRequest],
  refresh_token_missing: ['The request has no refresh_token.', 'Send the last one received.'],
  refresh_token_unknown: [
    'The value is not a refresh token of this server: it was cut, is an access token, or is of another server.',
    'Send the value of the member refresh_token, whole.',
  ],
  refresh_token_of_another_client: [
    'The refresh token was given to another client.',
    'Keep tokens by client_id and environment.',
  ],
  refresh_token_expired: ['The refresh token was not used for too long.', newRequest],
  refresh_token_replaced: ['A newer refresh token has replaced it.', keepChain],
  refresh_token_reused: [
    'A refresh token that was replaced long ago came again: two hands have it, and its chain has been ended.',
    `${keepChain} ${newRequest}`,
  ],
  refresh_token_ended: ['What the refresh token stood for has ended: the person or the operator ended it.', newRequest],
  scope_not_granted: ['A refresh asked for more than was granted.', 'Leave scope out, or ask for less.'],
  scope_of_person: [
    'client_credentials speaks for the client alone, and the value is about a person.',
    'Use the authorization code flow for it.',
  ],
  scope_left_empty: [
    'client_credentials speaks for the client alone, and nothing of this scope can.',
    'Name scope values of a protected resource; offline_access means nothing here.',
  ],
  client_not_confidential: [
    'A client that proves nothing cannot have tokens of its own.',
    'Register it with a token_endpoint_auth_method other than none.',
  ],
  grant_paused: ['The person paused this access.', 'Keep the refresh token, and try again later.'],
  client_switched_off: ['The operator switched this client off.', 'Ask why.'],

  // Tokens that are presented.
  access_token_invalid: [
    'The access token has expired, was ended or damaged, or is not one of this server.',
    'Refresh it. If a fresh one fails too, compare its iss and aud with what is called.',
  ],
  access_token_in_query: ['URLs end up in logs.', 'Send the token in the Authorization header.'],
  access_token_twice: ['The access token came in header and body.', 'Send it in the header alone.'],
  openid_scope_missing: [
    'Userinfo is for tokens with the scope openid.',
    'Ask for openid in the authorization request.',
  ],
  introspection_token_missing: ['The request has no token.', 'Send token in the body.'],
  revocation_token_missing: ['The request has no token.', 'Send token in the body.'],
  introspection_by_public_client: [
    'A client without credentials may not look into tokens.',
    'Register the API as a client with credentials of its own.',
  ],
  introspection_by_stranger: [
    'The client registered itself, and no protected resource names it.',
    'Add it to introspection_clients of the resource whose tokens it is to look into.',
  ],
} satisfies Readonly<Record<string, readonly [means: string, mend: string]>>

/** The reasons that something is said of: each is declared somewhere, which a test watches. */
export const advisedReasons: readonly string[] = Object.keys(written)

/** What is said of a reason; undefined for a name that is not one. */
export function adviceOn(reason: string): Advice | undefined {
  const found: Readonly<Record<string, readonly [means: string, mend: string]>> = written
  if (!Object.hasOwn(found, reason)) return undefined
  const [means, mend] = found[reason] ?? ['', '']
  return { means, mend }
}
