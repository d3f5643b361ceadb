/** What is said of signed, pushed and detailed requests, of devices, sign-out and the pages of people: a part of `advice.ts`. */

const signAnew = 'Sign a new request object for each request; a minute of life is enough.'
const pushAnew = 'Push the request again, and send the browser at once.'
const linkAnew = 'Use the newest message, or ask for another.'
const hintAsGiven = 'Send the id_token that this client received from this server, unchanged; an old one is good too.'

/** By reason: what it means, and how to mend it. */
export const adviceOnRequests = {
  request_not_pushed: [
    'The client, its profile, or this server asks for pushed requests, so that no browser can change them.',
    'POST the parameters to pushed_authorization_request_endpoint, and send the browser with client_id and request_uri alone.',
  ],
  request_not_signed: [
    'The client is registered with require_signed_request_object.',
    'Send the parameters in a signed request object, or change the registration.',
  ],
  request_object_twice: ['It would not be certain which of the two counts.', 'Send request or request_uri, once.'],
  request_object_contradicted: [
    'OpenID Connect asks for response_type next to the object, with the same value.',
    'Repeat response_type and client_id outside.',
  ],
  request_object_nested: ['An object may not point to another.', 'Take request and request_uri out of it.'],
  request_object_encrypted: [
    'The value has five parts: it is encrypted (JWE).',
    'Only sign it. To keep it from the browser, push it.',
  ],
  request_object_malformed: [
    'The value is not a JWS of three parts, or a claim has a value that no parameter can have.',
    'Write parameters as texts; only those that may come several times, such as resource, are lists.',
  ],
  request_object_algorithm_not_allowed: [
    'alg is none, or not request_object_signing_alg, or typ is that of another kind of JWT.',
    'Sign with the registered algorithm, and typ oauth-authz-req+jwt.',
  ],
  request_object_key_unknown: [
    'No registered key of the client fits kid and alg of the header.',
    'Compare the kid with jwks or jwks_uri; after a rotation, publish the new key before signing with it.',
  ],
  request_object_signature_wrong: [
    'The key that kid names did not make this signature.',
    'Check that the private key belongs to the registered public one, and that nothing was encoded again on the way.',
  ],
  request_object_of_another_client: [
    'client_id or iss in the object is not the client, or its sub is, as in a client assertion.',
    'Set client_id and iss to the client_id, and leave sub out.',
  ],
  request_object_audience_mismatch: [
    'aud is not this server.',
    'Set aud to the issuer, as the server metadata spells it.',
  ],
  request_object_expired: ['exp is past, by more than clocks may differ.', signAnew],
  request_object_not_yet_valid: [
    'nbf or iat lies in the future, by more than clocks may differ.',
    `Set the clock by NTP. ${signAnew}`,
  ],
  request_object_lives_too_long: [
    'exp or nbf is missing, or they are more than an hour apart or old.',
    `${signAnew} Times are in seconds.`,
  ],
  request_object_limited: [
    'This network sent too many request objects that the client had not signed.',
    'Mend how they are signed, then wait as long as Retry-After says.',
  ],
  request_uri_unsupported: [
    'An address in request_uri would be fetched, and the operator has not opened that.',
    'Push the request instead, or ask for authorization_requests.by_reference.',
  ],
  request_uri_unregistered: [
    'Only addresses that the client registered are fetched.',
    'Add it to request_uris of the client.',
  ],
  request_uri_unreadable: [
    'That address did not answer 200 in time, or the answer was too long.',
    'Serve the signed object, of at most 32 kB, by https and without a redirect.',
  ],
  request_uri_pushed: ['What is pushed is the request itself.', 'Leave request_uri out.'],
  pushed_request_expired: ['A pushed request is good for about a minute.', pushAnew],
  pushed_request_spent: ['The person has answered it already.', pushAnew],
  pushed_request_unknown: [
    'The value names nothing here: it was cut or guessed, or is of another server.',
    `Send request_uri as it was answered. ${pushAnew}`,
  ],
  pushed_request_of_another_client: ['Another client pushed it.', 'Send the client_id that pushed it.'],
  interactions_limited: [
    'So many sign-ins were begun from this network that it has to wait a moment to begin another.',
    'Try again in a moment. Where many people share one address, name it in throttle.exempt.',
  ],
  download_limited: [
    'One person had all that is kept about them put together several times within a few minutes.',
    'Wait a minute. The one that is on disk already holds the same.',
  ],
  push_limited: [
    'This network pushed too many requests for a client that proves nothing.',
    'Wait as long as Retry-After says, and push when somebody signs in, not before.',
  ],
  registration_unsupported: [
    'registration in a request is for self-issued providers.',
    'Register the client, and leave it out.',
  ],
  id_token_without_openid: ['An id_token says who somebody is, which openid asks for.', 'Add openid to scope.'],
  nonce_missing: [
    'An id_token that comes through the browser has to be tied to its request.',
    'Send a new random nonce, and compare it.',
  ],
  front_channel_token_unbound: [
    'The client is registered for tokens bound to a key, and one that comes through the browser is bound to none.',
    'Use response_type=code.',
  ],
  acr_unreachable: [
    'acr_values, or the claim acr, asks for what nobody can do here.',
    'Compare it with acr_values_supported, or ask for it as voluntary.',
  ],
  acr_not_reached: [
    'The person has no second factor that would do, and would rather not set one up.',
    'Ask for less, or send the person through the same request again.',
  ],
  subject_mismatch: [
    'id_token_hint, or the claim sub, names somebody other than whoever is signed in.',
    'Leave it out to let the person choose.',
  ],
  id_token_hint_invalid: ['The hint is not one of this server, or is damaged.', hintAsGiven],
  id_token_hint_of_another_client: ['The aud of the hint is another client.', hintAsGiven],
  client_encryption_key_missing: [
    'The registration asks for encrypted answers, and the key set has no key for that.',
    'Publish one with use enc and a fitting alg, or change the registration.',
  ],

  claims_malformed: [
    'claims is not a JSON object of the two members userinfo and id_token, or a claim in it is neither null nor an object.',
    'Send it as JSON, form-encoded once: {"userinfo":{"name":null}}.',
  ],
  claims_too_many: [
    'claims has more names or is longer than any honest request.',
    'Ask by scope for what belongs together.',
  ],
  authorization_details_malformed: [
    'The value is not a JSON array of objects, each with a type.',
    'Send the array as JSON, form-encoded once.',
  ],
  authorization_details_type_unknown: [
    'No protected resource of the request has this type.',
    'Compare it with authorization_details_types_supported; name the resource that has it.',
  ],
  authorization_details_type_not_allowed: [
    'The type exists, and the client is not registered for it.',
    'Add it to authorization_details_types of the client.',
  ],
  authorization_details_field_unknown: [
    'A field that nobody could show a person is not taken.',
    'Send only the fields of the type; the log line names this one.',
  ],
  authorization_details_field_invalid: [
    'A field that must be there is missing, or has a value of another kind.',
    'Amounts are an object with amount and currency, both texts.',
  ],
  authorization_details_not_granted: [
    'The token request asks for details other than those the person allowed.',
    'Send what the answer to the authorization said, or leave it out.',
  ],
  authorization_details_elsewhere: [
    'The details belong to several resources, and a token is for one.',
    'Ask for one resource at a time, by the same refresh token.',
  ],
  no_resource_left: [
    'The resources that were authorized have been removed or switched off.',
    'Ask the operator, then begin a new authorization request.',
  ],
  resource_gone: ['The resource was removed or switched off.', 'Ask the operator.'],
  protected_resource_unknown: [
    'No protected resource is known by this address.',
    'Compare it with what licet resource list prints.',
  ],
  standing_lost: [
    'The grant, the session or the client ended while the answer was being made.',
    'Begin a new authorization request.',
  ],

  device_grant_not_held: [
    'The client is not registered for devices.',
    'Add urn:ietf:params:oauth:grant-type:device_code to its grant_types.',
  ],
  device_authorization_limited: [
    'This network asked for too many codes.',
    'Wait as long as Retry-After says; ask for a code when somebody is there to enter it.',
  ],
  device_code_missing: ['The request has no device_code.', 'Send the one that the device authorization answered.'],
  device_code_unknown: [
    'The value is not a device code of this server, or not whole.',
    'Send device_code, not user_code.',
  ],
  device_code_of_another_client: ['Another client asked for it.', 'Send the client_id that asked.'],
  device_code_spent: [
    'Its tokens were fetched already.',
    'Stop asking after the first answer with tokens, and store them.',
  ],
  device_code_expired: ['Nobody answered within ten minutes.', 'Ask for new codes, and show them.'],
  device_polled_early: ['The device asks more often than interval says.', 'Wait five seconds more from now on.'],
  device_undecided: ['The person has not entered the code, or not decided.', 'Ask again after interval seconds.'],
  device_denied: ['The person was asked, and said no.', 'Stop asking; offer to start over.'],

  logout_request_malformed: [
    'A parameter came twice, or the query is not form encoding.',
    'Build the address with a URL library.',
  ],
  logout_client_unknown: [
    'client_id names no client here.',
    'Send the client_id of the application, or an id_token_hint.',
  ],
  logout_hint_not_ours: ['The hint is not one of this server, or was changed.', hintAsGiven],
  logout_hint_of_another_client: [
    'client_id and the aud of the hint contradict each other.',
    'Send both for one client.',
  ],
  post_logout_redirect_uri_unregistered: [
    'Addresses after signing out are compared character by character too.',
    'Add it to post_logout_redirect_uris of the client, exactly so.',
  ],
  post_logout_redirect_uri_without_client: [
    'Whose address it is has to be known first.',
    'Send id_token_hint or client_id.',
  ],
  session_management_off: [
    'This server does not tell frames of a sign-out.',
    'session_management of the configuration turns it on; back-channel logout needs no frame.',
  ],

  receipt_unknown: ['No receipt has this name, or it is somebody else’s.', 'Open it from the account page.'],
  mail_not_configured: ['The server has no way to send mail.', 'Set mail.smtp and mail.from in the configuration.'],
  registration_off: [
    'Here the operator makes accounts.',
    'Ask for one; account_registration of the configuration opens it.',
  ],
  account_deletion_off: [
    'Here the operator deletes accounts.',
    'Ask for it; account_deletion of the configuration lets people do it.',
  ],
  email_codes_off: [
    'Signing in by a code from a letter is switched off here.',
    'Sign in as the page offers it; sign_in.email_codes switches it on.',
  ],
  upstream_unknown: [
    'There is no provider of this name at which people can sign in.',
    'Register the redirect URI that ends in the id of an upstream provider of the configuration.',
  ],
  interaction_expired: [
    'The person took longer than lifetimes.interaction, or the address is not one of a sign-in here.',
    'Start over, as the page offers; a longer lifetime leaves more time.',
  ],
  interaction_finished: [
    'The request was answered already, and its code was redeemed or is too old.',
    'Start over in the application.',
  ],
  interaction_elsewhere: [
    'The address of a sign-in came without the cookie of the browser that began it: a link that was handed on, or cookies that were deleted.',
    'Start over in this browser. A proxy must pass on Cookie and Set-Cookie.',
  ],
  mail_link_over: ['The link of a letter was used before, or is older than the letter says.', linkAnew],
  mail_link_unknown: ['The link was cut, used up, or is of another server.', linkAnew],
  stop_link_unknown: ['The link was cut, or is of another server.', `${linkAnew} The account page ends access too.`],
  stop_link_expired: ['The link is too old to act on by itself.', 'Sign in to the account page, and end access there.'],
  explanation_unknown: ['No error has this name.', 'Take the address from error_uri.'],
  form_from_elsewhere: [
    'The browser says that another site sent the form.',
    'Open the page here, and send it from there. A proxy must pass Origin and Sec-Fetch-Site on.',
  ],
} satisfies Readonly<Record<string, readonly [means: string, mend: string]>>
