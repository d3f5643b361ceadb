/**
 * Admits requests to a protected resource: the API's side of OAuth 2.1.
 *
 * It checks JWT access tokens (RFC 9068) against the authorization server's published keys and, where they are bound,
 * that their holder presents them (RFC 9449, RFC 8705); it answers a refused request with the challenge of RFC 6750 §3,
 * and publishes the resource's own metadata (RFC 9728). Its only dependency is `jose`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors, jwtVerify, type JWTPayload } from 'jose'
import { discoverer, introspector, type AuthorizationServer, type Introspection } from './authorization-server.ts'
import {
  possessionCheck,
  proofAlgorithms,
  type DpopOptions,
  type PossessionProblem,
  type PresentedRequest,
} from './possession.ts'

export type { Introspection } from './authorization-server.ts'
export type { DpopOptions, PresentedRequest } from './possession.ts'

/** What the resource is and whom it trusts. */
export interface ProtectedResourceOptions {
  /** The authorization server's issuer identifier, byte for byte. */
  readonly issuer: string
  /** This resource's indicator (RFC 8707 §2): the only `aud` that is accepted. */
  readonly resource: string
  /**
   * The scope values this resource knows: for its metadata, and so that a challenge for more names those that the token
   * has.
   */
  readonly scopes?: readonly string[]
  /**
   * Asks the authorization server whether a token still lives (RFC 7662), so that what a person removes is refused
   * within `seconds`. Without it a signed token is good until it expires.
   */
  readonly introspection?: Introspection
  /** How DPoP proofs are checked, where not as usual. */
  readonly dpop?: DpopOptions
  /** Tells the time in milliseconds; the machine's where left out. */
  readonly now?: () => number
}

/** An access token that was admitted: its claims, all checked. */
export interface AccessToken extends JWTPayload {
  readonly sub: string
  readonly client_id: string
  /** Space-separated; empty when the token has no scope. */
  readonly scope: string
}

/** How the person behind a request must have signed in, RFC 9470 §3. */
export interface SignInDemand {
  /** The authentication contexts that will do; a token says one of them. */
  readonly acr_values?: readonly string[]
  /** How many seconds ago they may have signed in at most. */
  readonly max_age?: number
}

/**
 * Why a request is not admitted, and the answer to give. Where the authorization server cannot be asked, `cause` says
 * why: for a log, never for the client.
 */
export class Refused extends Error {
  readonly status: 400 | 401 | 403 | 503
  /**
   * `invalid_request`, `invalid_token` or `insufficient_scope` of RFC 6750 §3.1, `invalid_dpop_proof` or `use_dpop_nonce`
   * of RFC 9449 §7.1, `insufficient_user_authentication` of RFC 9470 §3; `temporarily_unavailable` where the authorization
   * server cannot be asked; undefined when no token came at all.
   */
  readonly error: string | undefined
  readonly #headers: Readonly<Record<string, string>>

  constructor(
    status: Refused['status'],
    error: string | undefined,
    description: string,
    headers: Readonly<Record<string, string>>,
  ) {
    super(description)
    this.name = 'Refused'
    this.status = status
    this.error = error
    this.#headers = headers
  }

  /** The answer to send: the status, and the challenge of RFC 6750 §3. */
  response(): Response {
    return new Response(this.#body, { status: this.status, headers: this.#fields })
  }

  /** Sends that answer by `node:http`, or by Express. */
  send(outgoing: ServerResponse): void {
    outgoing.writeHead(this.status, this.#fields).end(this.#body)
  }

  get #fields(): Readonly<Record<string, string>> {
    return { ...this.#headers, 'cache-control': 'no-store', 'content-type': 'application/json' }
  }

  get #body(): string {
    return JSON.stringify({ error: this.error ?? 'unauthorized', error_description: this.message })
  }
}

/** Reads a request of `node:http`, or of Express, as `admit` takes it. A field that came twice is no field of one value. */
export function nodeRequest(incoming: IncomingMessage & { readonly originalUrl?: string }): PresentedRequest {
  const { method = 'GET', url = '/', originalUrl = url, headersDistinct } = incoming
  return { method, url: originalUrl, headers: { get: (name) => headersDistinct[name]?.join(', ') ?? null } }
}

/** A protected resource, ready to admit requests. */
export interface ProtectedResource {
  /**
   * Admits a request, or throws the refusal to answer it with.
   *
   * Reads the token from the `Authorization` header only (RFC 6750 §2.1; the scheme in any case, RFC 9110 §11.1), and
   * checks it as a JWT access token (RFC 9068 §4). One that is bound to a key is admitted with a DPoP proof of it, made
   * for this method and the path of the request under the resource's own origin; one that is bound to a certificate
   * with that.
   *
   * @param request a `Request`, or what `nodeRequest` makes
   * @param scope every scope value the request needs, space-separated
   * @param certificate what the client showed as it connected, DER: to this process, or to a proxy that it trusts
   * @throws {Refused} 401 without a token or with `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`, 400
   *   `invalid_request`, 403 `insufficient_scope`, 503 when the authorization server cannot be asked
   */
  admit(request: PresentedRequest, scope?: string, certificate?: Uint8Array): Promise<AccessToken>
  /**
   * Demands that the person has signed in well enough, and not too long ago, for what an admitted request is about to
   * do.
   *
   * @throws {Refused} 401 `insufficient_user_authentication`, with what the client is to ask for when it sends the person to
   *   sign in once more (RFC 9470 §3); a token that does not say how they signed in is not enough
   */
  demand(token: AccessToken, demand: SignInDemand): void
  /** This resource's metadata, RFC 9728 §2: to be served at `metadataPath`. */
  metadata(): Readonly<Record<string, unknown>>
  /** Where the metadata is served, RFC 9728 §3.1. */
  readonly metadataPath: string
}

/** Makes a protected resource. Nothing is fetched before the first request. */
export function protectedResource(options: ProtectedResourceOptions): ProtectedResource {
  const { issuer, resource, now = Date.now } = options
  const url = new URL(resource)
  const metadataPath = `/.well-known/oauth-protected-resource${url.pathname === '/' ? '' : url.pathname}`
  const place = `resource_metadata="${url.origin}${metadataPath}"`
  const challenges: Readonly<Record<Scheme, string>> = {
    bearer: `Bearer ${place}`,
    dpop: `DPoP ${place}, algs="${proofAlgorithms.join(' ')}"`,
  }
  /** RFC 9449 §7.1: a client looks for what went wrong in the challenge of the scheme that it used. */
  const refusing =
    (scheme: Scheme) =>
    (
      status: Refused['status'],
      error: string | undefined,
      description: string,
      more: readonly string[] = [],
    ): Refused => {
      const parts = [challenges[scheme]]
      if (error !== undefined) parts.push(`error="${error}"`, `error_description="${description}"`)
      parts.push(...more)
      return new Refused(status, error, description, { 'www-authenticate': parts.join(', ') })
    }
  const refusePossession = (problem: PossessionProblem, scheme: Scheme): Refused => {
    const { error, description } = possessionProblems[problem]
    if (problem === 'other_certificate') return refusing(scheme)(401, error, description)
    const challenge = `${challenges.dpop}, error="${error}"`
    const nonce = error === 'use_dpop_nonce' ? { 'dpop-nonce': options.dpop?.nonce?.current() ?? '' } : {}
    return new Refused(401, error, description, { 'www-authenticate': challenge, ...nonce })
  }
  const server = discoverer(issuer)
  const possessionProblem = possessionCheck(resource, options.dpop ?? {}, now)
  const isLive = options.introspection && introspector(server, options.introspection, now)

  return {
    metadataPath,
    metadata: () => ({
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: proofAlgorithms,
      ...(options.scopes && { scopes_supported: options.scopes }),
    }),
    async admit(request, scope = '', certificate) {
      const presented = schemeAndToken(request.headers.get('authorization'))
      const refuse = refusing(presented?.scheme ?? 'bearer')
      if (presented === undefined) throw refuse(401, undefined, 'An access token is needed', scoped(scope))
      if (presented.token === undefined) throw refuse(400, 'invalid_request', 'The Authorization header is malformed')
      const token = await verified(presented.token, { issuer, resource, server, now }).catch((error: unknown) => {
        if (isOutage(error)) throw unreachable(error)
        throw refuse(401, 'invalid_token', 'The access token is not valid here')
      })
      const presentation = { request, ...presented, token: presented.token, claims: token, certificate }
      const problem = await possessionProblem(presentation)
      if (problem !== undefined) throw refusePossession(problem, presented.scheme)
      const live = isLive === undefined || (await isLive(presented.token))
      if (live instanceof Error) throw unreachable(live)
      if (!live) throw refuse(401, 'invalid_token', 'The access has ended')
      const needed = valuesOf(scope)
      const held = valuesOf(token.scope)
      if (needed.some((value) => !held.includes(value))) {
        // Whoever asks for just what is named here must not lose by it what they have.
        const kept = held.filter((value) => options.scopes?.includes(value))
        const whole = [...new Set([...kept, ...needed])].join(' ')
        throw refuse(403, 'insufficient_scope', 'The access token lacks a scope value', scoped(whole))
      }
      return token
    },
    demand(token, { acr_values, max_age }) {
      const isReached = acr_values === undefined || acr_values.includes(String(token['acr']))
      const isFresh = max_age === undefined || now() / 1000 - Number(token['auth_time']) <= max_age
      if (isReached && isFresh) return
      const said = [
        ...(acr_values === undefined ? [] : [`acr_values="${acr_values.join(' ')}"`]),
        ...(max_age === undefined ? [] : [`max_age="${max_age}"`]),
      ]
      const refuse = refusing(isBoundToKey(token) ? 'dpop' : 'bearer')
      throw refuse(401, 'insufficient_user_authentication', 'The person has to sign in once more for this', said)
    },
  }
}

/** Nothing is wrong with the request: no challenge, or the client would throw away a good token. */
function unreachable(cause: unknown): Refused {
  const told = 'The authorization server cannot be reached'
  return Object.assign(new Refused(503, 'temporarily_unavailable', told, { 'retry-after': '1' }), { cause })
}

const valuesOf = (scope: string): readonly string[] => scope.split(' ').filter((value) => value !== '')

/** What a challenge says of the scope that is needed, RFC 6750 §3. */
const scoped = (scope: string): readonly string[] => (scope === '' ? [] : [`scope="${scope}"`])

/** What is told of a bound token that somebody else than its holder presents. */
const possessionProblems: Readonly<
  Record<PossessionProblem, { readonly error: string; readonly description: string }>
> = {
  scheme_mismatch: { error: 'invalid_token', description: 'The access token does not go with this scheme' },
  proof_invalid: { error: 'invalid_dpop_proof', description: 'The DPoP proof is not valid for this request' },
  proof_replayed: { error: 'invalid_dpop_proof', description: 'The DPoP proof was used before' },
  nonce_needed: { error: 'use_dpop_nonce', description: 'The DPoP proof needs the nonce of this answer' },
  other_key: { error: 'invalid_token', description: 'The access token is not valid here' },
  other_certificate: { error: 'invalid_token', description: 'The access token is not valid here' },
}

/** How a token is presented. */
type Scheme = 'bearer' | 'dpop'

/**
 * RFC 6750 §2.1, RFC 9449 §7.1: a scheme and one token of the characters it may have. No `token`: the header is malformed.
 * Undefined: no token came, which is also true of a scheme that is not taken here (RFC 6750 §3.1).
 */
function schemeAndToken(
  header: string | null,
): { readonly scheme: Scheme; readonly token: string | undefined } | undefined {
  const [name] = /^\S*/.exec(header ?? '') ?? ['']
  const scheme = (['bearer', 'dpop'] as const).find((one) => one === name.toLowerCase())
  return scheme && { scheme, token: /^\S+ +([\w.~+/=-]+)$/.exec(header ?? '')?.[1] }
}

function isBoundToKey({ cnf }: JWTPayload): boolean {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
}

interface Trust {
  readonly issuer: string
  readonly resource: string
  readonly server: () => Promise<AuthorizationServer>
  readonly now: () => number
}

/** RFC 9068 §4: type, issuer, audience, signature and time. */
async function verified(presented: string, { issuer, resource, server, now }: Trust): Promise<AccessToken> {
  const { keys } = await server()
  const { payload } = await jwtVerify(presented, keys, {
    issuer,
    audience: resource,
    typ: 'at+jwt',
    algorithms: ['ES256', 'RS256'],
    requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
    clockTolerance: 60,
    currentDate: new Date(now()),
  })
  const { sub, scope } = payload
  const client_id = payload['client_id']
  if (typeof sub !== 'string' || typeof client_id !== 'string')
    throw new errors.JWTInvalid('sub and client_id are texts')
  return { ...payload, sub, client_id, scope: typeof scope === 'string' ? scope : '' }
}

/** What `jose` says when the keys are not to be had: no answer in time, another status than 200, or no key set in it. */
const outages = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'])

function isOutage(error: unknown): boolean {
  return !(error instanceof errors.JOSEError) || outages.has(error.code)
}
