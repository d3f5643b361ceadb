/**
 * The one check of client metadata: RFC 7591 §2, OpenID Connect Registration §2. Configuration, command line, dynamic
 * registration and metadata documents all come through here, for creating and for changing alike, so that no way in is
 * laxer than the others.
 */
import { isMapping } from '../kernel/mapping.ts'
import { nearest } from '../kernel/nearest.ts'
import { OAuthError, refusal, type Detail } from '../kernel/refusal.ts'
import type { Seconds } from '../kernel/time.ts'
import { requirableAcrValues } from '../vocabulary/authentication.ts'
import { responseTypes as everyResponseType } from '../vocabulary/response-types.ts'
import type { ApplicationType, ClientMetadata, TokenEndpointAuthMethod } from '../vocabulary/client-metadata.ts'
import { baseFields, fieldMalformed, oneOf, scopeValues, wholeNumber, yesOrNo } from './client-metadata-fields.ts'
import type { FieldReader, UriPolicy } from './client-metadata-fields.ts'
import { findOpenIdMistakes } from './client-metadata-openid.ts'
import type { Profile } from './client.ts'
import { ignoredMetadata } from './ignored-metadata.ts'
import { checkRedirectUri } from './registered-redirect-uri.ts'
import { readTaggedName } from './tagged-metadata.ts'

const notAnObject = refusal(
  'invalid_client_metadata',
  'client_metadata_not_an_object',
  'The client metadata is not a JSON object',
)
const unknownField = refusal(
  'invalid_client_metadata',
  'client_metadata_unknown',
  'The client metadata has a field with an unknown name',
)
const redirectUrisMissing = refusal(
  'invalid_redirect_uri',
  'redirect_uris_missing',
  'redirect_uris is required for this grant type',
)
const logoutFrameElsewhere = refusal(
  'invalid_client_metadata',
  'frontchannel_logout_uri_elsewhere',
  'frontchannel_logout_uri must have the origin of a redirect URI',
)
const grantNotOffered = refusal(
  'invalid_client_metadata',
  'grant_types_not_offered',
  'A grant type is not offered here',
)
const responseNotOffered = refusal(
  'invalid_client_metadata',
  'response_types_not_offered',
  'A response type is not offered here',
)
const inconsistent = refusal(
  'invalid_client_metadata',
  'response_types_inconsistent',
  'grant_types and response_types contradict each other',
)
const methodNotOffered = refusal(
  'invalid_client_metadata',
  'token_endpoint_auth_method_not_offered',
  'The token_endpoint_auth_method is not offered here',
)
const certificateTokensNotOffered = refusal(
  'invalid_client_metadata',
  'certificate_bound_tokens_not_offered',
  'tls_client_certificate_bound_access_tokens is not offered here: no certificate can reach this server',
)
const machineWithoutCredentials = refusal(
  'invalid_client_metadata',
  'client_credentials_of_public_client',
  'The grant type client_credentials needs a token_endpoint_auth_method other than none',
)
const keysMissing = refusal(
  'invalid_client_metadata',
  'client_keys_missing',
  'This token_endpoint_auth_method, or require_signed_request_object, needs jwks or jwks_uri',
)
const certificateNames = refusal(
  'invalid_client_metadata',
  'client_certificate_names',
  'tls_client_auth needs exactly one of the tls_client_auth names',
)
const keysTwice = refusal('invalid_client_metadata', 'client_keys_twice', 'jwks and jwks_uri exclude each other')
const scopeNotOffered = refusal(
  'invalid_client_metadata',
  'client_scope_not_offered',
  'A scope value is not offered here',
)
const defaultScopeTooWide = refusal(
  'invalid_client_metadata',
  'default_scope_too_wide',
  'default_scope has a value that scope does not have',
)

/** Who may say what about a client. */
export interface ClientMetadataPolicy extends UriPolicy {
  /**
   * `operator`: configuration and command line. `stranger`: whoever sends a registration or hosts a metadata document.
   * What is ours to decide (`first_party`, `profile` …) is taken from an operator only, and what is not offered is refused
   * to an operator and left out for a stranger (RFC 7591 §3.2.1 lets a server replace values).
   */
  readonly author: 'operator' | 'stranger'
  /** Whether a field that means nothing here is a slip to report, or a word of some extension to pass over (RFC 7591 §2). */
  readonly unknown: 'ignore' | 'refuse'
  /** The grant types this author may give a client; of these, those that the server has. */
  readonly grant_types: readonly string[]
  readonly token_endpoint_auth_methods: readonly TokenEndpointAuthMethod[]
  /** The scope values this author may give a client; undefined = any. */
  readonly scopes?: readonly string[]
  /** The brandings this author may give a client; undefined = none. */
  readonly brandings?: readonly string[]
}

/** What the check makes of client metadata: the part of a `Client` that its author decides. */
export interface CheckedClient {
  readonly metadata: ClientMetadata
  readonly first_party: boolean
  readonly profile: Profile
  readonly refresh_replay_window: Seconds
}

/** Twenty languages of every field that people read, or all there are of its name. */
const mostTagged = 100

const ourFields = {
  first_party: yesOrNo,
  profile: oneOf(['oauth21', 'oidc', 'fapi2', 'legacy']),
  refresh_replay_window: wholeNumber(0, 600),
  default_scope: scopeValues,
  required_acr: oneOf(requirableAcrValues),
} as const satisfies Readonly<Record<string, FieldReader<unknown>>>

/** What was given, each field read by itself. */
type Given = Partial<ClientMetadata> & Partial<Omit<CheckedClient, 'metadata'>>

/** A mistake is either thrown, or kept so that all can be shown at once. */
type Report = (mistake: OAuthError) => void

/**
 * Checks client metadata, fills in what the RFC assumes where nothing is said, and returns what a client record holds.
 *
 * Where the author is an operator, the caller removes what is not metadata (`client_id`, `client_secret` and the like);
 * from a stranger such fields are ignored, like everything that only we may decide.
 *
 * @param input parsed JSON or YAML; never changed
 * @throws {OAuthError} `invalid_client_metadata` or `invalid_redirect_uri`, a reason for each rule
 */
export function checkClientMetadata(input: unknown, policy: ClientMetadataPolicy): CheckedClient {
  const report: Report = (mistake) => {
    throw mistake
  }
  return checkTogether(readFields(input, policy, report), policy, report)
}

/** Lists every mistake in client metadata, for an operator who wants to mend all of them at once. */
export function findClientMetadataMistakes(input: unknown, policy: ClientMetadataPolicy): readonly OAuthError[] {
  const mistakes: OAuthError[] = []
  const report: Report = (mistake) => void mistakes.push(mistake)
  const given = readFields(input, policy, report)
  // What fields mean together can only be judged of fields that could be read.
  if (mistakes.every((mistake) => mistake.reason === unknownField.reason)) checkTogether(given, policy, report)
  else checkRedirectUris(given, policy, report)
  return mistakes
}

function readFields(input: unknown, policy: ClientMetadataPolicy, report: Report): Given {
  if (!isMapping(input)) {
    report(notAnObject())
    return {}
  }
  const fields = { ...baseFields, ...(policy.author === 'operator' ? operatorFields(policy) : {}) }
  const readers = new Map<string, FieldReader<unknown>>(Object.entries(fields))
  const given: Record<string, unknown> = {}
  let tagged = 0
  for (const [name, value] of Object.entries(input)) {
    const tag = readTaggedName(name)
    if (tag !== undefined && (tagged += 1) === mostTagged + 1) {
      report(fieldMalformed(name, `one of at most ${mostTagged} fields with a language`))
    }
    const reader = readers.get(tag?.field ?? name)
    if (reader === undefined) {
      if (policy.unknown === 'refuse') report(unknownField({ parameter: name, ...whyUnknown(name, readers) }))
    } else if (value !== undefined && value !== null) {
      attempt(() => (given[name] = reader(value, name, policy)), report)
    }
  }
  return given as Given // each value was made by the reader of its name
}

/** A stranger may not say what our pages look like: they would make the best of forgeries (BR-27). */
function operatorFields({ brandings = [] }: ClientMetadataPolicy): Readonly<Record<string, FieldReader<unknown>>> {
  return { ...ourFields, branding: oneOf(brandings) }
}

/** Why a field means nothing here: nobody reads it, or it is a slip of a known one. */
function whyUnknown(name: string, readers: ReadonlyMap<string, unknown>): Detail {
  if (Object.hasOwn(ignoredMetadata, name)) return { why: ignoredMetadata[name] }
  return { nearest: nearest(name, readers.keys()) }
}

/** Judges what the fields mean together. The order is that in which each rule needs the one before it. */
function checkTogether(given: Given, policy: ClientMetadataPolicy, report: Report): CheckedClient {
  const { first_party = false, profile = 'oauth21', refresh_replay_window = 60, ...named } = given
  // RFC 7591 §2: a client that says nothing uses HTTP Basic.
  const token_endpoint_auth_method = named.token_endpoint_auth_method ?? 'client_secret_basic'
  const offeredGrants = offered(named.grant_types ?? ['authorization_code'], policy.grant_types, policy)
  if (offeredGrants === undefined) report(grantNotOffered({ offered: policy.grant_types, given: named.grant_types }))
  const grant_types = offeredGrants ?? []
  const response_types = responseTypes(named.response_types, grant_types, policy, report)
  const redirect_uris = named.redirect_uris ?? []
  const application_type = checkRedirectUris(named, policy, report)
  if (redirect_uris.length === 0 && response_types.length > 0) report(redirectUrisMissing())
  checkLogoutFrame(named.frontchannel_logout_uri, redirect_uris, report)
  checkAuthentication({ ...named, token_endpoint_auth_method, grant_types }, policy, report)
  const metadata: ClientMetadata = {
    ...named,
    ...(policy.author === 'stranger' ? strangersScope(named, policy) : checkScope(named, policy, report)),
    redirect_uris,
    token_endpoint_auth_method,
    grant_types,
    response_types,
    application_type,
  }
  findOpenIdMistakes(metadata, profile).forEach(report)
  return { metadata, first_party, profile, refresh_replay_window }
}

/** Judges every URI that a browser is sent to, by the type of application that is given or likely; returns that type. */
function checkRedirectUris(given: Given, policy: ClientMetadataPolicy, report: Report): ApplicationType {
  const { redirect_uris = [], post_logout_redirect_uris = [], token_endpoint_auth_method } = given
  const application_type = given.application_type ?? likelyType(redirect_uris, token_endpoint_auth_method)
  // On a developer's machine, too, a stranger that calls itself a web application is held to it (DR-04).
  const isHeldToIt = policy.author === 'stranger' && given.application_type === 'web'
  const allow_http_loopback = policy.allow_http_loopback && !isHeldToIt
  for (const uri of [...redirect_uris, ...post_logout_redirect_uris]) {
    attempt(() => checkRedirectUri(uri, { application_type, allow_http_loopback }), report)
  }
  return application_type
}

/** What of the given values is offered; undefined when the author must be told no. */
function offered(
  given: readonly string[],
  all: readonly string[],
  policy: ClientMetadataPolicy,
): readonly string[] | undefined {
  const kept = given.filter((value) => all.includes(value))
  const enough = policy.author === 'operator' ? kept.length === given.length : kept.length > 0
  return enough ? kept : undefined
}

/** RFC 7591 §2.1: `code` goes with `authorization_code`, `token` and `id_token` with `implicit`, and the other way round. */
function responseTypes(
  given: readonly string[] | undefined,
  grant_types: readonly string[],
  policy: ClientMetadataPolicy,
  report: Report,
): readonly string[] {
  const visits = grant_types.includes('authorization_code')
  if (given === undefined) return visits ? ['code'] : []
  const implicit = grant_types.includes('implicit')
  const offeredTypes = policy.grant_types.includes('implicit') ? everyResponseType : ['code']
  const kept = given.length === 0 ? [] : offered(given, offeredTypes, policy)
  if (kept === undefined) {
    report(responseNotOffered({ offered: offeredTypes, given }))
    return []
  }
  const words = new Set(kept.flatMap((type) => type.split(' ')))
  const asksImplicit = words.has('token') || words.has('id_token')
  if (words.has('code') !== visits || asksImplicit !== implicit)
    report(inconsistent({ grant_types, response_types: kept }))
  return kept
}

/**
 * OpenID Connect Registration §2 assumes `web` where nothing is said. A public client that returns to its own device and
 * says nothing can only be native; refusing it would lock out most command-line tools and agents.
 */
function likelyType(redirect_uris: readonly string[], method: TokenEndpointAuthMethod | undefined): ApplicationType {
  return method === 'none' && redirect_uris.some((uri) => !uri.startsWith('https:')) ? 'native' : 'web'
}

/** OpenID Connect Front-Channel Logout §2: scheme, host and port are those of a redirect URI. */
function checkLogoutFrame(uri: string | undefined, redirect_uris: readonly string[], report: Report): void {
  const origin = uri && URL.parse(uri)?.origin
  if (origin === undefined || redirect_uris.some((one) => URL.parse(one)?.origin === origin)) return
  report(logoutFrameElsewhere({ uri }))
}

/** Which name of its certificate is a client's, RFC 8705 §2.1.2. */
const certificateNameFields = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const
type CertificateName = (typeof certificateNameFields)[number]

function checkAuthentication(
  metadata: Pick<
    ClientMetadata,
    | 'token_endpoint_auth_method'
    | 'grant_types'
    | 'jwks'
    | 'jwks_uri'
    | 'tls_client_certificate_bound_access_tokens'
    | 'require_signed_request_object'
    | CertificateName
  >,
  policy: ClientMetadataPolicy,
  report: Report,
): void {
  const method = metadata.token_endpoint_auth_method
  const detail = { token_endpoint_auth_method: method }
  if (!policy.token_endpoint_auth_methods.includes(method)) report(methodNotOffered(detail))
  // RFC 8705 §3.3: where it is not advertised no certificate arrives, and such a client could have no token at all.
  const isBound = metadata.tls_client_certificate_bound_access_tokens === true
  if (isBound && !policy.token_endpoint_auth_methods.includes('tls_client_auth')) report(certificateTokensNotOffered())
  // RFC 6749 §4.4: for confidential clients only.
  if (method === 'none' && metadata.grant_types.includes('client_credentials')) report(machineWithoutCredentials())
  // RFC 7591 §2: the two exclude each other.
  if (metadata.jwks !== undefined && metadata.jwks_uri !== undefined) report(keysTwice())
  // RFC 9101 §10.5: of a client that must sign its requests and has no key, none could ever be taken.
  const needsKeys =
    method === 'private_key_jwt' ||
    method === 'self_signed_tls_client_auth' ||
    metadata.require_signed_request_object === true
  if (needsKeys && metadata.jwks === undefined && metadata.jwks_uri === undefined) report(keysMissing(detail))
  // RFC 8705 §2.1.2: exactly one of them.
  const names = certificateNameFields.filter((name) => metadata[name] !== undefined)
  if (method === 'tls_client_auth' && names.length !== 1) report(certificateNames({ given: names }))
}

type ScopeOfClient = Partial<Pick<ClientMetadata, 'scope' | 'default_scope'>>

/**
 * The scope that a stranger's client may ask for: all that is offered to strangers, and never more (DR-05). What it named
 * of that is what it gets when it asks for nothing in particular (RFC 7591 §2 lets a server replace values).
 *
 * An agent registers with the scope of its first request, and asks for more when an API wants more (RFC 6750 §3.1). Held to
 * what it named it would have no way on but another registration, which it can have at any time; a person decides anyway.
 */
function strangersScope(given: Given, { scopes }: ClientMetadataPolicy): ScopeOfClient {
  if (scopes === undefined) return {}
  const named = valuesOf(given.scope ?? '')
  const default_scope = named.filter((value) => scopes.includes(value)).join(' ')
  return { scope: scopes.join(' '), ...(named.length > 0 && { default_scope }) }
}

/** The scope that an operator lets a client ask for. */
function checkScope(given: Given, { scopes }: ClientMetadataPolicy, report: Report): ScopeOfClient {
  if (given.scope === undefined) return {}
  const values = valuesOf(given.scope)
  const beyond = scopes === undefined ? [] : values.filter((value) => !scopes.includes(value))
  if (beyond.length > 0) report(scopeNotOffered({ scope: beyond }))
  const extra = valuesOf(given.default_scope ?? '').filter((value) => !values.includes(value))
  if (extra.length > 0) report(defaultScopeTooWide({ default_scope: extra }))
  return { scope: values.join(' ') }
}

/** An empty text names nothing: clients send it that have none in mind. */
function valuesOf(scope: string): readonly string[] {
  return scope.split(' ').filter((value) => value !== '')
}

function attempt(step: () => void, report: Report): void {
  try {
    step()
  } catch (mistake) {
    if (!(mistake instanceof OAuthError)) throw mistake
    report(mistake)
  }
}
