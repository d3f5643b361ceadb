/** What every server is set up with, so that all of them do the same work: clients, people, one protected resource. */
import { createHash, randomBytes } from 'node:crypto'

/** A confidential client that authenticates with `client_secret_basic`. */
export interface SceneClient {
  readonly client_id: string
  readonly client_secret: string
  readonly grant_types: readonly string[]
}

/** Everything a server has to know before it is measured. */
export interface Scene {
  /** For client_credentials. */
  readonly machine: SceneClient
  /** For the code flow; it gets no refresh token. */
  readonly web: SceneClient
  /** For the code flow with a refresh token. */
  readonly lasting: SceneClient
  readonly redirect_uri: string
  /** The one protected resource: its access tokens are ES256 JWTs. */
  readonly resource: string
  readonly scope: string
  /** One account for each virtual user, and one more for the checks. */
  readonly usernames: readonly string[]
  readonly password: string
}

/** Makes a scene with fresh secrets and so many people. */
export function newScene(people: number): Scene {
  return {
    machine: newClient('machine', ['client_credentials']),
    web: newClient('web', ['authorization_code']),
    lasting: newClient('lasting', ['authorization_code', 'refresh_token']),
    redirect_uri: 'https://client.example/callback',
    resource: 'https://api.example.com/',
    scope: 'postcards.read',
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

function newClient(client_id: string, grant_types: readonly string[]): SceneClient {
  return { client_id, client_secret: randomBytes(32).toString('base64url'), grant_types }
}
