/** The pages for people over a real database in memory, with visitors who have cookie jars of their own. */
import type { Account } from '../src/domain/account.ts'
import type { Client } from '../src/domain/client.ts'
import type { Outbound } from '../src/domain/outbound.ts'
import type { ProtectedResource } from '../src/domain/protected-resource.ts'
import type { UpstreamProvider } from '../src/domain/upstream.ts'
import { openUpstreams } from '../src/outside/upstreams.ts'
import type { Handler } from '../src/http/message.ts'
import { passwords } from '../src/identity/password.ts'
import { openThrottle } from '../src/identity/throttle.ts'
import { openUserCodeThrottle } from '../src/identity/user-code-throttle.ts'
import { errorPage } from '../src/interaction/error/handler.ts'
import { interactionHandlers, type PageParts } from '../src/interaction/handlers.ts'
import { newOpaqueId } from '../src/kernel/ids.ts'
import { networks } from '../src/kernel/network.ts'
import { authorizationEndpoint } from '../src/protocol/authorize/endpoint.ts'
import { clientRecord, issuer, openProtocol, resourceRecord, type Protocol } from './protocol.ts'
import { accountRecord } from './records.ts'
import { Visitor, type Visited } from './visitor.ts'

/** A server's pages, and what a test does around them. */
export interface Steps extends Omit<Protocol, 'parts'> {
  readonly parts: PageParts
  /** Alice, whose password is `wonderland`. */
  readonly alice: Account
  /** Bob, whose password is `builder`. */
  readonly bob: Account
  /** A browser that was never here, at an address of its own unless told otherwise. */
  visitor(address?: string): Visitor
  /** Stores a client that uses the code flow, unless told otherwise. */
  client(otherwise?: Partial<Client>, metadata?: Partial<Client['metadata']>): Promise<Client>
  /** Signs in on the page at hand. */
  signIn(visitor: Visitor, page: Visited, account?: Account): Promise<Visited>
}

const scope = 'openid profile email offline_access postcards.read postcards.send'

const known = { alice: 'wonderland', bob: 'builder' } as const

let hashes: Promise<readonly [string, string]> | undefined

/** Opens the pages over a new database in memory, with `greatapp`, the Postcards API, Alice and Bob. */
export async function openSteps(
  otherwise: {
    readonly resource?: Partial<ProtectedResource>
    readonly upstream?: readonly UpstreamProvider[]
    readonly outbound?: Outbound
  } = {},
): Promise<Steps> {
  const protocol = await openProtocol(otherwise.outbound && { outbound: otherwise.outbound })
  const { parts: plain, stores, log } = protocol
  const parts: PageParts = {
    ...plain,
    ...stores,
    passwordRules: { minimum: 15, server_names: ['Licet', 'id.test'] },
    announceSignOut: () => Promise.resolve(),
    userCodeThrottle: openUserCodeThrottle({ attempts: stores.attempts, ...plain, exempt: networks([]) }),
    oneTimeCodes: stores.oneTimeCodes,
    passkeys: stores.passkeys,
    rememberedBrowsers: stores.rememberedBrowsers,
    upstreams: openUpstreams({
      providers: otherwise.upstream ?? [],
      issuer,
      outbound: plain.outbound,
      clock: plain.clock,
    }),
    accountRegistration: 'off',
    passwords: passwords({ concurrency: 2, queue: 1_000, wait: 60_000 }),
    throttle: openThrottle({ attempts: stores.attempts, clock: plain.clock, log: plain.log, exempt: networks([]) }),
  }
  hashes ??= Promise.all([hashed(known.alice, parts), hashed(known.bob, parts)])
  const [alicesHash, bobsHash] = await hashes
  const alice = accountRecord({
    username: 'alice',
    password_hash: alicesHash,
    claims: { name: 'Alice Liddell', email: 'alice@example.com', email_verified: true },
  })
  const bob = accountRecord({ username: 'bob', password_hash: bobsHash, claims: {} })
  await stores.accounts.create(alice)
  await stores.accounts.create(bob)
  await stores.resources.create(
    resourceRecord({
      scopes: {
        'postcards.read': { title: 'See your postcards', description: 'Every card you sent.', optional: false },
        'postcards.send': {
          title: 'Send postcards in your name',
          optional: true,
          without: 'send the cards you write.',
          sensitive: true,
        },
      },
      ...otherwise.resource,
    }),
  )
  const client: Steps['client'] = async (record, metadata) => {
    const made = clientRecord(record, { client_name: 'Great App', scope, ...metadata })
    await stores.clients.create(made)
    return made
  }
  await client()
  const send = sender(parts)
  let addresses = 0
  return {
    ...protocol,
    parts,
    alice,
    bob,
    log,
    client,
    visitor: (address = `198.51.100.${(addresses += 1)}`) => new Visitor(issuer, (sent) => send(sent, address)),
    signIn: (visitor, page, account = alice) => {
      const password = account.username === 'bob' ? known.bob : known.alice
      return visitor.submit(page, { press: 'login-submit', fields: { username: account.username, password } })
    },
  }
}

async function hashed(password: string, parts: PageParts): Promise<string> {
  const hash = await parts.passwords.hash(password)
  if (hash === 'busy' || hash === 'too_long') throw new Error(hash)
  return hash
}

function sender(parts: PageParts) {
  const { interaction, account, security, receipt, download, stop, logout, device, ...others } =
    interactionHandlers(parts)
  const authorize = authorizationEndpoint({ ...parts, errorPage })
  const handlers: Readonly<Record<string, Handler>> = {
    ...{ interaction, account, stop, logout, device, authorize, upstream: others.upstream },
    'forgotten-password': others.forgotten_password,
    'new-password': others.new_password,
    'new-address': others.new_address,
    'undo-address': others.undo_address,
    'new-account': (request) =>
      request.params['id'] === '' ? others.account_registration(request) : others.new_account(request),
  }
  const ownPages: Readonly<Record<string, Handler>> = {
    ...{ receipts: receipt, security, download },
    password: others.own_password,
    profile: others.own_profile,
    address: others.own_address,
    'sign-ins': others.sign_ins,
    delete: others.own_deletion,
  }
  return (sent: Parameters<ConstructorParameters<typeof Visitor>[1]>[0], address: string) => {
    const [, name = '', ...rest] = sent.url.pathname.split('/')
    const own: Readonly<Record<string, Handler>> = name === 'account' ? ownPages : {}
    const ofOwn = own[rest[0] ?? '']
    const [handler, id = ''] = ofOwn === undefined ? [handlers[name], rest[0]] : [ofOwn, rest[1]]
    if (handler === undefined) throw new Error(`There is no ${sent.url.pathname}`)
    const { method, headers, body, url } = sent
    const query = url.search.slice(1)
    return handler({
      method,
      path: url.pathname,
      query,
      headers,
      body,
      params: { id },
      address,
      request_id: newOpaqueId(),
    })
  }
}

/** A code verifier and its challenge, RFC 7636 appendix B. */
export const proof = {
  code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
}

/** Spells an authorization request of `greatapp`, with what a test says otherwise; `undefined` leaves a parameter out. */
export function authorizationUrl(otherwise: Readonly<Record<string, string | undefined>> = {}): URL {
  const url = new URL('/authorize', issuer)
  const parameters = {
    client_id: 'greatapp',
    redirect_uri: 'https://rp1.test/cb',
    response_type: 'code',
    scope: 'openid postcards.read',
    state: 'the state',
    code_challenge: proof.code_challenge,
    code_challenge_method: 'S256',
    ...otherwise,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}
