/**
 * The TypeScript SDK of the Model Context Protocol, both its generations, unchanged: an agent that knows nothing but the
 * address of an API finds its way from the API's challenge to a token, and stays signed in. It is registered here, or
 * registers itself, or has a metadata document.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import * as second from '@modelcontextprotocol/client'
import * as first from '@modelcontextprotocol/sdk/client/auth.js'
import { start as startApi } from '../../examples/protected-api/server.ts'
import { openDocumentHost, trustingEnvironment } from '../../testing/document-host.ts'
import { must } from '../../testing/must.ts'
import { freePort } from '../../testing/free-port.ts'
import { startServer } from '../../testing/server.ts'
import { clients, configured, isActive, passPages, people, post, type SceneClient } from '../scene.ts'

const port = await freePort()
const resource = `http://localhost:${port}/`
const agent: SceneClient = {
  ...clients.C3,
  client_id: 'agent',
  registered: { ...clients.C3.registered, scope: 'postcards.read postcards.send offline_access' },
}
const api: SceneClient = clients.RS1

const host = await openDocumentHost()
const distrust = trustingEnvironment()
after(async () => {
  distrust()
  await host.close()
})

const server = await startServer({
  configuration: {
    client_registration: { dynamic: 'any', metadata_documents: 'any' },
    outbound: { allow: [host.host] },
    accounts: [people.alice],
    resources: [
      {
        resource,
        name: 'Postcards API',
        introspection_clients: [api.client_id],
        scopes: { 'postcards.read': { title: 'See your postcards' }, 'postcards.send': { title: 'Send postcards' } },
      },
    ],
    clients: [agent, api].map(configured),
  },
})
after(() => server.stop())
const { client_id, client_secret } = api
const running = await startApi({
  issuer: server.issuer,
  port,
  resource,
  introspection: { client_id, client_secret, seconds: 0 },
})
after(() => running.close())

/** The agent's own memory, as the SDK asks for it. What the SDK keeps in it differs by generation; it is opaque here. */
class Memory {
  /** Where its metadata document is, if it has one. */
  readonly clientMetadataUrl?: string
  #client: { readonly client_id: string } | undefined
  readonly redirectUrl = 'http://127.0.0.1:49152/cb'
  readonly clientMetadata = {
    client_name: 'An agent',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  sentTo: URL | undefined
  #tokens: { access_token: string; token_type: string; refresh_token?: string } | undefined
  #verifier = ''
  #discovered: first.OAuthDiscoveryState | undefined

  constructor(known: { readonly client_id: string } | { readonly document: string } | 'nobody') {
    if (known === 'nobody') return
    if ('document' in known) this.clientMetadataUrl = known.document
    else this.#client = known
  }

  clientInformation() {
    return this.#client
  }
  saveClientInformation(client: { readonly client_id: string }): void {
    this.#client = client
  }
  tokens() {
    return this.#tokens
  }
  saveTokens(tokens: NonNullable<ReturnType<Memory['tokens']>>): void {
    this.#tokens = tokens
  }
  forgetTokens(): void {
    this.#tokens = undefined
  }
  redirectToAuthorization(address: URL): void {
    this.sentTo = address
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  codeVerifier(): string {
    return this.#verifier
  }
  saveDiscoveryState(state: first.OAuthDiscoveryState): void {
    this.#discovered = state
  }
  discoveryState() {
    return this.#discovered
  }
}

/** One generation: reads a challenge, and takes the step that comes next. */
interface Generation {
  readonly extractWWWAuthenticateParams: typeof first.extractWWWAuthenticateParams
  readonly auth: (
    provider: Memory,
    options: { serverUrl: string; resourceMetadataUrl?: URL; scope?: string; authorizationCode?: string; iss?: string },
  ) => Promise<'AUTHORIZED' | 'REDIRECT'>
}

const call = (token: string | undefined, method: 'GET' | 'POST' = 'GET') =>
  fetch(`${resource}postcards`, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

/** Goes where a challenge leads, and comes back with tokens. */
async function follow({ auth, extractWWWAuthenticateParams }: Generation, challenged: Response, memory: Memory) {
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(challenged)
  assert.ok(resourceMetadataUrl !== undefined && scope !== undefined)
  const place = { serverUrl: resource, resourceMetadataUrl, scope }
  assert.equal(await auth(memory, place), 'REDIRECT')
  assert.equal(memory.sentTo?.searchParams.get('resource'), resource)
  const visitor = server.visitor()
  const { leaves } = await passPages(visitor, await visitor.go(memory.sentTo))
  const answer = (name: string): string => leaves?.searchParams.get(name) ?? ''
  assert.equal(await auth(memory, { ...place, authorizationCode: answer('code'), iss: answer('iss') }), 'AUTHORIZED')
  return place
}

async function completes(generation: Generation, memory: Memory): Promise<void> {
  const { auth } = generation
  const challenged = await call(undefined)
  assert.equal(challenged.status, 401)
  const place = await follow(generation, challenged, memory)
  const before = memory.tokens()
  assert.equal((await call(before?.access_token)).status, 200)

  assert.equal(await auth(memory, place), 'AUTHORIZED')
  const now = memory.tokens()
  assert.ok(now?.refresh_token !== undefined && now.refresh_token !== before?.refresh_token)
  assert.equal((await call(now.access_token)).status, 200)

  // The SDK has no word for giving a token back.
  const client = { ...agent, client_id: memory.clientInformation()?.client_id ?? '' }
  assert.equal((await post(server, '/revoke', client, { token: now.refresh_token })).status, 200)
  assert.equal((await call(now.access_token)).status, 401)
  assert.equal(await isActive(server, api, now.access_token), false)
}

/** A metadata document as clients of today publish it, at an address of its own. */
function documentAt(path: string): string {
  const client_id = `${host.origin}${path}`
  const { clientMetadata } = new Memory('nobody')
  host.put(path, { body: { client_id, client_uri: host.origin, ...clientMetadata } })
  return client_id
}

must('R9, R13, RFC 9728 §5.1', 'an agent of @modelcontextprotocol/sdk completes the flow and stays signed in', () =>
  completes(first, new Memory(agent)),
)

must('R9, R13, RFC 9728 §5.1', 'an agent of @modelcontextprotocol/client completes the flow and stays signed in', () =>
  completes(second, new Memory(agent)),
)

must('R9, R11, RFC 7591 §3.1', 'an agent of @modelcontextprotocol/sdk that nobody knows registers itself', () =>
  completes(first, new Memory('nobody')),
)

must('R9, R11, RFC 7591 §3.1', 'an agent of @modelcontextprotocol/client that nobody knows registers itself', () =>
  completes(second, new Memory('nobody')),
)

must('R9, RFC 6750 §3.1', 'an agent that registered itself for little gets more when the API wants more', async () => {
  for (const generation of [first, second]) {
    const memory = new Memory('nobody')
    await follow(generation, await call(undefined), memory)
    const client = memory.clientInformation()
    const refused = await call(memory.tokens()?.access_token, 'POST')
    assert.equal(refused.status, 403)
    memory.forgetTokens()
    await follow(generation, refused, memory)
    const token = memory.tokens()?.access_token
    assert.deepEqual([(await call(token, 'POST')).status, (await call(token)).status], [201, 200])
    assert.deepEqual(memory.clientInformation(), client)
  }
})

must('R9, R10', 'an agent of @modelcontextprotocol/sdk that has a metadata document is known by its address', () =>
  completes(first, new Memory({ document: documentAt('/first.json') })),
)

must('R9, R10', 'an agent of @modelcontextprotocol/client that has a metadata document is known by its address', () =>
  completes(second, new Memory({ document: documentAt('/second.json') })),
)
