/** The requests of the workloads, and what their answers must hold. The generator and the checks send the same ones. */
import { formHeaders, type Answer, type Sent } from './connection.ts'
import type { Endpoints } from './peers/peer.ts'
import { basic, type Pkce, type Scene, type SceneClient, type SceneResource } from './scene.ts'

/** What the token endpoint answers, as far as we look at it. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** What a client asks for: a scope, and the resource that the token is for where it is named. */
export interface Wanted {
  readonly scope: string
  readonly resource?: string
  /** `consent`: the person is asked again, whatever is remembered (OpenID Connect Core §3.1.2.1). */
  readonly prompt?: 'consent'
}

/** Asks for a resource by its indicator, RFC 8707; for opaque tokens by the scope alone, which every server understands. */
export function wanted({ scope, resource, access_tokens }: SceneResource, beside = ''): Wanted {
  const whole = beside === '' ? scope : `${beside} ${scope}`
  return access_tokens === 'opaque' ? { scope: whole } : { scope: whole, resource }
}

/** A client_credentials request, RFC 6749 §4.4.2. */
export function machineRequest(scene: Scene, { token_endpoint }: Endpoints, of: SceneResource): Sent {
  return formRequest(scene.machine, token_endpoint, { grant_type: 'client_credentials', ...wanted(of) })
}

/** An authorization request with PKCE, all but the `state` that ends it. */
export function authorizationUrl(
  { redirect_uri }: Scene,
  { client_id }: SceneClient,
  to: Endpoints,
  { code_challenge, ...more }: Omit<Pkce, 'code_verifier'> & Wanted,
): URL {
  const url = new URL(to.authorization_endpoint)
  const pkce = { code_challenge, code_challenge_method: 'S256' }
  url.search = new URLSearchParams({ response_type: 'code', client_id, redirect_uri, ...more, ...pkce }).toString()
  return url
}

/** What a code is redeemed with, beside what the client is. */
export interface Redeeming {
  readonly code: string
  readonly code_verifier: string
  readonly resource?: string
}

/** The request that redeems a code. */
export function codeRequest({ redirect_uri }: Scene, client: SceneClient, to: Endpoints, more: Redeeming): Sent {
  return formRequest(client, to.token_endpoint, { grant_type: 'authorization_code', redirect_uri, ...more })
}

/** The request that refreshes. */
export function refreshRequest(client: SceneClient, { token_endpoint }: Endpoints, refresh_token: string): Sent {
  return formRequest(client, token_endpoint, { grant_type: 'refresh_token', refresh_token })
}

/** The request that introspects, RFC 7662 §2.1. */
export function introspectionRequest(of: SceneClient, { introspection_endpoint }: Endpoints, token: string): Sent {
  return formRequest(of, introspection_endpoint, { token })
}

/** The request that revokes, RFC 7009 §2.1. */
export function revocationRequest({ machine }: Scene, { revocation_endpoint }: Endpoints, token: string): Sent {
  return formRequest(machine, revocation_endpoint, { token })
}

/** The request for what a token lets its holder know of a person, OpenID Connect Core §5.3.1. */
export function userinfoRequest({ userinfo_endpoint }: Endpoints, access_token: string): Sent {
  return { method: 'GET', path: userinfo_endpoint.pathname, headers: { authorization: `Bearer ${access_token}` } }
}

/** The request for a document that anybody may read. */
export function documentRequest({ pathname }: URL): Sent {
  return { method: 'GET', path: pathname, headers: {} }
}

/** The code in an authorization response. Throws when there is none. */
export function codeIn({ status, location, body }: Answer): string {
  const [, code] = /[?&]code=([^&]+)/.exec(location ?? '') ?? []
  if (code === undefined) throw new Error(`no code was issued: ${status} ${location ?? body.slice(0, 2000)}`)
  return code
}

/** The tokens in a token response. Throws when there are none. */
export function tokensIn({ status, body }: Answer): Tokens {
  const tokens = status === 200 ? (JSON.parse(body) as Partial<Tokens>) : {}
  const { access_token } = tokens
  if (access_token === undefined) throw new Error(`no token was issued: ${status} ${body.slice(0, 2000)}`)
  return { ...tokens, access_token }
}

/** The refresh token in a token response. Throws when there is none. */
export function refreshTokenIn(answer: Answer): string {
  const { refresh_token } = tokensIn(answer)
  if (refresh_token === undefined) throw new Error(`no refresh token was issued: ${answer.body}`)
  return refresh_token
}

/** The JSON of an answer that says that all went well. Throws when it does not. */
export function jsonIn({ status, body }: Answer): Readonly<Record<string, unknown>> {
  if (status !== 200) throw new Error(`no answer: ${status} ${body.slice(0, 2000)}`)
  return JSON.parse(body) as Record<string, unknown>
}

function formRequest(client: SceneClient, { pathname }: URL, parameters: object): Sent {
  const body = new URLSearchParams({ ...parameters }).toString()
  return { method: 'POST', path: pathname, headers: formHeaders(basic(client)), body }
}
