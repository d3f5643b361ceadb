/** node-oidc-provider, with its own adapter in memory and with ours over SQLite. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuOfTree, endServer, freePort, startServer } from '../processes.ts'
import type { ProviderSetting } from './oidc-provider-server.ts'
import type { Commits } from './oidc-provider-sqlite.ts'
import { discover, profiling, type Peer, type RunningPeer, type Setting } from './peer.ts'

/** node-oidc-provider as it comes: what it knows is lost with its process. */
export const inMemory: Peer = {
  name: 'oidc-provider-memory',
  title: 'node-oidc-provider, memory (loses all)',
  side: 'theirs',
  keeps: 'nothing',
  start: (setting) => startProvider(setting, undefined),
}

/** node-oidc-provider over SQLite, synced with each write that its adapter is asked for. */
export const onSqlite: Peer = {
  name: 'oidc-provider-sqlite',
  title: 'node-oidc-provider, SQLite, durable',
  side: 'theirs',
  keeps: 'durable',
  start: (setting) => startProvider(setting, 'each'),
}

/** node-oidc-provider over SQLite, with the writes of a turn of its event loop in one commit. */
export const onSqliteGrouped: Peer = {
  name: 'oidc-provider-sqlite-grouped',
  title: 'node-oidc-provider, SQLite, durable, commits grouped',
  side: 'theirs',
  keeps: 'durable',
  start: (setting) => startProvider(setting, 'grouped'),
}

async function startProvider(setting: Setting, commits: Commits | undefined): Promise<RunningPeer> {
  const { directory, scene } = setting
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const told: ProviderSetting = {
    scene,
    issuer,
    port,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] },
    cookieKey: randomBytes(32).toString('base64url'),
    sqlite: commits && { path: join(directory, 'provider.db'), commits },
  }
  const file = join(directory, 'setting.json')
  await writeFile(file, JSON.stringify(told))
  const output = join(directory, 'output')
  const launch = () =>
    startServer({
      command: process.execPath,
      parameters: [...profiling(setting), fileURLToPath(import.meta.resolve('./oidc-provider-server.ts')), file],
      output,
      options: { env: { ...process.env, NODE_ENV: 'production' } },
      ready: 'node-oidc-provider is ready',
    })
  let child = await launch()
  return {
    endpoints: await discover(issuer),
    cpu: () => cpuOfTree(child.pid ?? 0),
    fill: (browser, page, username) =>
      browser.submit(page, page.body.includes('name="login"') ? { login: username, password: scene.password } : {}),
    async crash() {
      await endServer(child, 'SIGKILL')
      child = await launch()
    },
    ...(commits && { checkSync: () => checkSync(output) }),
    stop: () => endServer(child),
  }
}

/** What the connection of the server said of itself as it began: WAL, and `synchronous` 2, which is FULL. */
async function checkSync(output: string): Promise<void> {
  const said = await readFile(output, 'utf8')
  if (!said.includes('{"journal_mode":"wal","synchronous":2}')) throw new Error(`it does not sync:\n${said}`)
}
