/** Licet as it is deployed: `bin/licet serve`, with its log at the default level in a file. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgres, type PostgresServer } from '../../testing/postgres.ts'
import { cpuOfTree, endServer, freePort, startServer } from '../processes.ts'
import type { Scene, SceneClient } from '../scene.ts'
import { discover, profiling, type Peer, type RunningPeer, type Setting } from './peer.ts'

/** Licet over SQLite. */
export const onSqlite: Peer = {
  name: 'licet-sqlite',
  title: 'Licet, SQLite, durable',
  side: 'ours',
  keeps: 'durable',
  start: (setting) => startLicet(setting, 'sqlite:./licet.db'),
}

/** Licet over PostgreSQL, whose processes are weighed too. */
export const onPostgres: Peer = {
  name: 'licet-postgres',
  title: 'Licet, PostgreSQL, durable',
  side: 'ours',
  keeps: 'durable',
  async start(setting) {
    const postgres = await startPostgres()
    try {
      const server = await startLicet(setting, postgres.url, await postmaster(postgres))
      const stop = async (): Promise<void> => {
        await server.stop().catch(console.error)
        await postgres.stop()
      }
      return { ...server, stop }
    } catch (error) {
      await postgres.stop()
      throw error
    }
  },
}

const bin = fileURLToPath(import.meta.resolve('../../bin/licet'))

async function startLicet(setting: Setting, database: string, ...beside: readonly number[]): Promise<RunningPeer> {
  const { directory, scene } = setting
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'licet.json')
  await writeFile(file, JSON.stringify(configuration(scene, { issuer, port, database })))
  const launch = () =>
    startServer({
      command: bin,
      parameters: ['serve', '--config', file],
      output: join(directory, 'output'),
      options: { env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: profiling(setting).join(' ') } },
      ready: 'licet is ready:',
    })
  let child = await launch()
  return {
    endpoints: await discover(issuer),
    cpu: () => cpuOfTree(child.pid ?? 0, ...beside),
    fill: (browser, page, username) =>
      page.body.includes('id="login-submit"')
        ? browser.submit(page, { username, password: scene.password }, 'login-submit')
        : browser.submit(page, {}, 'consent-allow'),
    async crash() {
      await endServer(child, 'SIGKILL')
      child = await launch()
    },
    stop: () => endServer(child),
  }
}

interface Where {
  readonly issuer: string
  readonly port: number
  readonly database: string
}

function configuration(scene: Scene, { issuer, port, database }: Where): object {
  const { machine, web, lasting, usernames, password, resource, scope } = scene
  return {
    issuer,
    listen: `127.0.0.1:${port}`,
    database,
    secret: 'c'.repeat(43),
    drain: '0s',
    throttle: { exempt: ['127.0.0.0/8'] },
    accounts: usernames.map((username) => ({ username, password })),
    resources: [{ resource, name: 'Postcards API', scopes: { [scope]: { title: 'See your postcards' } } }],
    clients: [machine, web, lasting].map((client) => licetClient(client, scene)),
  }
}

function licetClient({ client_id, client_secret, grant_types }: SceneClient, { redirect_uri, scope }: Scene): object {
  const usesCodes = grant_types.includes('authorization_code')
  return {
    client_id,
    client_name: client_id,
    client_secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types,
    response_types: usesCodes ? ['code'] : [],
    redirect_uris: usesCodes ? [redirect_uri] : [],
    scope,
  }
}

/** The process that all others of a PostgreSQL server descend from. */
async function postmaster({ socket }: PostgresServer): Promise<number> {
  const [pid] = (await readFile(join(dirname(socket), 'data', 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}
