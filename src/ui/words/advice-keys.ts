/** What is said of proofs of possession, client certificates, passwords, and how requests arrive: a part of `advice.ts`. */

const proofAnew = 'Make a new proof for each request, retries too.'
const itself = 'Nothing: it passes by itself. If it stays, the log says what is behind it.'
const noCertificate = [
  'No certificate came with the connection.',
  'Call the addresses in mtls_endpoint_aliases. A proxy must hand the certificate on in the field that mtls.header names.',
] as const
const fromProxy = 'It is most often a proxy that changed the request: compare what it sends with what came to it.'

/** By reason: what it means, and how to mend it. */
export const adviceOnKeys = {
  dpop_proof_missing: [
    'The client, or its token, is bound to a key by DPoP.',
    'Send the header DPoP with a proof (RFC 9449 §4.2).',
  ],
  sender_not_constrained: [
    'The profile of the client demands tokens that are bound to a key.',
    'Send a DPoP proof, or connect with the client certificate.',
  ],
  dpop_proof_malformed: [
    'The header came twice, or is not a signed JWT in compact form.',
    'Send one header with one proof.',
  ],
  dpop_type_wrong: ['A JWT made for another purpose is not a proof.', 'Set typ to dpop+jwt.'],
  dpop_algorithm_not_allowed: [
    'alg is none, symmetric, or not taken here.',
    'Use one of dpop_signing_alg_values_supported, best ES256.',
  ],
  dpop_key_unusable: [
    'jwk is missing, private, damaged, or of another type than alg needs.',
    'Put the public key into the header as jwk.',
  ],
  dpop_signature_wrong: ['The key in jwk did not make the signature.', 'Sign with the private half of that very key.'],
  dpop_jti_missing: ['Without jti a second use could not be noticed.', 'Add a new random jti to each proof.'],
  dpop_htm_mismatch: ['The proof was made for another method.', 'Set htm to the method of the request, in capitals.'],
  dpop_htu_mismatch: [
    'The proof was made for another address.',
    'Set htu to the address that is called, without query and fragment, at the host of the server metadata: behind a proxy too.',
  ],
  dpop_proof_not_current: ['iat is missing, or more than a minute from now.', `Set the clock by NTP. ${proofAnew}`],
  dpop_proof_replayed: ['This proof was used before.', proofAnew],
  dpop_nonce_needed: [
    'The server wants its own nonce in the proof.',
    'Repeat the request once with nonce set to the DPoP-Nonce of this answer, and keep it for the next.',
  ],
  dpop_ath_mismatch: [
    'ath is missing, or of another access token.',
    'Set ath to the SHA-256 of the access token, in base64url.',
  ],
  dpop_jkt_malformed: [
    'dpop_jkt is not a thumbprint.',
    'Send the SHA-256 thumbprint of the public key (RFC 7638), in base64url.',
  ],
  dpop_jkt_contradicted: ['dpop_jkt and the proof name two different keys.', 'Send one of them, or both for one key.'],
  code_of_another_key: [
    'The code was bound to another key than the proof has.',
    'Keep the key from the authorization request to the token request.',
  ],
  refresh_token_of_another_key: [
    'The refresh token is bound to a key that this request does not hold.',
    'Keep the key with the refresh token: neither is of use without the other.',
  ],
  access_token_of_another_key: [
    'The access token is bound to another key than the proof has.',
    'Keep the key that the token was asked for with.',
  ],
  access_token_scheme_mismatch: [
    'A token that is bound by DPoP came as Bearer, or the other way round.',
    'Use token_type of the token response as the scheme.',
  ],
  access_token_without_proof: [
    'The token is bound to a key, and nothing shows that you hold it.',
    'Send a DPoP proof with ath along with it.',
  ],
  certificate_of_token_missing: [
    'The client is registered for tokens that are bound to its certificate.',
    'Call the addresses in mtls_endpoint_aliases, with the client certificate.',
  ],
  access_token_of_another_certificate: [
    'The access token is bound to another certificate than the connection has.',
    'Present it on a connection with the certificate it was asked for with.',
  ],
  client_certificate_missing: noCertificate,
  self_signed_certificate_missing: noCertificate,
  self_signed_certificate_expired: [
    'The certificate is not valid yet, or not any more.',
    'Renew it, and register the new one first.',
  ],
  self_signed_certificate_unregistered: [
    'No key of the client has the certificate in its x5c.',
    'Register jwks or jwks_uri with the certificate in x5c; after a new one, publish it first.',
  ],
  client_certificate_expired: ['The certificate is not valid yet, or not any more.', 'Renew it.'],
  client_certificate_of_unknown_authority: [
    'No authority of mtls.authorities signed it.',
    'Put the certificate of the authority that signed it, not the root above, into that file.',
  ],
  client_certificate_subject_mismatch: [
    'The certificate has another name than is registered.',
    'Compare it with the tls_client_auth name of the client, to the character; several names of one kind may stand in it.',
  ],

  password_missing: [
    'The request has no password.',
    'Better: use the authorization code flow. This grant type is going away.',
  ],
  username_missing: [
    'The request has no username.',
    'Better: use the authorization code flow. This grant type is going away.',
  ],
  password_refused: [
    'Name and password do not go together, or this person needs a second factor, which this grant type cannot ask for.',
    'Use the authorization code flow.',
  ],
  password_not_enough: [
    'The operator requires more than a password of this application, for a scope value, or for a type of authorization details (required_acr).',
    'Use the authorization code flow.',
  ],
  password_throttled: [
    'Too many wrong passwords came for this account, or from this network.',
    'Wait as long as Retry-After says.',
  ],
  password_busy: ['More passwords are being checked than there is room for.', 'Wait as long as Retry-After says.'],

  userinfo_method_unsupported: [
    'Userinfo was called by another method.',
    'Use GET with the token in the Authorization header.',
  ],
  document_read_only: ['The document was called by a method other than GET and HEAD.', 'Use GET.'],
  asset_unknown: ['The file belongs to another version of the server.', 'Reload the page.'],
  form_too_large: [
    'The form is longer than any honest one.',
    'Send parameters, no documents; publish keys at an address.',
  ],
  body_too_large: [
    'The body has more than 65,536 bytes.',
    'Send parameters, no documents; publish keys at an address.',
  ],
  json_expected: ['The body is not JSON by its Content-Type.', 'Send application/json.'],
  json_malformed: [
    'The body is not a JSON object, or has a name twice, which two readers could read differently.',
    'Make it with a JSON library.',
  ],
  head_too_large: [
    'The address and the header fields are together longer than 32,768 bytes.',
    'Send a long authorization request by POST to the pushed authorization request endpoint, and delete old cookies.',
  ],
  head_unreadable: [
    'What came is not an HTTP/1.1 request: a malformed field, an unknown method, or TLS on a plain port.',
    fromProxy,
  ],
  request_too_slow: ['The request had not arrived in full within seconds.', fromProxy],
  body_unreadable: ['The body broke off, or its length is contradicted.', fromProxy],
  transfer_coding_not_taken: ['The body came in a coding that is not taken, or in two.', fromProxy],
  header_repeated: ['A field that two readers could read differently came twice.', fromProxy],
  headers_too_many: [
    'There are more header fields or cookies than any honest client sends.',
    'Delete the cookies of this site.',
  ],
  host_missing: ['The request has no Host.', fromProxy],
  target_malformed: [
    'The request target is not a path, or has characters that none has.',
    'Build the address with a URL library.',
  ],
  database_unavailable: ['The database does not answer. Nothing was lost: what was acknowledged is there.', itself],
  server_overloaded: [
    'More requests are coming than this process can answer, and it turned this one away rather than be late for all.',
    'Come back after Retry-After, later each time. Operators: start more processes, or find out who is asking so much.',
  ],
  not_ready: ['The server has not opened its database yet, or is going away.', itself],
  internal_failure: [
    'A mistake of ours. The log line has its cause.',
    'licet explain with the reference prints it; please report it.',
  ],
} satisfies Readonly<Record<string, readonly [means: string, mend: string]>>
