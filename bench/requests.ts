/** The requests of the workloads, and what their answers must hold. The generator and the checks send the same ones. */
import { formHeaders, type Answer, type Sent } from './connection.ts'
import type { Endpoints } from './peers/peer.ts'
import { basic, type Pkce, type Scene, type SceneClient } from './scene.ts'

/** What the token endpoint answers, as far as we look at it. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
}

/** A client_credentials request, RFC 6749 §4.4.2. */
export function machineRequest(scene: Scene, { token_endpoint }: Endpoints): Sent {
  const { resource, scope } = scene
  return tokenRequest(scene.machine, token_endpoint, { grant_type: 'client_credentials', scope, resource })
}

/** An authorization request with PKCE, all but the `state` that ends it. */
export function authorizationUrl(scene: Scene, client: SceneClient, to: Endpoints, { code_challenge }: Pkce): URL {
  const url = new URL(to.authorization_endpoint)
  const { redirect_uri, resource, scope } = scene
  const parameters = { response_type: 'code', client_id: client.client_id, redirect_uri, scope, resource }
  const pkce = { code_challenge, code_challenge_method: 'S256' }
  url.search = new URLSearchParams({ ...parameters, ...pkce }).toString()
  return url
}

/** The request that redeems a code. */
export function codeRequest(
  scene: Scene,
  client: SceneClient,
  to: Endpoints,
  more: Readonly<Record<string, string>>,
): Sent {
  const { redirect_uri } = scene
  return tokenRequest(client, to.token_endpoint, { grant_type: 'authorization_code', redirect_uri, ...more })
}

/** The request that refreshes. */
export function refreshRequest(client: SceneClient, { token_endpoint }: Endpoints, refresh_token: string): Sent {
  return tokenRequest(client, token_endpoint, { grant_type: 'refresh_token', refresh_token })
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

function tokenRequest(client: SceneClient, { pathname }: URL, parameters: Readonly<Record<string, string>>): Sent {
  const body = new URLSearchParams(parameters).toString()
  return { method: 'POST', path: pathname, headers: formHeaders(basic(client)), body }
}
