/** How each field of client metadata is read by itself; what fields mean together is up to `checkClientMetadata`. */
import { readDistinguishedName } from '../kernel/distinguished-name.ts'
import { isMapping } from '../kernel/mapping.ts'
import { isAddress } from '../kernel/network.ts'
import { refusal, type OAuthError } from '../kernel/refusal.ts'
import type { ClientMetadata, TokenEndpointAuthMethod } from '../vocabulary/client-metadata.ts'
import {
  contentEncryptionAlgorithms,
  keyManagementAlgorithms,
  signingAlgorithms as ourSigningAlgorithms,
} from '../vocabulary/algorithms.ts'
import { readClientName } from './client-name.ts'
import { readLoopbackRedirect } from './loopback-redirect.ts'
import { readPublicJwks } from './public-jwks.ts'

const malformed = refusal(
  'invalid_client_metadata',
  'client_metadata_malformed',
  'A field of the client metadata has the wrong type or a value that it cannot have',
)
const uriUnsafe = refusal(
  'invalid_client_metadata',
  'client_uri_unsafe',
  'A URI in the client metadata is not an absolute https URI without a user name',
)

/** Which URIs, other than redirect URIs, may do without https. */
export interface UriPolicy {
  /** True: addresses of this machine may be http (development). */
  readonly allow_http_loopback: boolean
  /** `host:port` that our own requests may reach by http: the setting `outbound.allow`. */
  readonly outbound_allow: readonly string[]
}

/** Reads one field, or throws why not. `name` is for the operator's log. */
export type FieldReader<Value> = (value: unknown, name: string, policy: UriPolicy) => Value

/** A reader for each of some fields. */
type FieldReaders = {
  readonly [Name in keyof ClientMetadata]?: FieldReader<Exclude<ClientMetadata[Name], undefined>>
}

const uriCharacters = /^[\x21\x23-\x5b\x5d\x5f\x61-\x7a\x7e]+$/
/** RFC 6749 §3.3: tokens of visible ASCII but for the quotation mark and the backslash. */
const scopeTokens = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/
/** Asymmetric algorithms of RFC 7518 §3.1 and RFC 9864 §2; `none` and HMAC are not among them. */
const signingAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
] as const
const authMethods: readonly TokenEndpointAuthMethod[] = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
]

/** Makes the error for a field that cannot be read; `expected` is for the operator. */
export function fieldMalformed(parameter: string, expected: string): OAuthError {
  return malformed({ parameter, expected })
}

/** Makes a reader of texts of 1 to `longest` characters. */
function text(longest: number): FieldReader<string> {
  return (value, name) => {
    if (typeof value !== 'string' || value === '' || value.length > longest) {
      throw fieldMalformed(name, `a text of 1 to ${longest} characters`)
    }
    return value
  }
}

/** Makes a reader of arrays of 0 to `most` texts; repetitions are dropped. */
function texts(most: number, longest: number): FieldReader<readonly string[]> {
  const one = text(longest)
  return (value, name, policy) => {
    if (!Array.isArray(value) || value.length > most) throw fieldMalformed(name, `a list of at most ${most} texts`)
    return [...new Set(value.map((item: unknown) => one(item, name, policy)))]
  }
}

/** Makes a reader that takes one of some words. */
export function oneOf<Word extends string>(words: readonly Word[]): FieldReader<Word> {
  return (value, name) => {
    const word = words.find((known) => known === value)
    if (word === undefined)
      throw fieldMalformed(name, words.length === 0 ? 'absent: there is none' : `one of ${words.join(', ')}`)
    return word
  }
}

/** Makes a reader of whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most: number): FieldReader<number> {
  return (value, name) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw fieldMalformed(name, `a whole number from ${least} to ${most}`)
    }
    return value
  }
}

/** Reads true or false. */
export const yesOrNo: FieldReader<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw fieldMalformed(name, 'true or false')
  return value
}

/** Reads an absolute URI: https, or http where the policy says so; without user name, at most 2048 characters. */
const webUri: FieldReader<string> = (value, name, policy) => {
  const uri = text(2048)(value, name, policy)
  const detail = { parameter: name, uri }
  if (!uriCharacters.test(uri) || !/^https?:\/\/[^/?#@]+(?:[/?#]|$)/.test(uri) || !URL.canParse(uri))
    throw uriUnsafe(detail)
  if (uri.startsWith('https:')) return uri
  const { hostname, port } = new URL(uri)
  const loopback = policy.allow_http_loopback && readLoopbackRedirect(uri.split('#', 1)[0] ?? '') !== undefined
  if (!loopback && !policy.outbound_allow.includes(`${hostname}:${port || '80'}`)) throw uriUnsafe(detail)
  return uri
}

/** Reads an absolute https URI: what a browser or we ourselves visit on a stranger's word is never fetched in clear. */
const httpsUri: FieldReader<string> = (value, name, policy) => {
  const uri = webUri(value, name, policy)
  if (!uri.startsWith('https:')) throw uriUnsafe({ parameter: name, uri })
  return uri
}

/** Reads where a client is told of sign-outs: as `webUri`, and without a fragment, which would not reach it. */
const logoutUri: FieldReader<string> = (value, name, policy) => {
  const uri = webUri(value, name, policy)
  if (uri.includes('#')) throw uriUnsafe({ parameter: name, uri })
  return uri
}

/** Reads the address of a frame in our own page: https alone. */
const logoutFrameUri: FieldReader<string> = (value, name, policy) =>
  httpsUri(logoutUri(value, name, policy), name, policy)

/** Reads scope values, space-separated, each once; `[]` and `['a','b']` as some libraries send them are not taken. */
export const scopeValues: FieldReader<string> = (value, name) => {
  if (typeof value !== 'string' || value.length > 4096 || !(value === '' || scopeTokens.test(value))) {
    throw fieldMalformed(name, 'scope values separated by single spaces')
  }
  return [...new Set(value.split(' '))].join(' ')
}

/** Reads what scope values are wanted for: at most 100, each of 1 to 300 characters. Pages show them disarmed. */
const scopePurposes: FieldReader<Readonly<Record<string, string>>> = (value, name, policy) => {
  if (!isMapping(value) || Object.keys(value).length > 100) {
    throw fieldMalformed(name, 'at most 100 texts by scope value')
  }
  const one = text(300)
  return Object.fromEntries(
    Object.entries(value).map(([scope, purpose]) => {
      if (!scopeTokens.test(scope) || scope.includes(' ')) throw fieldMalformed(name, 'texts by scope value')
      return [scope, one(purpose, name, policy)]
    }),
  )
}

/** Reads a list of redirect URIs as texts; what each of them may be depends on other fields (`checkRedirectUri`). */
const redirectUris: FieldReader<readonly string[]> = (value, name) => {
  if (!Array.isArray(value) || value.length > 100) throw fieldMalformed(name, 'a list of at most 100 URIs')
  if (!value.every((uri) => typeof uri === 'string')) throw fieldMalformed(name, 'a list of texts')
  return [...new Set(value)]
}

/**
 * Reads where request objects may be fetched from, OpenID Connect Registration §2: https, at most 512 characters; a
 * fragment may name what is there.
 */
const requestUris: FieldReader<readonly string[]> = (value, name, policy) => {
  const uris = texts(20, 512)(value, name, policy)
  for (const uri of uris) webUri(uri.split('#', 1)[0], name, policy)
  return uris
}

/** The fields that any author may write. */
export const baseFields = {
  redirect_uris: redirectUris,
  token_endpoint_auth_method: oneOf(authMethods),
  token_endpoint_auth_signing_alg: oneOf(signingAlgorithms),
  grant_types: texts(20, 200),
  response_types: (value, name, policy) => [
    ...new Set(texts(20, 200)(value, name, policy).map((type) => type.split(' ').sort().join(' '))),
  ],
  application_type: oneOf(['web', 'native']),
  client_name: (value, name) => {
    if (typeof value !== 'string') throw fieldMalformed(name, 'a text')
    return readClientName(value)
  },
  client_uri: webUri,
  logo_uri: webUri,
  tos_uri: webUri,
  policy_uri: webUri,
  contacts: texts(10, 320),
  scope: scopeValues,
  optional_scope: scopeValues,
  purposes: scopePurposes,
  jwks: readPublicJwks,
  jwks_uri: webUri,
  software_id: text(200),
  software_version: text(200),
  software_statement: text(16_384),
  subject_type: oneOf(['public', 'pairwise']),
  sector_identifier_uri: httpsUri,
  id_token_signed_response_alg: oneOf(ourSigningAlgorithms),
  id_token_encrypted_response_alg: oneOf(keyManagementAlgorithms),
  id_token_encrypted_response_enc: oneOf(contentEncryptionAlgorithms),
  userinfo_signed_response_alg: oneOf(ourSigningAlgorithms),
  userinfo_encrypted_response_alg: oneOf(keyManagementAlgorithms),
  userinfo_encrypted_response_enc: oneOf(contentEncryptionAlgorithms),
  authorization_signed_response_alg: oneOf(ourSigningAlgorithms),
  authorization_encrypted_response_alg: oneOf(keyManagementAlgorithms),
  authorization_encrypted_response_enc: oneOf(contentEncryptionAlgorithms),
  request_object_signing_alg: oneOf(signingAlgorithms),
  request_uris: requestUris,
  require_signed_request_object: yesOrNo,
  authorization_details_types: texts(50, 200),
  require_pushed_authorization_requests: yesOrNo,
  default_max_age: wholeNumber(0, 31_536_000),
  require_auth_time: yesOrNo,
  default_acr_values: texts(10, 200),
  initiate_login_uri: httpsUri,
  post_logout_redirect_uris: redirectUris,
  dpop_bound_access_tokens: yesOrNo,
  tls_client_certificate_bound_access_tokens: yesOrNo,
  tls_client_auth_subject_dn: (value, name, policy) => {
    const dn = text(2048)(value, name, policy)
    if (readDistinguishedName(dn) === undefined)
      throw fieldMalformed(name, 'a distinguished name as RFC 4514 spells it')
    return dn
  },
  tls_client_auth_san_dns: text(253),
  tls_client_auth_san_uri: text(2048),
  tls_client_auth_san_ip: (value, name, policy) => {
    const address = text(45)(value, name, policy)
    if (!isAddress(address)) throw fieldMalformed(name, 'an IP address')
    return address
  },
  tls_client_auth_san_email: text(320),
  use_mtls_endpoint_aliases: yesOrNo,
  backchannel_logout_uri: logoutUri,
  backchannel_logout_session_required: yesOrNo,
  frontchannel_logout_uri: logoutFrameUri,
  frontchannel_logout_session_required: yesOrNo,
} satisfies FieldReaders
