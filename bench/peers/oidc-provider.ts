/** node-oidc-provider, with its own adapter in memory and with ours over SQLite and PostgreSQL. */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { nodeProgram, programReady, sqliteSynced } from './node-program.ts'
import type { ProviderSetting } from './oidc-provider-server.ts'
import type { Commits } from './oidc-provider-sqlite.ts'
import type { Peer, RunningPeer, Setting } from './peer.ts'
import { run } from './running.ts'

const theirs = {
  side: 'theirs',
  keeps: 'durable',
  measuredAt: 'lowest',
  lacks: { W9: 'its pages for development ask for no password' },
} as const

/** node-oidc-provider as it comes: what it knows is lost with its process. */
export const inMemory: Peer = {
  ...theirs,
  name: 'oidc-provider-memory',
  title: 'node-oidc-provider, memory (loses all)',
  keeps: 'nothing',
  over: 'memory',
  start: (setting) => startProvider(setting, 'memory'),
}

/** node-oidc-provider over SQLite, synced with each write that its adapter is asked for. */
export const onSqlite: Peer = {
  ...theirs,
  name: 'oidc-provider-sqlite',
  title: 'node-oidc-provider, SQLite, durable',
  over: 'sqlite',
  measuredAt: 'all',
  start: (setting) => startProvider(setting, 'sqlite'),
}

/** node-oidc-provider over SQLite, with the writes of a turn of its event loop in one commit. */
export const onSqliteGrouped: Peer = {
  ...theirs,
  name: 'oidc-provider-sqlite-grouped',
  title: 'node-oidc-provider, SQLite, durable, its commits grouped by us',
  over: 'sqlite',
  start: (setting) => startProvider(setting, 'sqlite', 'grouped'),
}

/** node-oidc-provider over PostgreSQL, whose processes are weighed too. */
export const onPostgres: Peer = {
  ...theirs,
  name: 'oidc-provider-postgres',
  title: 'node-oidc-provider, PostgreSQL, durable',
  over: 'postgres',
  measuredAt: 'all',
  start: (setting) => startProvider(setting, 'postgres'),
}

function startProvider(setting: Setting, over: Peer['over'], commits: Commits = 'each'): Promise<RunningPeer> {
  const keys = [
    published(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
    published(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
  ]
  const told: ProviderSetting = { jwks: { keys }, cookieKey: randomBytes(32).toString('base64url'), commits }
  const synced = { sqlite: sqliteSynced, postgres: 'synchronous_commit=on', memory: undefined }[over]
  return run({
    setting,
    over,
    ready: programReady,
    ...(synced !== undefined && { synced }),
    program: (where) => nodeProgram('oidc-provider-server.ts', setting, { ...where, ...told }),
    fill: (browser, page, username) =>
      browser.submit(
        page,
        page.body.includes('name="login"') ? { login: username, password: setting.scene.password } : {},
      ),
  })
}

function published({ privateKey }: { readonly privateKey: KeyObject }, alg: string): object {
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' }
}
