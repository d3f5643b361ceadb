/**
 * A whole server in memory: the composition that serves, over SQLite in memory, with a clock that a test holds and no
 * port. What is sent to it passes the same edge as what comes over the network.
 */
import { createHash } from 'node:crypto'
import type { HttpResponse } from '../src/http/message.ts'
import { openOverloadGate } from '../src/http/overload.ts'
import { passwords } from '../src/identity/password.ts'
import { readConfiguration } from '../src/config/configuration.ts'
import type { Configuration } from '../src/config/settings.ts'
import { newSigningKey } from '../src/domain/new-signing-key.ts'
import type { SigningKey } from '../src/domain/signing-key.ts'
import { signingAlgorithms } from '../src/vocabulary/algorithms.ts'
import { secretsUnder } from '../src/kernel/secret.ts'
import type { EpochSeconds, Seconds } from '../src/kernel/time.ts'
import { openSigner } from '../src/protocol/token/sign.ts'
import { openAssets } from '../src/server/assets.ts'
import { compose, type Composition, type Ground } from '../src/server/compose.ts'
import { createMissingAccounts } from '../src/server/first-start.ts'
import { openMeasurements } from '../src/server/ground.ts'
import { judged, withPictures } from '../src/server/loaded-configuration.ts'
import type { Stage } from '../src/server/probes.ts'
import type { Database } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openStores } from '../src/storage/stores.ts'
import { collectingLog, type LogLine } from './collecting-log.ts'
import { openMigrated } from './migrated.ts'
import { now } from './records.ts'
import { Visitor, type Visited } from './visitor.ts'

/** A request to the world. */
export interface WorldRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Readonly<Record<string, string>>
  readonly cookies?: ReadonlyMap<string, string>
  /** The address at the other end of the connection. */
  readonly peer?: string
  /** What was shown there, DER. */
  readonly certificate?: Buffer
}

/** What a code flow came to. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope?: string
}

/** A server in memory, and what a test does to it. */
export interface World {
  readonly issuer: string
  readonly configuration: Configuration
  readonly parts: Composition['parts']
  readonly edge: Composition['edge']
  readonly ground: Ground
  /** What was logged so far, oldest first. */
  readonly log: readonly LogLine[]
  readonly clock: () => EpochSeconds
  /** Lets time pass. */
  wait(seconds: Seconds): void
  /** Puts the process at another stage of its life. */
  enter(stage: Stage): void
  /** Sends one request; nothing is followed. `path` has the query in it. */
  request(method: string, path: string, request?: WorldRequest): Promise<HttpResponse>
  /** A browser that was never here. */
  visitor(peer?: string): Visitor
  /** The address that begins a code flow, with PKCE, of `greatapp` unless told otherwise. */
  authorizeUrl(otherwise?: Readonly<Record<string, string | undefined>>): string
  /** Signs in as Alice and allows, through the real pages, as far as they ask for it; answers where the browser is sent. */
  allow(visitor: Visitor, url: string): Promise<Visited>
  /** The whole code flow of `greatapp` through the real pages, to its tokens. */
  tokens(visitor?: Visitor, otherwise?: Readonly<Record<string, string | undefined>>): Promise<Tokens>
  close(): Promise<void>
}

/** The secret of `greatapp`. */
export const worldSecret = 'a-secret-of-more-than-32-characters-for-tests'

/** The verifier of every code flow here, RFC 7636 appendix B. */
const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** However busy the machine is: whatever a page waits for has been tried when it answers. */
const announcing = 60_000

const secret = Buffer.alloc(32, 7)
const basic = `Basic ${Buffer.from(`greatapp:${worldSecret}`).toString('base64')}`

// Made once for all worlds of a process: an RSA key takes longer than all the rest together.
let alicesHash: Promise<string> | undefined
let signingKeys: Promise<readonly SigningKey[]> | undefined

/**
 * Opens a world with Alice, whose password is `wonderland`, `greatapp` and the Postcards API.
 *
 * @param otherwise what the configuration says in addition, or instead
 * @param shared a database to use instead of one of its own in memory: worlds over the same one are nodes of one server
 * @throws {Error} with every mistake in the configuration
 */
export async function world(otherwise: Readonly<Record<string, unknown>> = {}, shared?: Database): Promise<World> {
  let at: EpochSeconds = now
  let stage: Stage = 'ready'
  const log = collectingLog()
  const clock = (): EpochSeconds => at
  const configuration = await configurationOf({ ...(await usual()), ...otherwise })
  const database = shared ?? (await openMigrated())
  if (shared !== undefined) await migrate(shared, clock)
  const stores = openStores(database, { history: configuration['consent.history'] })
  const secrets = secretsUnder(secret)
  signingKeys ??= Promise.all(signingAlgorithms.map((alg) => newSigningKey(alg, now - 86_400, { secrets, clock })))
  if ((await stores.signingKeys.list()).length === 0) {
    for (const key of await signingKeys) await stores.signingKeys.create(key)
  }
  const signer = await openSigner({ signingKeys: stores.signingKeys, secrets, clock })
  const door = passwords({ concurrency: 2, queue: 1000, wait: 60_000 })
  const overload = openOverloadGate({ places: configuration['overload.places'] })
  const metrics = openMeasurements(() => stores, { clock, overload })
  const ground: Ground = {
    database,
    stores,
    secrets,
    clock,
    log,
    signer,
    passwords: door,
    metrics,
    overload,
    assets: openAssets(),
    stage: () => stage,
    announcing,
  }
  await createMissingAccounts(configuration.accounts, { ...stores, clock, hashPassword: () => usualHash() })
  const { parts, edge } = compose(configuration, ground)
  const { issuer } = parts

  const request: World['request'] = async (
    method,
    path,
    { headers = {}, body = '', cookies, peer = '192.0.2.7', certificate } = {},
  ) => {
    const text = typeof body === 'string' ? body : new URLSearchParams(body).toString()
    const cookie = [...(cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent: Readonly<Record<string, string>> = {
      host: new URL(issuer).host,
      ...(typeof body !== 'string' && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(text !== '' && { 'content-length': String(Buffer.byteLength(text)) }),
      ...(cookie !== '' && { cookie }),
      ...headers,
    }
    const arrival = {
      method,
      target: path,
      headers: sent,
      rawHeaders: Object.entries(sent).flat(),
      peer,
      ...(certificate && { certificate }),
    }
    const admitted = edge.admit(arrival, undefined)
    return admitted instanceof Promise ? admitted : edge.answer(admitted, text)
  }

  const self: World = {
    issuer,
    configuration,
    parts,
    edge,
    ground,
    log: log.lines,
    clock,
    request,
    wait(seconds) {
      at += seconds
    },
    enter(next) {
      stage = next
    },
    visitor: (peer) =>
      new Visitor(new URL(issuer).origin, ({ method, url, headers, body }) =>
        request(method, url.pathname + url.search, { headers, body, ...(peer !== undefined && { peer }) }),
      ),
    authorizeUrl(more = {}) {
      const parameters = {
        response_type: 'code',
        client_id: 'greatapp',
        redirect_uri: 'https://rp1.test/cb',
        scope: 'openid postcards.read offline_access',
        state: 'a-state',
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...more,
      }
      const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined)
      return `${issuer}/authorize?${new URLSearchParams(given).toString()}`
    },
    async allow(visitor, url) {
      let page = await visitor.go(url)
      if (page.body.includes('id="login-submit"')) {
        const fields = { username: 'alice', password: 'wonderland' }
        page = await visitor.submit(page, { press: 'login-submit', fields })
      }
      return page.body.includes('id="consent-allow"') ? visitor.submit(page, { press: 'consent-allow' }) : page
    },
    async tokens(visitor = self.visitor(), more = {}) {
      const { leaves } = await self.allow(visitor, self.authorizeUrl(more))
      const body = {
        grant_type: 'authorization_code',
        code: leaves?.searchParams.get('code') ?? '',
        redirect_uri: 'https://rp1.test/cb',
        code_verifier: codeVerifier,
      }
      const answer = await request('POST', `${new URL(issuer).pathname.replace(/\/$/, '')}/token`, {
        headers: { authorization: basic },
        body,
      })
      if (answer.status !== 200) throw new Error(`No tokens: ${answer.body} (${leaves?.href ?? 'nowhere'})`)
      return JSON.parse(answer.body) as Tokens
    },
    close: () => database.close(),
  }
  return self
}

/** The header field with which `greatapp` authenticates. */
export const worldAuthorization = { authorization: basic }

async function configurationOf(raw: object): Promise<Configuration> {
  const read = readConfiguration(raw, process.cwd(), {})
  const loaded = await withPictures(judged(read, 'world'), 'world', read.lineOf)
  if (loaded.outcome === 'bad') throw new Error(loaded.mistakes.join('\n'))
  return loaded.configuration
}

function usualHash(): Promise<string> {
  alicesHash ??= passwords({ concurrency: 1, queue: 1 }).hash('wonderland')
  return alicesHash
}

async function usual(): Promise<object> {
  return {
    issuer: 'https://id.test',
    secret: secret.toString('base64url'),
    accounts: [
      {
        username: 'alice',
        password_hash: await usualHash(),
        claims: { name: 'Alice Liddell', email: 'alice@example.com', email_verified: true },
      },
    ],
    resources: [
      {
        resource: 'https://api.test/',
        name: 'Postcards API',
        introspection_clients: ['greatapp'],
        scopes: {
          'postcards.read': { title: 'See your postcards' },
          'postcards.send': { title: 'Send postcards in your name', optional: true },
        },
      },
    ],
    clients: [
      {
        client_id: 'greatapp',
        client_name: 'Great App',
        client_secret: worldSecret,
        redirect_uris: ['https://rp1.test/cb'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        scope: 'openid profile email offline_access postcards.read postcards.send',
      },
      {
        client_id: 'spa',
        client_name: 'Single Page',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['https://spa.test/cb'],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid postcards.read',
      },
    ],
  }
}
