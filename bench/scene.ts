/** What every server is set up with, so that all of them do the same work: clients, people, one protected resource. */
import { createHash, randomBytes } from 'node:crypto'

/** How a token or an id_token is signed. */
export type Alg = 'ES256' | 'RS256'

/** A confidential client that authenticates with `client_secret_basic`. */
export interface SceneClient {
  readonly client_id: string
  readonly client_secret: string
  readonly grant_types: readonly string[]
  readonly id_token_signed_response_alg: Alg
}

/** What may be asked for: a scope value, of a protected resource of its own. */
export interface SceneResource {
  readonly resource: string
  readonly scope: string
  /** How its access tokens are signed; `opaque` ones are rows of the server. */
  readonly access_tokens: Alg | 'opaque'
}

/** Everything a server has to know before it is measured. */
export interface Scene {
  /** For client_credentials. */
  readonly machine: SceneClient
  /** For the code flow; it gets no refresh token. */
  readonly web: SceneClient
  /** For the code flow with a refresh token. */
  readonly lasting: SceneClient
  /** As `lasting`, with id_tokens signed by RS256. */
  readonly lasting_rs256: SceneClient
  readonly redirect_uri: string
  readonly postcards: SceneResource
  readonly stamps: SceneResource
  readonly drafts: SceneResource
  /** One account for each virtual user, and one more for the checks. */
  readonly usernames: readonly string[]
  readonly password: string
}

/** All clients of a scene. */
export const clientsOf = ({ machine, web, lasting, lasting_rs256 }: Scene): readonly SceneClient[] => [
  machine,
  web,
  lasting,
  lasting_rs256,
]

/** All protected resources of a scene. */
export const resourcesOf = ({ postcards, stamps, drafts }: Scene): readonly SceneResource[] => [
  postcards,
  stamps,
  drafts,
]

/** Makes a scene with fresh secrets and so many people. */
export function newScene(people: number): Scene {
  return {
    machine: newClient('machine', ['client_credentials']),
    web: newClient('web', ['authorization_code']),
    lasting: newClient('lasting', ['authorization_code', 'refresh_token']),
    lasting_rs256: newClient('lasting_rs256', ['authorization_code', 'refresh_token'], 'RS256'),
    redirect_uri: 'https://client.example/callback',
    postcards: { resource: 'https://api.example.com/', scope: 'postcards.read', access_tokens: 'ES256' },
    stamps: { resource: 'https://stamps.example.com/', scope: 'stamps.read', access_tokens: 'RS256' },
    drafts: { resource: 'https://drafts.example.com/', scope: 'drafts.read', access_tokens: 'opaque' },
    usernames: Array.from({ length: people }, (_, index) => `person${index}`),
    password: randomBytes(12).toString('base64url'),
  }
}

/** The `Authorization` header of a client, RFC 6749 §2.3.1; our secrets need no encoding. */
export function basic({ client_id, client_secret }: SceneClient): string {
  return `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
}

/** A PKCE pair, RFC 7636 §4.1. */
export interface Pkce {
  readonly code_verifier: string
  readonly code_challenge: string
}

/** Makes a verifier and its S256 challenge. */
export function newPkce(): Pkce {
  const code_verifier = randomBytes(32).toString('base64url')
  return { code_verifier, code_challenge: createHash('sha256').update(code_verifier).digest('base64url') }
}

function newClient(
  client_id: string,
  grant_types: readonly string[],
  id_token_signed_response_alg: Alg = 'ES256',
): SceneClient {
  const client_secret = randomBytes(32).toString('base64url')
  return { client_id, client_secret, grant_types, id_token_signed_response_alg }
}
