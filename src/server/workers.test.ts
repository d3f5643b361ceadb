/** Several processes that serve as one: `licet serve --workers`, started as an operator starts it, on both databases. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync, readFileSync } from 'node:fs'
import { request as requestTo } from 'node:http'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startPostgres } from '../../testing/postgres.ts'
import { startServer, type TestServer } from '../../testing/server.ts'

const secret = 'a-secret-of-more-than-32-characters-for-tests'
const configuration = {
  clients: [{ client_id: 'machine', client_secret: secret, grant_types: ['client_credentials'] }],
  resources: [
    {
      resource: 'https://api.test/',
      name: 'API',
      access_token_format: 'opaque',
      introspection_clients: ['machine'],
      scopes: { 'api.read': { title: 'Read' } },
    },
  ],
}
const authorization = `Basic ${btoa(`machine:${secret}`)}`
const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' }

/** Sends a request over a connection of its own, so that any worker may get it. */
function ask({ port, issuer }: TestServer, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { host: new URL(issuer).host, ...(body !== undefined && form) }
    const sent = requestTo({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function newToken(server: TestServer): Promise<string> {
  const { status, body } = await ask(server, '/token', 'grant_type=client_credentials')
  assert.equal(status, 200, body)
  return (JSON.parse(body) as { readonly access_token: string }).access_token
}

/** The workers of a server: processes that serve its file, and whose parent does. */
function workersOf({ file }: TestServer): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args=']).toString().split('\n')
  const serving = lines.filter((line) => line.includes(file) && line.includes('main.ts'))
  const ids = serving.map((line) => line.trim().split(/\s+/, 2).map(Number))
  return ids.filter(([, parent]) => ids.some(([pid]) => pid === parent)).map(([pid = 0]) => pid)
}

async function until(holds: () => boolean): Promise<void> {
  for (const late = performance.now() + 60_000; !holds(); await wait(20)) assert.ok(performance.now() < late)
}

const postgres = await startPostgres()
const servers = {
  sqlite: await startServer({ configuration, workers: 2 }),
  postgres: await startServer({ configuration, workers: 2, database: postgres.url }),
}
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  await postgres.stop()
})

for (const [name, server] of Object.entries(servers)) {
  describe(`two workers over ${name}`, () => {
    test('R22: what one gives, each knows', async () => {
      const tokens = await Promise.all(Array.from({ length: 40 }, () => newToken(server)))
      const answers = await Promise.all(
        tokens.map((token) => ask(server, '/introspect', new URLSearchParams({ token }).toString())),
      )
      for (const { body } of answers) assert.equal((JSON.parse(body) as { readonly active: boolean }).active, true)
    })

    test('the numbers of all are added up, whichever is asked', async () => {
      const counted = async () => {
        const { body } = await ask(server, '/metrics')
        return Number(/licet_tokens_issued_total\{grant_type="client_credentials"\} (\d+)/.exec(body)?.[1])
      }
      const before = await counted()
      for (let count = 0; count < 10; count += 1) await newToken(server)
      assert.deepEqual([await counted(), await counted()], [before + 10, before + 10])
    })

    test('RL-13: one that is killed is missed by nobody who comes later, and another takes its place', async () => {
      const [killed = 0, spared = 0] = workersOf(server)
      const token = await newToken(server)
      process.kill(killed, 'SIGKILL')
      await server.logged(({ event }) => event === 'worker_ended')
      for (let count = 0; count < 10; count += 1) await newToken(server)
      await server.logged(({ event }) => event === 'worker_started')
      await until(() => workersOf(server).length === 2)
      assert.ok(workersOf(server).includes(spared) && !workersOf(server).includes(killed))
      const { body } = await ask(server, '/introspect', new URLSearchParams({ token }).toString())
      assert.equal((JSON.parse(body) as { readonly active: boolean }).active, true)
    })

    test('SIGHUP reaches all', async () => {
      const known = JSON.parse(readFileSync(server.file, 'utf8')) as object
      writeFileSync(server.file, JSON.stringify({ ...known, clients: [] }))
      server.signal('SIGHUP')
      await until(() => server.log.filter(({ event }) => event === 'configuration_reloaded').length === 2)
      for (let count = 0; count < 6; count += 1) {
        assert.equal((await ask(server, '/token', 'grant_type=client_credentials')).status, 401)
      }
    })
  })
}

test('RL-12: SIGTERM lets all finish, and the whole ends with 0', async () => {
  const server = await startServer({ configuration, workers: 3 })
  assert.equal(workersOf(server).length, 3)
  await server.stop()
  assert.equal(server.log.filter(({ event }) => event === 'stopped').length, 3)
})

test('a worker that cannot begin ends the whole, and says why', async () => {
  const { port } = servers.sqlite
  await assert.rejects(startServer({ configuration: { listen: `127.0.0.1:${port}` }, workers: 2 }), /is in use/)
})

test('how many is a number from 1 to 64', async () => {
  const { code, stderr } = await servers.sqlite.command(['serve', '--workers', '0'])
  assert.equal(code, 2)
  assert.match(stderr, /from 1 to 64/)
})

test('a database in memory, which each of them would have for itself, is refused', async () => {
  const started = startServer({ configuration, workers: 2, database: 'sqlite::memory:' })
  await assert.rejects(started, /a database in memory is one process’s own/)
})
