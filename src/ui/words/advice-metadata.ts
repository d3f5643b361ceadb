/** What is said of client metadata, of those who register clients, and of their keys: a part of `advice.ts`. */

const publicKeys = 'Publish the public halves alone, each with its kty, kid, and use or alg.'
const neverAllowed = [
  'Nobody allowed this client anything while its registration was good.',
  'Register again; the application does that by itself where it knows how to.',
] as const
const sectorList =
  'Publish a JSON array of the very redirect_uris at sector_identifier_uri, by https and without a redirect.'

/** By reason: what it means, and how to mend it. */
export const adviceOnMetadata = {
  client_metadata_not_an_object: [
    'The body is JSON, but not an object.',
    'Send the metadata as the members of one object (RFC 7591 §2).',
  ],
  client_metadata_malformed: [
    'A field is not a text, list, truth value or number where it must be, or has a value outside its set; the log line names it.',
    'Compare the field with the OAuth Dynamic Client Registration Metadata registry, whose names and types hold here.',
  ],
  client_metadata_unknown: [
    'A name is neither registered nor ours, so that it would do nothing: most often it is misspelled.',
    'Compare it with docs/configuration.md and the registry; the log line names the nearest.',
  ],
  client_metadata_too_much: [
    'A client that nobody stores is written into its own client_id, which has at most 1,024 characters.',
    'Leave out what is optional, publish keys at jwks_uri, or have the client registered by an operator.',
  ],
  client_uri_unsafe: [
    'URIs that people follow or this server fetches are https, absolute, and without a user name.',
    'Register the https address; http is taken of loopback addresses alone, while the issuer is on one itself.',
  ],
  client_profile_contradicted: [
    'The profile of the client (fapi2, for one) narrows what it may register, such as its algorithms or how it authenticates.',
    'Change the value to one that the profile has, or the profile of the client.',
  ],
  client_name_too_long: ['Nobody reads a name of more than 100 characters.', 'Shorten client_name.'],
  client_name_unsafe: [
    'The name would look like something else: it has invisible, control or direction characters, piled accents, or nothing.',
    'Write client_name in letters, digits, spaces and plain punctuation.',
  ],
  client_scope_not_offered: [
    'scope has a value that neither this server nor a protected resource of it has, or that clients may not give themselves.',
    'Compare it with scopes_supported of the server metadata.',
  ],
  default_scope_too_wide: [
    'What the client gets when it asks for nothing is more than it may ask for.',
    'Take the value out of default_scope, or into scope.',
  ],
  grant_types_not_offered: [
    'A grant type is not one of this server, or not for clients that come this way.',
    'Compare it with grant_types_supported of the server metadata.',
  ],
  response_types_not_offered: [
    'A response type brings tokens through the browser, which only the legacy fence opens, or does not exist.',
    'Register code, and redeem it at the token endpoint.',
  ],
  response_types_inconsistent: [
    'A response type with code needs the grant type authorization_code, one with a token the grant type implicit; and the other way round.',
    'Register both of a pair, or neither.',
  ],
  token_endpoint_auth_method_not_offered: [
    'This server does not know the method, or the method takes certificates where none can reach it.',
    'Compare it with token_endpoint_auth_methods_supported of the server metadata.',
  ],
  certificate_bound_tokens_not_offered: [
    'Tokens are bound to a certificate that the client shows as it connects, and none can reach this server.',
    'Leave the field out where the server metadata does not have it, or bind tokens by DPoP: dpop_bound_access_tokens.',
  ],
  client_credentials_of_public_client: [
    'A client that proves nothing cannot have tokens in its own name.',
    'Register a token_endpoint_auth_method other than none, or drop client_credentials.',
  ],
  client_keys_missing: [
    'Whoever signs or shows a certificate of its own must say by which keys it is known.',
    `Register jwks or jwks_uri. ${publicKeys}`,
  ],
  client_keys_twice: ['Two sets could say two things.', 'Register jwks or jwks_uri, not both.'],
  client_certificate_names: [
    'The certificate is known by one name: with none, or several, it is not certain which.',
    'Register one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip and _san_email.',
  ],
  encrypted_response_alg_missing: [
    'How the content is encrypted was registered, but not how its key is.',
    'Add the field of the same name that ends in _alg.',
  ],
  encryption_keys_missing: [
    'Encrypting to the client takes one of its public keys.',
    'Register jwks or jwks_uri with a key for encryption (use: enc).',
  ],
  sector_identifier_uri_missing: [
    'Pairwise subjects are one for each host, and the redirect URIs have several, or none.',
    `Register sector_identifier_uri. ${sectorList}`,
  ],
  sector_identifier_uri_unreachable: ['There was no answer of 200 from there in time.', sectorList],
  sector_identifier_uri_malformed: ['What is there is not a JSON array of texts.', sectorList],
  redirect_uri_not_in_sector: ['Whoever owns the sector does not name this redirect URI.', sectorList],
  frontchannel_logout_uri_elsewhere: [
    'The frame would be loaded from an origin that the client has shown nothing of.',
    'Use scheme, host and port of a redirect URI (OpenID Connect Front-Channel Logout §2).',
  ],

  redirect_uris_missing: [
    'The grant type sends browsers somewhere, and nothing says where.',
    'Register every redirect URI in full.',
  ],
  redirect_uri_relative: ['The URI has no scheme.', 'Write it in full, from https:// on.'],
  redirect_uri_not_https: [
    'A code in a plain http request can be read on its way.',
    'Register https; http is for loopback addresses alone.',
  ],
  redirect_uri_scheme_forbidden: [
    'Schemes such as javascript, data and file run or read something, and one without a dot belongs to nobody.',
    'Use https, or for a native application a scheme made of a domain that you own, backwards: com.example.app.',
  ],
  redirect_uri_loopback_of_web_client: [
    'Only an application on the person’s own device is reached at a loopback address.',
    'Register application_type native, or an https address.',
  ],
  redirect_uri_has_fragment: [
    'Answers come in the fragment themselves at times, and no server sees one.',
    'Leave out what follows the #.',
  ],
  redirect_uri_has_userinfo: [
    'What stands before an @ is taken for a host by hasty readers.',
    'Leave out the user name, and the @.',
  ],
  redirect_uri_has_wildcard: ['No pattern is read here.', 'Register each address in full.'],
  redirect_uri_host_malformed: ['The host is empty, or no name or address.', 'Write the host as browsers show it.'],
  redirect_uri_dot_segment: [
    'A browser would resolve /../ and the like first, and go elsewhere than the text says.',
    'Register the path that is left when it is resolved.',
  ],
  redirect_uri_character_forbidden: [
    'A space, a backslash, a control character or a letter beyond ASCII is read differently by different programs.',
    'Percent-encode it in path and query, and write the host in punycode.',
  ],
  redirect_uri_too_long: ['The URI has more than 2,048 characters.', 'Keep what it carries behind state instead.'],

  client_jwks_malformed: [
    'A key set is an object with the list keys, of 1 to 32 keys.',
    'Compare yours with RFC 7517 §5: a key by itself is not one, and neither is a PEM text.',
  ],
  client_jwk_private: [
    'The set has a private key in it (d, p, q), which everybody on the way could read.',
    `Make a new key pair. ${publicKeys}`,
  ],
  client_jwk_symmetric: ['A symmetric key is a secret, and no public key.', publicKeys],
  client_jwk_unsupported: ['Keys of this type or curve are not verified here.', 'Use EC on P-256, Ed25519 or RSA.'],
  client_jwk_weak: [
    'The key can be computed from its public half, or costs too much to use.',
    'Use RSA of 2,048 to 4,096 bits with the exponent 65537, or EC.',
  ],
  client_jwk_invalid: [
    'Its coordinates or modulus are damaged.',
    'Export the key again, in base64url without padding.',
  ],
  client_jwk_kid_missing: [
    'With several keys a signature has to say which made it.',
    'Give each key a kid, and write it into the header of what you sign.',
  ],
  client_jwk_kid_repeated: [
    'It would not be certain which key is meant.',
    'Give each key another kid, such as its thumbprint (RFC 7638).',
  ],
  client_jwk_certificate_foreign: [
    'The certificate beside the key does not hold that key.',
    'Put the certificate of the key first in x5c, as base64 of its DER form without lines.',
  ],

  registration_closed: [
    'The operator registers clients here, and nobody else does.',
    'Ask the operator; client_registration.dynamic of the configuration opens it.',
  ],
  registration_limited: [
    'Too many clients were registered from this network.',
    'Wait as long as Retry-After says; register a client once, and keep its client_id.',
  ],
  initial_access_token_missing: [
    'Registering is for those whom the operator gave a token.',
    'Send it as Authorization: Bearer; licet client initial-access-token makes one.',
  ],
  initial_access_token_malformed: [
    'What came as Bearer begins as no initial access token of this server.',
    'Copy the whole token, and check that it is of this server.',
  ],
  initial_access_token_refused: [
    'The token is unknown, too old, or has registered as many clients as it is for.',
    'Ask the operator for another.',
  ],
  registration_access_token_wrong: [
    'The token is not the one that came with this client, or was replaced by a later one.',
    'Store registration_access_token of each answer, beside the client_id it came with.',
  ],
  registration_of_other_client: [
    'client_id in the body is not the one in the address.',
    'Send the client_id that the registration answered.',
  ],
  registration_field_of_server: [
    'The body repeats a field that the server alone sets, such as registration_client_uri.',
    'Leave out what the answer to the registration added (RFC 7592 §2.2).',
  ],
  registration_secret_chosen: [
    'Clients choose no secrets here.',
    'Send client_secret as it was given, or leave it out.',
  ],
  client_authentication_expired_client: neverAllowed,
  client_registration_expired: neverAllowed,
  software_statement_malformed: [
    'The statement is not a signed JWT.',
    'Send it in compact form, as its issuer gave it to you.',
  ],
  software_statement_expired: ['The exp of the statement is past.', 'Ask its issuer for a new one.'],
  software_statement_for_others: [
    'The aud of the statement is another server.',
    'Ask its issuer for one for this server.',
  ],
  software_statement_issuer_unknown: [
    'The operator has not said that statements of this issuer are believed.',
    'Leave it out, or ask the operator for a row in client_registration.software_statements.',
  ],
  software_statement_signature_wrong: [
    'No key of its issuer made the signature.',
    'Send the statement as it was given: not decoded, not wrapped.',
  ],
  client_document_refused: [
    'client_id is an address whose host, form or document is not taken here.',
    'Compare it with the configuration’s client_registration.metadata_documents; the log line holds what is wrong.',
  ],
  client_document_unreachable: [
    'The address of the client did not answer 200 in time.',
    'Serve the document by https, without a redirect, within three seconds.',
  ],
  client_documents_limited: ['Many unknown applications are being looked up.', 'Try again in a moment.'],
  client_document_not_json: [
    'What is at the client_id is not a JSON object.',
    'Serve the metadata as application/json.',
  ],
  client_document_of_other_client: [
    'client_id in the document is not the address it was found at.',
    'Write the address, character by character.',
  ],
  client_document_has_secret: [
    'The document is public, so a secret in it is no secret.',
    'Use none or private_key_jwt, and leave client_secret out.',
  ],
  client_document_redirects_elsewhere: [
    'A redirect URI has another origin than the document: anybody could name somebody else’s address there.',
    'Put the document on the host of the application.',
  ],
} satisfies Readonly<Record<string, readonly [means: string, mend: string]>>
