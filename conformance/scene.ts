/**
 * What the black box suite sets a server up with: the clients C1 to C7 of the security check list, two protected
 * resources, three people; and how each of them does what they do, over HTTP.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import type { Send } from '../testing/sender.ts'
import { formsOf, type Received, type Visited, type Visitor } from '../testing/visitor.ts'

/** A client as its developer knows it. */
export interface SceneClient {
  readonly client_id: string
  readonly redirect_uri: string
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none'
  readonly client_secret: string
  /** What else the configuration says of it. */
  readonly registered: Readonly<Record<string, unknown>>
}

/** The grant type of devices, RFC 8628 §3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

const scope = 'openid profile email offline_access postcards.read postcards.send'
const web = { grant_types: ['authorization_code', 'refresh_token'], scope }
const detailed = { authorization_details_types: ['postcard_delivery'] }

/** Makes the secret of a client, as `licet client create` would: nothing that needs encoding. */
const newSecret = (): string => randomBytes(32).toString('base64url')

function client(
  client_id: string,
  token_endpoint_auth_method: SceneClient['token_endpoint_auth_method'],
  redirect_uris: readonly string[],
  registered: Readonly<Record<string, unknown>> = web,
): SceneClient {
  return {
    client_id,
    token_endpoint_auth_method,
    redirect_uri: redirect_uris[0] ?? '',
    client_secret: newSecret(),
    registered: { client_name: client_id, redirect_uris, ...registered },
  }
}

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** The key of C4, as its developer keeps it. */
export const privateJwk = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'c4', alg: 'ES256' }
const publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'c4', alg: 'ES256', use: 'sig' }

/** The clients, by their name in the check list. */
export const clients = {
  /** Confidential, with HTTP Basic. */
  C1: client('greatapp', 'client_secret_basic', ['https://rp1.test/cb', 'https://rp1.test/q?x=1'], {
    ...web,
    ...detailed,
  }),
  /** Confidential, with its secret in the form. */
  C1post: client('poster', 'client_secret_post', ['https://poster.test/cb']),
  /** A web page that is a public client. */
  C2: client('spa', 'none', ['https://spa.test/cb']),
  /** Native, on loopback. */
  C3: client('native', 'none', ['http://127.0.0.1/cb', 'com.example.app:/cb'], { ...web, application_type: 'native' }),
  /** With a key of its own. */
  C4: client('keyed', 'private_key_jwt', ['https://keyed.test/cb'], {
    ...web,
    ...detailed,
    jwks: { keys: [publicJwk] },
  }),
  /** Somebody else's. */
  C5: client('evil', 'client_secret_basic', ['https://evil.test/cb']),
  /** A machine, acting for itself. */
  C6: client('machine', 'client_secret_basic', [], {
    grant_types: ['client_credentials'],
    scope: 'postcards.read letters.read',
  }),
  /** Switched off. */
  C7: client('gone', 'client_secret_basic', ['https://gone.test/cb'], { ...web, disabled: true }),
  /** A device without a browser. */
  C8: client('tv', 'none', [], { grant_types: [deviceGrant, 'refresh_token'], scope }),
  /** The first protected resource, which introspects. */
  RS1: client('postcards-api', 'client_secret_basic', [], { grant_types: [] }),
  /** The second. */
  RS2: client('letters-api', 'client_secret_basic', [], { grant_types: [] }),
} satisfies Readonly<Record<string, SceneClient>>

/** Something that the first protected resource does when it was allowed in detail, RFC 9396. */
export const delivery = {
  type: 'postcard_delivery',
  actions: ['send', 'track'],
  recipient: 'The White Rabbit',
  price: { amount: '2.50', currency: 'EUR' },
}

/** The indicators of the protected resources: the first's tokens are JWTs, the second's are opaque. */
export const resources = { RS1: 'https://api.test/', RS2: 'https://letters.test/' }

/** A person who can sign in. */
export interface ScenePerson {
  readonly username: string
  readonly password: string
}

/** The people: two like any others, and one who is shut out. */
export const people = {
  alice: { username: 'alice', password: 'wonderland' },
  bob: { username: 'bob', password: 'the builder, can we fix it' },
  mallory: { username: 'mallory', password: 'disabled long ago' },
} satisfies Readonly<Record<string, ScenePerson>>

/** What the configuration file says of all that. */
export const configuration = {
  accounts: [
    { ...people.alice, claims: { name: 'Alice Liddell', email: 'alice@example.com', email_verified: true } },
    { ...people.bob, claims: { name: 'Bob' } },
    { ...people.mallory, disabled: true },
  ],
  resources: [
    {
      resource: resources.RS1,
      name: 'Postcards API',
      introspection_clients: ['postcards-api'],
      scopes: {
        'postcards.read': { title: 'See your postcards' },
        'postcards.send': { title: 'Send postcards in your name', optional: true },
      },
      authorization_details_types: {
        postcard_delivery: {
          title: 'Send one postcard',
          actions: { send: 'Send it', track: 'See where it is' },
          fields: { recipient: { title: 'To' }, price: { title: 'For at most', kind: 'amount' } },
        },
      },
    },
    {
      resource: resources.RS2,
      name: 'Letters API',
      access_token_format: 'opaque',
      introspection_clients: ['letters-api'],
      scopes: { 'letters.read': { title: 'See your letters' } },
    },
  ],
  clients: Object.values(clients).map(configured),
}

/** A client as the configuration file has it. */
export function configured({ client_id, client_secret, token_endpoint_auth_method, registered }: SceneClient): object {
  const hasSecret = token_endpoint_auth_method.startsWith('client_secret')
  return { client_id, token_endpoint_auth_method, ...(hasSecret && { client_secret }), ...registered }
}

/** What a flow keeps between its two halves. */
export interface Pkce {
  readonly code_verifier: string
  readonly code_challenge: string
}

/** Makes a verifier and its challenge, RFC 7636 §4.1. */
export function newPkce(): Pkce {
  const code_verifier = randomBytes(32).toString('base64url')
  return { code_verifier, code_challenge: createHash('sha256').update(code_verifier).digest('base64url') }
}

/** Parameters of a request; an undefined one is left out. */
export type Parameters = Readonly<Record<string, string | undefined>>

/** Spells parameters as a form or a query. */
export function form(parameters: Parameters): string {
  const present = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return new URLSearchParams(present).toString()
}

/** Spells an authorization request of a client, path and query, with what a test says otherwise. */
export function authorizationPath(
  { client_id, redirect_uri }: SceneClient,
  { code_challenge }: Pick<Pkce, 'code_challenge'>,
  otherwise: Parameters = {},
): string {
  const usual = { client_id, redirect_uri, response_type: 'code', scope: 'openid postcards.read', state: 'the state' }
  return `/authorize?${form({ ...usual, code_challenge, code_challenge_method: 'S256', ...otherwise })}`
}

/**
 * Takes a person from wherever they are to where the server sends them in the end: signs in and allows what is asked
 * for, as often as there is a page that asks.
 */
export async function passPages(visitor: Visitor, page: Visited, person: ScenePerson = people.alice): Promise<Visited> {
  let at = page
  for (let pages = 0; at.leaves === undefined && pages < 4; pages += 1) {
    const buttons = formsOf(at.body).flatMap((one) => one.buttons.map(({ id }) => id))
    if (buttons.includes('login-submit')) {
      const { username, password } = person
      at = await visitor.submit(at, { press: 'login-submit', fields: { username, password } })
    } else if (buttons.includes('consent-allow')) {
      at = await visitor.submit(at, { press: 'consent-allow' })
    } else break
  }
  return at
}

/** An authorization response as it reaches the client, with the verifier that its code is bound to. */
export interface Response {
  readonly url: URL
  readonly code: string
  readonly code_verifier: string
}

/** Lets a person go through an authorization request. Throws when no code comes of it. */
export async function authorize(
  visitor: Visitor,
  by: SceneClient,
  otherwise: Parameters = {},
  person: ScenePerson = people.alice,
): Promise<Response> {
  const pkce = newPkce()
  const page = await passPages(visitor, await visitor.go(authorizationPath(by, pkce, otherwise)), person)
  const code = page.leaves?.searchParams.get('code')
  if (page.leaves === undefined || code === null || code === undefined) {
    throw new Error(`No code was issued: ${page.status} ${page.leaves?.href ?? page.body}`)
  }
  return { url: page.leaves, code, code_verifier: pkce.code_verifier }
}

/** How a client says who it is: header fields, and parameters of the form. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly parameters: Parameters
}

/** Makes the credentials of a client, by the method it is registered with. */
export function credentialsOf(by: SceneClient, issuer: string): Credentials {
  const { client_id, client_secret } = by
  switch (by.token_endpoint_auth_method) {
    case 'client_secret_basic':
      return { headers: basic(client_id, client_secret), parameters: {} }
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id, client_secret } }
    case 'private_key_jwt':
      return { headers: {}, parameters: assertionParameters(assertion(by, { aud: issuer })) }
    case 'none':
      return { headers: {}, parameters: { client_id } }
  }
}

/** The header field of HTTP Basic, RFC 6749 §2.3.1. */
export function basic(client_id: string, secret: string): { readonly authorization: string } {
  const spelled = [client_id, secret].map((half) => encodeURIComponent(half)).join(':')
  return { authorization: `Basic ${Buffer.from(spelled).toString('base64')}` }
}

/** The parameters that carry an assertion, RFC 7523 §2.2. */
export function assertionParameters(client_assertion: string): Parameters {
  return { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion }
}

/** Signs a client assertion with the key of C4, RFC 7523 §3. */
export function assertion({ client_id }: SceneClient, claims: Readonly<Record<string, unknown>>): string {
  const now = Math.floor(Date.now() / 1000)
  const usual = { iss: client_id, sub: client_id, iat: now, exp: now + 60, jti: randomUUID() }
  const encoded = [
    { alg: 'ES256', kid: 'c4' },
    { ...usual, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(encoded.join('.')), { key, dsaEncoding: 'ieee-p1363' })
  return [...encoded, signature.toString('base64url')].join('.')
}

/** What a server is asked through: itself, or the nodes behind one address. */
export interface Asked {
  readonly issuer: string
  readonly send: Send
}

/** Posts a form to an endpoint, with the credentials of a client. */
export function post(
  asked: Asked,
  path: string,
  by: SceneClient | Credentials,
  parameters: Parameters,
): Promise<Received> {
  const credentials = 'headers' in by ? by : credentialsOf(by, asked.issuer)
  return asked.send({
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...credentials.headers },
    body: form({ ...credentials.parameters, ...parameters }),
  })
}

/** Redeems a code. */
export function redeem(
  asked: Asked,
  by: SceneClient | Credentials,
  response: Response,
  more: Parameters = {},
): Promise<Received> {
  const { code, code_verifier } = response
  return post(asked, '/token', by, { grant_type: 'authorization_code', code, code_verifier, ...more })
}

/** Refreshes. */
export function refresh(
  asked: Asked,
  by: SceneClient | Credentials,
  refresh_token: string,
  more: Parameters = {},
): Promise<Received> {
  return post(asked, '/token', by, { grant_type: 'refresh_token', refresh_token, ...more })
}

/** Asks whether a token lives. */
export async function isActive(asked: Asked, by: SceneClient, token: string): Promise<boolean> {
  const answer = await post(asked, '/introspect', by, { token })
  if (answer.status !== 200) throw new Error(`Introspection was refused: ${answer.status} ${answer.body}`)
  return jsonOf(answer)['active'] === true
}

/** The JSON object of an answer. */
export function jsonOf({ body }: Received): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Readonly<Record<string, unknown>>
}

/** What a token response holds. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
}

/** The tokens of an answer. Throws when there are none. */
export function tokensOf(answer: Received): Tokens {
  const { access_token, refresh_token = '', id_token = '' } = jsonOf(answer)
  if (answer.status !== 200 || typeof access_token !== 'string') {
    throw new Error(`No token was issued: ${answer.status} ${answer.body}`)
  }
  return { access_token, refresh_token: String(refresh_token), id_token: String(id_token) }
}

/** Takes a client through the whole flow, to its tokens. */
export async function tokensFor(
  asked: Asked,
  visitor: Visitor,
  by: SceneClient,
  otherwise: Parameters = {},
): Promise<Tokens> {
  return tokensOf(await redeem(asked, by, await authorize(visitor, by, otherwise)))
}
