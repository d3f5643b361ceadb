import { Bindings } from '../src/kernel/binding.ts'
import { Parameters } from '../src/kernel/parameters.ts'
import type { Client } from '../src/domain/client.ts'
import type { ProtectedResource } from '../src/domain/protected-resource.ts'
import type { AuthorizationRequestDraft, TokenRequestDraft } from '../src/protocol/feature.ts'

/** A confidential web client, with what a test says otherwise. */
export function exampleClient(
  otherwise: Partial<Omit<Client, 'metadata'>> & { readonly metadata?: Partial<Client['metadata']> } = {},
): Client {
  return {
    client_id: 'greatapp',
    secrets: [],
    profile: 'oauth21',
    first_party: false,
    disabled: false,
    registered_by: 'configuration',
    created_at: 0,
    refresh_replay_window: 60,
    ...otherwise,
    metadata: {
      client_name: 'Great App',
      redirect_uris: ['https://rp1.test/cb'],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
      application_type: 'web',
      ...otherwise.metadata,
    },
  }
}

/** A protected resource with one scope value of its own. */
export function exampleResource(resource: string, ...scopes: readonly string[]): ProtectedResource {
  return {
    resource,
    name: new URL(resource).hostname,
    access_token_format: 'jwt',
    introspection_clients: [],
    scopes: Object.fromEntries(scopes.map((scope) => [scope, { title: scope, optional: false }])),
    disabled: false,
    registered_by: 'configuration',
  }
}

/** A draft of an authorization request, for calling a feature's seam by itself. */
export function requestDraft(otherwise: Partial<AuthorizationRequestDraft>): AuthorizationRequestDraft {
  return {
    parameters: Parameters.from({}),
    client: exampleClient(),
    response_type: 'code',
    knownResources: [],
    scope: [],
    resources: [],
    details: [],
    knownClaims: new Set(),
    claims: [],
    acr: { values: [], kind: 'voluntary' },
    subjects: [],
    bindings: new Bindings(),
    ...otherwise,
  }
}

/** A draft of a token request, for calling a feature's seam by itself. */
export function tokenDraft(otherwise: Partial<TokenRequestDraft>): TokenRequestDraft {
  return {
    request: {
      method: 'POST',
      path: '/token',
      query: '',
      headers: {},
      body: '',
      params: {},
      address: '127.0.0.1',
      request_id: 'r',
    },
    parameters: Parameters.from({}),
    client: exampleClient(),
    grant_type: 'authorization_code',
    bindings: new Bindings(),
    knownResources: [],
    resources: [],
    permissions: [],
    ...otherwise,
  }
}
