/** Licet as it is deployed: `bin/licet serve`, with its log at the default level in a file. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientsOf, resourcesOf, type Scene, type SceneClient, type SceneResource } from '../scene.ts'
import { profiling } from './node-program.ts'
import type { Peer, RunningPeer, Setting } from './peer.ts'
import { run, type Where } from './running.ts'

const ours = { side: 'ours', keeps: 'durable', lacks: { 'W1-RS': 'its access tokens are ES256' } } as const

/** Licet over SQLite. */
export const onSqlite: Peer = {
  ...ours,
  name: 'licet-sqlite',
  title: 'Licet, SQLite, durable',
  over: 'sqlite',
  measuredAt: 'all',
  start: (setting) => startLicet(setting, 'sqlite'),
}

/** Licet over PostgreSQL, whose processes are weighed too. */
export const onPostgres: Peer = {
  ...ours,
  name: 'licet-postgres',
  title: 'Licet, PostgreSQL, durable',
  over: 'postgres',
  measuredAt: 'all',
  start: (setting) => startLicet(setting, 'postgres'),
}

/** Two processes of it over one file. */
export const twoOnSqlite: Peer = {
  ...ours,
  name: 'licet-sqlite-2',
  title: 'Licet, SQLite, durable, two workers',
  over: 'sqlite',
  measuredAt: 'lowest',
  start: (setting) => startLicet(setting, 'sqlite', { workers: 2 }),
}

/** Two processes of it over PostgreSQL. */
export const twoOnPostgres: Peer = {
  ...ours,
  name: 'licet-postgres-2',
  title: 'Licet, PostgreSQL, durable, two workers',
  over: 'postgres',
  measuredAt: 'lowest',
  start: (setting) => startLicet(setting, 'postgres', { workers: 2 }),
}

/** Licet as another clone has it, so that a change is judged beside what was before it, in one run. */
export function licetOf(clone: string): readonly Peer[] {
  return (['sqlite', 'postgres'] as const).map((over) => ({
    ...ours,
    side: 'before',
    name: `before-${over}`,
    title: `Licet in ${clone}, ${over}`,
    over,
    measuredAt: 'all',
    start: (setting) => startLicet(setting, over, { bin: `${clone}/bin/licet` }),
  }))
}

const here = fileURLToPath(import.meta.resolve('../../bin/licet'))

interface Started {
  readonly bin?: string
  readonly workers?: number
}

function startLicet(setting: Setting, over: Peer['over'], { bin = here, workers }: Started = {}): Promise<RunningPeer> {
  const { directory, scene, profiles } = setting
  return run({
    setting,
    over,
    ready: 'licet is ready:',
    async program(where) {
      const file = join(directory, 'licet.json')
      await writeFile(file, JSON.stringify(configuration(scene, where)))
      const NODE_OPTIONS = profiling(profiles).join(' ')
      return {
        command: bin,
        parameters: ['serve', '--config', file, ...(workers === undefined ? [] : ['--workers', String(workers)])],
        options: { env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS } },
      }
    },
    fill: (browser, page, username) =>
      page.body.includes('id="login-submit"')
        ? browser.submit(page, { username, password: scene.password }, 'login-submit')
        : browser.submit(page, {}, 'consent-allow'),
  })
}

function configuration(scene: Scene, { origin, port, database }: Where): object {
  const { usernames, password } = scene
  return {
    issuer: origin,
    listen: `127.0.0.1:${port}`,
    database,
    secret: 'c'.repeat(43),
    drain: '0s',
    throttle: { exempt: ['127.0.0.0/8'] },
    // Saturation is what is measured.
    overload: { places: 10_000 },
    accounts: usernames.map((username) => ({ username, password })),
    resources: resourcesOf(scene).map(licetResource),
    clients: clientsOf(scene).map((client) => licetClient(client, scene)),
  }
}

function licetResource({ resource, scope, access_tokens }: SceneResource): object {
  return {
    resource,
    name: scope,
    access_token_format: access_tokens === 'opaque' ? 'opaque' : 'jwt',
    introspection_clients: ['machine', 'web'],
    scopes: { [scope]: { title: scope } },
  }
}

function licetClient(client: SceneClient, scene: Scene): object {
  const { client_id, client_secret, grant_types, id_token_signed_response_alg } = client
  const usesCodes = grant_types.includes('authorization_code')
  return {
    client_id,
    client_name: client_id,
    client_secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types,
    response_types: usesCodes ? ['code'] : [],
    redirect_uris: usesCodes ? [scene.redirect_uri] : [],
    scope: ['openid', 'offline_access', ...resourcesOf(scene).map(({ scope }) => scope)].join(' '),
    ...(usesCodes && { id_token_signed_response_alg }),
  }
}
