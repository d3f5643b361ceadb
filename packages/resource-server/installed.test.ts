/** The package as others have it: installed below `node_modules`, used as its README says, against the server. */
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../../testing/free-port.ts'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import { root } from '../../testing/source.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'licet-installed-'))
const installed = join(folder, 'node_modules')
await run(process.execPath, [join(import.meta.dirname, 'pack.ts'), join(installed, '@licet/resource-server')])
mkdirSync(join(installed, '@types'))
for (const name of ['jose', 'express', '@types/node']) {
  symlinkSync(join(root, 'node_modules', name), join(installed, name))
}

const resource = 'https://api.example.com/'
const machine = { client_id: 'machine', client_secret: 'a secret of the machine that is long' }
const server = await startServer({
  configuration: {
    resources: [{ resource, name: 'API', scopes: { 'postcards.read': { title: 'Read' }, other: { title: 'Other' } } }],
    clients: [
      {
        ...machine,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'],
        scope: 'postcards.read other',
      },
    ],
  },
})
const running: ChildProcess[] = []
after(async () => {
  for (const one of running) one.kill()
  await server.stop()
  rmSync(folder, { recursive: true })
})

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
const [onNode = '', onExpress = ''] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)

/** Starts what the README shows, and answers where it listens. */
async function started(name: string, code: string): Promise<string> {
  writeFileSync(join(folder, name), code)
  const PORT = String(await freePort())
  const child = spawn(process.execPath, [join(folder, name)], {
    env: { ISSUER: server.issuer, PORT },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  await once(createInterface(child.stdout), 'line')
  return `http://127.0.0.1:${PORT}`
}

async function token(scope: string): Promise<string> {
  const { body } = await server.send({
    path: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, ...machine }).toString(),
  })
  return (JSON.parse(body) as { access_token: string }).access_token
}

must('RFC 6750 §3', 'what the README shows admits what it should, refuses the rest, and says where to go', async () => {
  const shown = [
    ['node.mjs', onNode, '/postcards'],
    ['express.mjs', onExpress, '/v1/postcards'],
  ] as const
  for (const [name, code, path] of shown) {
    const api = await started(name, code)
    const ask = (authorization?: string) =>
      fetch(`${api}${path}`, authorization === undefined ? {} : { headers: { authorization } })
    const good = await ask(`Bearer ${await token('postcards.read')}`)
    assert.deepEqual([good.status, ((await good.json()) as { client_id: string }).client_id], [200, 'machine'], name)

    const none = await ask()
    assert.equal(none.status, 401)
    const [, place = ''] = /resource_metadata="([^"]*)"/.exec(none.headers.get('www-authenticate') ?? '') ?? []
    const metadata = (await (await fetch(api + new URL(place).pathname)).json()) as Readonly<Record<string, unknown>>
    assert.deepEqual([metadata['resource'], metadata['authorization_servers']], [resource, [server.issuer]])

    const refusals: Readonly<Record<string, readonly [number, string]>> = {
      [`Bearer ${await token('other')}`]: [403, 'insufficient_scope'],
      'Bearer a.b.c': [401, 'invalid_token'],
      'Bearer a b': [400, 'invalid_request'],
    }
    for (const [authorization, expected] of Object.entries(refusals)) {
      const refused = await ask(authorization)
      const { error } = (await refused.json()) as { error: string }
      assert.deepEqual([refused.status, error], expected, name)
      assert.ok(refused.headers.get('www-authenticate')?.includes(`error="${error}"`))
    }
  }
})

test('R12: its types hold where everything is strict and nobody allows imports with .ts', async () => {
  const consumer = `
    import type { IncomingMessage } from 'node:http'
    import { nodeRequest, protectedResource, type AccessToken, type DpopOptions } from '@licet/resource-server'
    const dpop: DpopOptions = { isNew: () => true }
    const api = protectedResource({ issuer: 'https://id.test', resource: 'https://api.test/', dpop })
    export const admitted = (incoming: IncomingMessage): Promise<AccessToken> => api.admit(nodeRequest(incoming), 'read')
    export const fetched: Promise<AccessToken> = api.admit(new Request('https://api.test/'))
  `
  writeFileSync(join(folder, 'consumer.mts'), consumer)
  const typescript = dirname(dirname(new URL(import.meta.resolve('typescript')).pathname))
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
  const { stdout } = await run(process.execPath, [join(typescript, 'bin/tsc'), ...options, 'consumer.mts'], {
    cwd: folder,
  })
  assert.equal(stdout, '')
})
