/**
 * Signing in at other providers. `openid-client` makes the requests and judges the answers; each of its requests leaves
 * by the one guard, and everything that it accepts is read here once more into words of ours.
 *
 * A provider's document is asked for when somebody goes there, and kept for an hour, unless it led nowhere. While a
 * provider is down, nobody waits for it but those who choose it.
 */
import type * as Library from 'openid-client'
import type { Configuration, CustomFetch, DiscoveryRequestOptions } from 'openid-client'
import { readAddress } from '../domain/mail-address.ts'
import type { Outbound, OutboundLimits } from '../domain/outbound.ts'
import {
  upstreamRedirectUri,
  type UpstreamAnswer,
  type UpstreamEndpoints,
  type UpstreamFailure,
  type UpstreamProvider,
  type UpstreamRequest,
  type Upstreams,
  type UpstreamSignIn,
} from '../domain/upstream.ts'
import { isMapping } from '../kernel/mapping.ts'
import { systemClock, type Clock, type EpochSeconds, type Seconds } from '../kernel/time.ts'
import { amrValues } from '../vocabulary/authentication.ts'

type Client = typeof Library

/** What signing in elsewhere is made with. */
export interface UpstreamsParts {
  readonly providers: readonly UpstreamProvider[]
  readonly issuer: string
  readonly outbound: Outbound
  readonly clock: Clock
}

/** What one request may cost: these are the operator's own providers, and a person is waiting. */
const limits = { maximum: 262_144, timeout: 8000 } as const satisfies Partial<OutboundLimits>
const documentFreshFor: Seconds = 3600
/** How much of a name or an address from elsewhere is kept, in UTF-16 units. */
const longestLabel = 254
/** The longest subject: `sub` has 255 characters at most, OpenID Connect Core §2. */
const longestSubject = 255

/** A request of the library that had no answer, with what the guard says of it. */
class Unanswered extends Error {}
/** An answer that is not what it has to be. */
class Unfit extends Error {}

interface Memory {
  document?: { readonly body: Uint8Array<ArrayBuffer>; readonly until: EpochSeconds }
  keys?: Parameters<Client['setJwksCache']>[1]
}

/** Opens the way to other providers, one memory for the process. */
export function openUpstreams(parts: UpstreamsParts): Upstreams {
  const { providers, issuer, clock, outbound } = parts
  const memories = new Map(providers.map(({ id }): [string, Memory] => [id, {}]))

  async function configured(provider: UpstreamProvider, library: Client): Promise<Configuration> {
    const memory = memories.get(provider.id) ?? {}
    const get = guardedFetch(parts, memory)
    const metadata = {
      // The library reads the system's clock; ours is the one that counts.
      [library.clockSkew]: clock() - systemClock(),
    }
    const authentication = authenticationOf(provider, library)
    // What is reached without https is the guard's to say, for discovery and for all that follows from it.
    const execute = [library.allowInsecureRequests, library.enableNonRepudiationChecks]
    if (provider.endpoints !== undefined) {
      const { authorization_endpoint, token_endpoint } = provider.endpoints
      const server = { issuer: provider.issuer, authorization_endpoint, token_endpoint }
      const made = new library.Configuration(server, provider.client_id, metadata, authentication)
      made[library.customFetch] = get
      library.allowInsecureRequests(made)
      return made
    }
    const options: DiscoveryRequestOptions = { [library.customFetch]: get, execute }
    const url = new URL(provider.issuer)
    const found = await library.discovery(url, provider.client_id, metadata, authentication, options)
    if (memory.keys !== undefined) library.setJwksCache(found, memory.keys)
    return found
  }

  /** A provider that was broken for a moment, or has moved, must not stay so until its document is an hour old. */
  function forgetUnfit<Result extends object>({ id }: UpstreamProvider, outcome: Result): Result {
    const memory = memories.get(id)
    if (memory === undefined || !('failed' in outcome) || outcome.failed === 'denied') return outcome
    delete memory.document
    delete memory.keys
    return outcome
  }

  function keepKeys({ id }: UpstreamProvider, configuration: Configuration, library: Client): void {
    const [memory, keys] = [memories.get(id), library.getJwksCache(configuration)]
    if (memory !== undefined && keys !== undefined) memory.keys = keys
  }

  return {
    providers,

    async begin(provider, request) {
      const outcome = await orFailure(async (library) => {
        const configuration = await configured(provider, library)
        return library.buildAuthorizationUrl(configuration, await parametersOf(provider, request, issuer, library))
      })
      return forgetUnfit(provider, outcome)
    },

    async finish(provider, answer) {
      const outcome = await orFailure(async (library) => {
        const configuration = await configured(provider, library)
        const url = new URL(`${upstreamRedirectUri(issuer, provider)}?${answer.query}`)
        return provider.endpoints === undefined
          ? signedInByIdToken(provider, { configuration, url, answer, library }).finally(() =>
              keepKeys(provider, configuration, library),
            )
          : signedInByAccessToken(provider, provider.endpoints, { configuration, url, answer, library }, outbound)
      })
      return forgetUnfit(provider, outcome)
    },
  }
}

/** Everything of one return from there. */
interface Returning {
  readonly configuration: Configuration
  readonly url: URL
  readonly answer: UpstreamAnswer
  readonly library: Client
}

/** Loaded with the first person who goes there: many servers have no upstream. */
async function orFailure<Result>(work: (library: Client) => Promise<Result>): Promise<Result | UpstreamFailure> {
  const library = await import('openid-client')
  try {
    return await work(library)
  } catch (cause) {
    return failureOf(cause, library)
  }
}

function authenticationOf(
  { client_secret, token_endpoint_auth_method }: UpstreamProvider,
  library: Client,
): ReturnType<Client['None']> {
  if (client_secret === undefined) return library.None()
  const secret = client_secret.reveal()
  return token_endpoint_auth_method === 'client_secret_post'
    ? library.ClientSecretPost(secret)
    : library.ClientSecretBasic(secret)
}

async function parametersOf(
  provider: UpstreamProvider,
  { state, nonce, code_verifier, max_age, ui_locales }: UpstreamRequest,
  issuer: string,
  library: Client,
): Promise<Record<string, string>> {
  return {
    ...provider.parameters,
    redirect_uri: upstreamRedirectUri(issuer, provider),
    scope: provider.scope,
    state,
    code_challenge: await library.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    ...(provider.response_mode === 'form_post' && { response_mode: 'form_post' }),
    ...(provider.kind === 'openid' && { nonce, ui_locales }),
    // OpenID Connect Core §3.1.2.1: with max_age the answer has to say when the person signed in.
    ...(max_age !== undefined && { prompt: 'login', max_age: String(max_age) }),
  }
}

/** AC-21: state, `iss`, `aud`, `exp`, the signature and `nonce` are checked by the library; none can be missing. */
async function signedInByIdToken(
  provider: UpstreamProvider,
  { configuration, url, answer, library }: Returning,
): Promise<UpstreamSignIn> {
  const { state: expectedState, nonce: expectedNonce, code_verifier: pkceCodeVerifier } = answer
  const checks = { expectedState, expectedNonce, pkceCodeVerifier, idTokenExpected: true }
  const tokens = await library.authorizationCodeGrant(configuration, url, checks)
  const claims = tokens.claims()
  if (claims === undefined) throw new Unfit('id_token_missing')
  const { userinfo_endpoint } = configuration.serverMetadata()
  const isSaid = claims['email'] !== undefined || userinfo_endpoint === undefined
  const more = isSaid ? {} : await library.fetchUserInfo(configuration, tokens.access_token, claims.sub)
  const told: Readonly<Record<string, unknown>> = { ...more, ...claims }
  const { auth_time, amr } = claims
  return {
    // Address and proof of one source: of two, one could vouch for what the other made up.
    ...personFrom(provider, claims.sub, told, addressIn(claims['email'] === undefined ? more : claims)),
    // Not the configured issuer: one with many tenants names the tenant's, and a subject is that tenant's own.
    issuer: claims.iss,
    // RFC 7519 §2: a NumericDate may have a fraction. Ours have none.
    ...(auth_time !== undefined && { auth_time: Math.floor(auth_time) }),
    amr: provider.trust_amr && Array.isArray(amr) ? amr.filter(isKnownMethod) : [],
  }
}

/** RFC 6749 says nothing of who signed in: the provider is asked, with the token that is forgotten afterwards. */
async function signedInByAccessToken(
  provider: UpstreamProvider,
  endpoints: UpstreamEndpoints,
  { configuration, url, answer, library }: Returning,
  outbound: Outbound,
): Promise<UpstreamSignIn> {
  const { state: expectedState, code_verifier: pkceCodeVerifier } = answer
  const tokens = await library.authorizationCodeGrant(configuration, url, { expectedState, pkceCodeVerifier })
  const ask = (address: string) => asked(address, tokens.access_token, outbound)
  const told = await ask(endpoints.userinfo_endpoint)
  if (!isMapping(told)) throw new Unfit('userinfo_malformed')
  const emails = endpoints.emails_endpoint === undefined ? undefined : await ask(endpoints.emails_endpoint)
  const address = emails === undefined ? addressIn(told) : addressOfList(emails)
  const subject = told[endpoints.subject_member]
  const isNumbered = typeof subject === 'number' && Number.isSafeInteger(subject)
  const { login = told['preferred_username'] } = told
  return {
    ...personFrom(provider, isNumbered ? String(subject) : subject, { ...told, preferred_username: login }, address),
    amr: [],
  }
}

async function asked(address: string, access_token: string, outbound: Outbound): Promise<unknown> {
  const authorization = `Bearer ${access_token}`
  const answer = await outbound.get(address, { accept: 'application/json', authorization, ...limits })
  if ('refused' in answer) throw new Unanswered(answer.why)
  if (answer.status >= 500) throw new Unanswered(`status_${answer.status}`)
  if (answer.status !== 200) throw new Unfit(`status_${answer.status}`)
  return JSON.parse(Buffer.from(answer.body).toString('utf8')) as unknown
}

/** An address, and whether the provider says that it is proved. */
interface ToldAddress {
  readonly email?: string | undefined
  readonly verified: boolean
}

function addressIn({ email, email_verified }: Readonly<Record<string, unknown>>): ToldAddress {
  // As a text: Apple spells it so.
  const verified = email_verified === true || email_verified === 'true'
  return { email: typeof email === 'string' ? readAddress(email) : undefined, verified }
}

/** The address that a list calls the first one, if it is proved. */
function addressOfList(list: unknown): ToldAddress {
  const all = Array.isArray(list) ? list.filter(isMapping) : []
  const proved = all.find(({ primary, verified }) => primary === true && verified === true)
  return addressIn({ email: proved?.['email'], email_verified: proved !== undefined })
}

function personFrom(
  provider: UpstreamProvider,
  subject: unknown,
  told: Readonly<Record<string, unknown>>,
  { email, verified }: ToldAddress,
): Omit<UpstreamSignIn, 'amr'> {
  if (typeof subject !== 'string' || subject === '' || subject.length > longestSubject)
    throw new Unfit('subject_missing')
  if (!subject.isWellFormed() || subject.includes('\0')) throw new Unfit('subject_malformed')
  const name = textIn(told, 'name')
  const preferred_username = textIn(told, 'preferred_username')
  return {
    provider: provider.id,
    issuer: provider.issuer,
    subject,
    label: email ?? preferred_username ?? name ?? subject,
    ...(email !== undefined && { email }),
    email_proof: provider.trust_email && verified && email !== undefined ? 'believed' : 'not_believed',
    ...(name !== undefined && { name }),
    ...(preferred_username !== undefined && { preferred_username }),
  }
}

function textIn(told: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = told[member]
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, longestLabel).toWellFormed() : undefined
}

const knownMethods: readonly string[] = Object.values(amrValues)

function isKnownMethod(method: unknown): method is string {
  return typeof method === 'string' && knownMethods.includes(method)
}

/** The guard in the shape that the library asks for; the provider's own description is answered from memory. */
function guardedFetch({ outbound, clock }: UpstreamsParts, memory: Memory): CustomFetch {
  return async (url, { method, headers, body }) => {
    const isDocument = method === 'GET' && new URL(url).pathname.endsWith('/.well-known/openid-configuration')
    const { document } = memory
    if (isDocument && document !== undefined && clock() < document.until) return jsonResponse(document.body)
    const { accept = 'application/json', authorization, 'content-type': type = '' } = headers
    const credential = authorization === undefined ? {} : { authorization }
    const answer =
      method === 'GET'
        ? await outbound.get(url, { accept, ...limits, ...credential })
        : await outbound.post(url, { type, text: spelled(body), headers: credential }, { accept, ...limits })
    if ('refused' in answer) throw new Unanswered(answer.why)
    if (answer.status >= 500) throw new Unanswered(`status_${answer.status}`)
    const bytes = Uint8Array.from(answer.body)
    if (isDocument && answer.status === 200) memory.document = { body: bytes, until: clock() + documentFreshFor }
    const given = answer.headers['content-type']
    return new Response(bytes, { status: answer.status, headers: given === undefined ? {} : { 'content-type': given } })
  }
}

function jsonResponse(body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } })
}

function spelled(body: Parameters<CustomFetch>[1]['body']): string {
  if (body instanceof URLSearchParams) return body.toString()
  if (typeof body === 'string') return body
  throw new Error('The library sends a body of a kind that it never sent')
}

/** Errors of RFC 6749 §4.1.2.1 that say no more than “not now”. */
const passing = ['server_error', 'temporarily_unavailable']

function failureOf(cause: unknown, library: Client): UpstreamFailure {
  const unanswered = causesOf(cause).find((each) => each instanceof Unanswered)
  if (unanswered !== undefined) return { failed: 'unreachable', why: unanswered.message }
  if (cause instanceof library.AuthorizationResponseError) {
    const { error } = cause
    if (error === 'access_denied') return { failed: 'denied', why: error }
    return { failed: passing.includes(error) ? 'unreachable' : 'refused', why: error.slice(0, 100) }
  }
  // RFC 6749 §5.2: `invalid_client` tells an operator of a wrong secret; the library's own words do not.
  if (cause instanceof library.ResponseBodyError) return { failed: 'refused', why: cause.error.slice(0, 100) }
  const deepest = causesOf(cause).at(-1)
  return { failed: 'refused', why: (deepest ?? new Error(String(cause))).message.slice(0, 200) }
}

function causesOf(cause: unknown): readonly Error[] {
  return cause instanceof Error ? [cause, ...causesOf(cause.cause)] : []
}
