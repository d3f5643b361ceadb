/** The protocol over a real database in memory, with a clock that a test holds: for tests of endpoints without a server. */
import type { Account } from '../src/domain/account.ts'
import type { Authorization } from '../src/domain/authorization.ts'
import type { Client } from '../src/domain/client.ts'
import { openClientNames } from '../src/domain/lookalikes.ts'
import type { Grant, Permission } from '../src/domain/grant.ts'
import { newSigningKey } from '../src/domain/new-signing-key.ts'
import type { SigningKey } from '../src/domain/signing-key.ts'
import type { Session } from '../src/domain/session.ts'
import { Bindings } from '../src/kernel/binding.ts'
import { newId } from '../src/kernel/ids.ts'
import type { ProtectedResource } from '../src/domain/protected-resource.ts'
import type { Outbound } from '../src/domain/outbound.ts'
import { networks } from '../src/kernel/network.ts'
import { secretsUnder } from '../src/kernel/secret.ts'
import type { Seconds } from '../src/kernel/time.ts'
import type { HttpRequest } from '../src/http/message.ts'
import { passwords } from '../src/identity/password.ts'
import { openPasswordSignIn } from '../src/identity/password-alone.ts'
import { openThrottle } from '../src/identity/throttle.ts'
import { openLogos } from '../src/outside/logos.ts'
import { catalogues } from '../src/ui/words/catalogues.ts'
import { openClientKeys } from '../src/protocol/client-authentication/client-keys.ts'
import { openClientFailures, openRequestObjectFailures } from '../src/protocol/client-authentication/failures.ts'
import { features } from '../src/protocol/features.ts'
import { openConstantVerifiers } from '../src/protocol/token/constant-verifiers.ts'
import { openNetworkLimit } from '../src/protocol/network-limit.ts'
import type { ProtocolParts, ProtocolSettings } from '../src/protocol/parts.ts'
import { mint, nothingToSpend } from '../src/protocol/token/mint.ts'
import { openSigner } from '../src/protocol/token/sign.ts'
import { openStores, type Stores } from '../src/storage/stores.ts'
import type { Database } from '../src/storage/database.ts'
import { signingAlgorithms } from '../src/vocabulary/algorithms.ts'
import { collectingLog, type LogLine } from './collecting-log.ts'
import { openMigrated } from './migrated.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  now,
  refreshRecord,
  sessionRecord,
} from './records.ts'
import { startSession } from './session.ts'

/** The parts of the protocol, and what a test does to them. */
export interface Protocol {
  readonly parts: ProtocolParts
  readonly stores: Stores
  readonly database: Database
  /** What was logged so far, oldest first. */
  readonly log: readonly LogLine[]
  /** Lets time pass. */
  readonly wait: (seconds: Seconds) => void
  readonly close: () => Promise<void>
}

/** The issuer of every test. */
export const issuer = 'https://id.test'

/** The secret of every confidential client made by `clientRecord`. */
export const clientSecret = 'ls-is-not-a-prefix-of-this: a+b%c'

const settings: ProtocolSettings = {
  lifetimes: {
    authorization_code: 60,
    access_token: 300,
    refresh_token_idle: 2_592_000,
    refresh_token_max: 31_536_000,
    session_idle: 28_800,
    session_max: 604_800,
    interaction: 1800,
    grant_idle: 7_776_000,
  },
  access_for: [{ value: 'once' }, { value: '30d', seconds: 2_592_000 }, { value: 'until_removed' }],
  access_for_default: { value: '30d', seconds: 30 * 86_400 },
  language: 'en',
  brands: { own: catalogues, ofClients: new Map() },
  account_registration: 'off',
  email_codes: 'off',
  fixed_claims: ['gender'],
  account_deletion: 1_209_600,
  dpop_nonce: 'off',
  session_management: 'off',
  legacy: [],
  claims: [
    { scope: 'profile', claims: ['name', 'preferred_username', 'updated_at'], into: ['userinfo', 'id_token'] },
    { scope: 'email', claims: ['email', 'email_verified'], into: ['userinfo', 'id_token'] },
  ],
  authorization_requests: { require_pushed: false, by_reference: false },
  registration: {
    dynamic: 'off',
    metadata_documents: 'off',
    unused_for: 2_592_000,
    profile: 'oauth21',
    software_statements: [],
    uris: { allow_http_loopback: false, outbound_allow: [] },
  },
}

const nobodyOutside: Outbound = {
  get: () => Promise.resolve({ refused: 'unreachable', why: 'connection_failed' }),
  post: () => Promise.resolve({ refused: 'unreachable', why: 'connection_failed' }),
}

let signingKeys: Promise<readonly SigningKey[]> | undefined

/** Opens the protocol over a new database in memory. */
export async function openProtocol(otherwise: { readonly outbound?: Outbound } = {}): Promise<Protocol> {
  const database = await openMigrated()
  const stores = openStores(database)
  const secrets = secretsUnder(Buffer.alloc(32, 7))
  let at = now
  let moment = 0
  const clock = () => at
  const log = collectingLog()
  // Made once for all of a process: an RSA key takes longer than all the rest together.
  signingKeys ??= Promise.all(signingAlgorithms.map((alg) => newSigningKey(alg, now, { secrets, clock: () => now })))
  for (const key of await signingKeys) await stores.signingKeys.create(key)
  const signer = await openSigner({ signingKeys: stores.signingKeys, secrets, clock })
  const outbound = otherwise.outbound ?? nobodyOutside
  const clientKeys = openClientKeys({ outbound, clock, log })
  const logos = openLogos({ outbound, clock, log })
  const clientFailures = openClientFailures(networks([]), () => at * 1000)
  // Never kept: a test that makes a client asks of its name at once.
  const clientNames = openClientNames(stores, () => (moment += 60_000))
  const door = passwords({ concurrency: 2, queue: 1000, wait: 60_000 })
  const throttle = openThrottle({ attempts: stores.attempts, clock, log, exempt: networks([]) })
  return {
    parts: {
      ...stores,
      audience: { mail: false, webhooks: [] },
      issuer,
      clock,
      secrets,
      settings,
      features,
      signer,
      log,
      signInByPassword: openPasswordSignIn({ ...stores, clock, secrets, log, passwords: door, settings, throttle }),
      clientKeys,
      clientFailures,
      requestObjectFailures: openRequestObjectFailures(networks([]), () => at * 1000),
      constantVerifiers: openConstantVerifiers({ auditEvents: stores.auditEvents, clock, log }),
      interactionLimit: openNetworkLimit('interaction', networks([]), () => at * 1000),
      pushLimit: openNetworkLimit('pushed_request', networks([]), () => at * 1000),
      deviceLimit: openNetworkLimit('device_authorization', networks([]), () => at * 1000),
      outbound,
      clientNames,
      logos,
    },
    stores,
    database,
    log: log.lines,
    wait: (seconds) => {
      at += seconds
    },
    close: () => database.close(),
  }
}

/** A confidential client with its secret, as `client_secret_basic` has it. */
export function clientRecord(otherwise: Partial<Client> = {}, metadata: Partial<Client['metadata']> = {}): Client {
  const secrets = secretsUnder(Buffer.alloc(32, 7))
  return {
    client_id: 'greatapp',
    metadata: {
      redirect_uris: ['https://rp1.test/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      application_type: 'web',
      ...metadata,
    },
    secrets: [{ hash: secrets.hash('client_secret', clientSecret), created_at: now }],
    profile: 'oauth21',
    first_party: false,
    disabled: false,
    registered_by: 'operator',
    created_at: now,
    refresh_replay_window: 60,
    ...otherwise,
  }
}

/** A protected resource whose tokens `postcards-api` may introspect. */
export function resourceRecord(otherwise: Partial<ProtectedResource> = {}): ProtectedResource {
  return {
    resource: 'https://api.test/',
    name: 'Postcards API',
    access_token_format: 'jwt',
    introspection_clients: ['postcards-api'],
    scopes: { 'postcards.read': { title: 'See your postcards', optional: false } },
    disabled: false,
    registered_by: 'operator',
    ...otherwise,
  }
}

/** A request with a form, from a client that authenticates by `client_secret_basic` unless told otherwise. */
export function formRequest(
  form: string | Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    params: {},
    address: '192.0.2.1',
    request_id: 'request-1',
  }
}

/** Where a request came from, for what is minted without one. */
const from = { address: '192.0.2.1', request_id: 'request-1' }

/** The header of `client_secret_basic`, RFC 6749 §2.3.1. */
export function basic(client_id: string, secret: string = clientSecret): { readonly authorization: string } {
  const spelled = [client_id, secret].map((half) => encodeURIComponent(half)).join(':')
  return { authorization: `Basic ${Buffer.from(spelled).toString('base64')}` }
}

/** What a client holds after a person said yes, and what it belongs to. */
export interface Held {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  /** The code that was redeemed for them. */
  readonly code: string
  readonly account: Account
  readonly session: Session
  readonly grant: Grant
  readonly authorization: Authorization
}

/** What a person let a client have. */
export interface Allowed {
  readonly client: Client
  readonly permissions?: readonly Permission[]
  readonly target?: ProtectedResource
  readonly session_bound?: boolean
  /** What the features kept, besides the usual. */
  readonly bindings?: Authorization['bindings']
  readonly account?: Partial<Account>
}

/** Lets a new person allow a client something, and the client have its tokens: by the mint gate, as in a flow. */
export async function allowed({ parts, stores }: Protocol, what: Allowed): Promise<Held> {
  const { client, target, session_bound = false } = what
  const { permissions = [{ scope: 'openid' }] } = what
  const at = parts.clock()
  const account = accountRecord(what.account)
  const session = sessionRecord({ account_id: account.account_id })
  const { client_id } = client
  const { account_id } = account
  const grant = grantRecord({ account_id, client_id, permissions, granted_at: at, expires_at: at + 2_592_000 })
  const authorization_id = newId()
  const code = parts.secrets.issue('authorization_code', authorization_id)
  const { session_id } = session
  const hangsOn = { authorization_id, session_id, session_bound, code_hash: code.hash }
  const times = { created_at: at, auth_time: at, code_expires_at: at + 60, expires_at: at + 2_592_000 }
  const usual = authorizationRecord(grant, { ...hangsOn, ...times })
  const authorization = { ...usual, bindings: { ...usual.bindings, ...what.bindings } }
  await stores.accounts.create(account)
  await startSession(session, stores.accounts)
  const event = auditEventRecord({ account_id, client_id, grant_id: grant.grant_id })
  await stores.consents.record({ consent: consentRecord(grant), grant, authorization, event })
  const standing = await stores.authorizations.findStanding(authorization_id)
  if (standing === undefined) throw new Error('The authorization is not there')
  const bindings = new Bindings(authorization.bindings)
  const response = await mint(
    { client, grant_type: 'authorization_code', from, standing, permissions, bindings, target },
    async ({ refresh }) => {
      const chain =
        refresh &&
        refreshRecord({
          refresh_hash: refresh.hash,
          refresh_expires_at: refresh.expires_at,
          ...(refresh.cnf && { cnf: refresh.cnf }),
        })
      const outcome = await stores.authorizations.redeem(authorization_id, chain, at + 2_592_600, at)
      return outcome === 'redeemed' ? 'spent' : 'lost'
    },
    parts,
  )
  if (response === 'lost') throw new Error('The code is spent')
  const { access_token, refresh_token = '', id_token = '' } = response
  return { access_token, refresh_token, id_token, code: code.value, account, session, grant, authorization }
}

/** Lets a client have an access token of its own, by `client_credentials`. */
export async function ownToken({ parts }: Protocol, client: Client, target?: ProtectedResource): Promise<string> {
  const permissions = Object.keys(target?.scopes ?? {}).map((scope) => ({ scope, resource: target?.resource ?? '' }))
  const request = { client, grant_type: 'client_credentials', from, permissions, target, bindings: new Bindings() }
  const response = await mint(request, nothingToSpend, parts)
  return response === 'lost' ? '' : response.access_token
}
