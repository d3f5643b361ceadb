/** A server whose PostgreSQL is away, comes, and goes. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { freshDatabase, startPostgres, startStandby } from '../../testing/postgres.ts'
import { startProxy } from '../../testing/proxy.ts'
import { readConfiguration } from '../config/configuration.ts'
import { newId } from '../kernel/ids.ts'
import type { Detail } from '../kernel/refusal.ts'
import { judged } from './loaded-configuration.ts'
import { openManagement } from './managed.ts'
import { openOffline } from './offline.ts'
import { start, type RunningServer } from './start.ts'

const events: string[] = []
const keep = (event: string, _detail: Detail): void => void events.push(event)
const log = { info: keep, warn: keep, error: keep }

function loadFor(database: string, more: object = {}) {
  const raw = {
    issuer: 'http://localhost:4000',
    listen: '127.0.0.1:0',
    secret: Buffer.alloc(32, 7).toString('base64url'),
    drain: '0s',
    database,
    ...more,
    clients: [{ client_id: 'machine', client_secret: 'x'.repeat(40), grant_types: ['client_credentials'] }],
    resources: [{ resource: 'https://api.test/', name: 'API', scopes: { read: { title: 'Read' } } }],
  }
  return () => judged(readConfiguration(raw, '/', {}), 'test')
}

async function started(database: string, more: object = {}): Promise<RunningServer> {
  const load = loadFor(database, more)
  const loaded = load()
  assert.ok(loaded.outcome === 'good')
  return start({ configuration: loaded.configuration, load, log })
}

describe('while PostgreSQL is away', async () => {
  const postgres = await startPostgres()
  const proxy = await startProxy(postgres.socket)
  await proxy.refuse()
  const server = await started(`postgres://licet@127.0.0.1:${proxy.port}/postgres`)
  after(async () => {
    await server.drain()
    await postgres.stop()
  })
  const ask = async (path: string) =>
    (await fetch(`http://127.0.0.1:${server.address.port}${path}`, { redirect: 'manual' })).status
  const until = async (path: string, status: number): Promise<void> => {
    for (const late = performance.now() + 20_000; (await ask(path)) !== status; await wait(20)) {
      assert.ok(performance.now() < late, `${path} did not come to ${status}`)
    }
  }

  test('RL-06: a server that starts lives, is not ready, and says 503', async () => {
    assert.equal(await ask('/healthz'), 200)
    assert.equal(await ask('/readyz'), 503)
    assert.equal(await ask('/account'), 503)
    assert.equal(server.composition(), undefined)
  })

  test('RL-06: it joins when the database is there', async () => {
    await proxy.pass()
    await server.ready
    await until('/readyz', 200)
    assert.equal(await ask('/jwks'), 200)
    assert.ok(events.includes('database_unavailable') && events.includes('migration_applied'))
  })

  test('RL-06: when it goes, what is in memory is still served, all else is 503, and nothing needs a restart', async () => {
    assert.equal(await ask('/.well-known/openid-configuration'), 200)
    await proxy.refuse()
    await until('/readyz', 503)
    for (const path of ['/healthz', '/jwks', '/.well-known/openid-configuration'])
      assert.equal(await ask(path), 200, path)
    const since = performance.now()
    assert.equal(await ask('/account'), 503)
    assert.ok(performance.now() - since < 5000)
    await proxy.pass()
    await until('/readyz', 200)
    await until('/account', 303)
  })
})

describe('where PostgreSQL has a standby', async () => {
  const postgres = await startPostgres()
  const standby = await startStandby(postgres)
  const server = await started(postgres.url, { database_standby: standby.url })
  const client = new Client(standby.url)
  await client.connect()
  after(async () => {
    await client.end()
    await server.drain()
    await standby.stop()
    await postgres.stop()
  })
  const readTables = async (): Promise<readonly string[]> => {
    const { rows } = await client.query<{ relname: string }>(
      'select relname from pg_stat_user_tables where coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0',
    )
    return rows.map(({ relname }) => relname)
  }

  test('R22: signing keys and stored clients and resources are read from it, and nothing that a grant hangs on', async () => {
    await server.ready
    const ask = async (client_id: string): Promise<void> => {
      const authorization = `Basic ${Buffer.from(`${client_id}:${'x'.repeat(40)}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      await fetch(`http://127.0.0.1:${server.address.port}/token`, { method: 'POST', headers: { authorization }, body })
    }
    const isRead = async (): Promise<boolean> => {
      await ask('machine')
      await ask(newId())
      return (await readTables()).length >= 3
    }
    for (const late = performance.now() + 20_000; !(await isRead()); await wait(100)) {
      assert.ok(performance.now() < late, `only ${(await readTables()).join(', ')} is read from the standby`)
    }
    assert.deepEqual((await readTables()).toSorted(), ['clients', 'protected_resources', 'signing_keys'])
  })
})

test('RL-05: a PostgreSQL that may forget what it acknowledged is not served from', async (context) => {
  const unsafe = await startPostgres({ fsync: 'off' })
  context.after(() => unsafe.stop())
  const server = await started(unsafe.url)
  context.after(() => server.drain())
  await assert.rejects(server.ready, { reason: 'unsafe' })
})

test('RL-11: an operator’s command goes by the clock of PostgreSQL, however far that of their own machine is off', async (t) => {
  const loaded = loadFor(await freshDatabase())()
  assert.ok(loaded.outcome === 'good')
  const right = Math.floor(Date.now() / 1000)
  t.mock.timers.enable({ apis: ['Date'], now: (right - 600) * 1000 })
  const management = await openManagement(loaded.configuration, 'somebody')
  const offline = await openOffline(loaded.configuration)
  for (const { clock } of [management, offline.parts]) assert.ok(clock() >= right && clock() < right + 60)
  await management.close()
  await offline.close()
})
