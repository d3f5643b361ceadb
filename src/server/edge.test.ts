import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { world, worldAuthorization, type World, type WorldRequest } from '../../testing/world.ts'
import { openOverloadGate, ranks } from '../http/overload.ts'
import { networks } from '../kernel/network.ts'
import { DatabaseUnavailable } from '../storage/database.ts'
import { edge as edgeOf } from './edge.ts'
import { routes } from './routes.ts'

const one = await world({ trusted_proxies: ['10.0.0.0/8'] })
after(() => one.close())

/** The reason that the log gives for the last refusal. */
const lastReason = ({ log }: World = one) =>
  log.findLast(({ detail }) => detail['reason'] !== undefined)?.detail['reason']
const refused = async (method: string, path: string, request?: WorldRequest) => {
  const { status } = await one.request(method, path, request)
  return [status, lastReason()]
}
const discovery = '/.well-known/openid-configuration'

test('PX-01: a request for another host, for none, or for two is refused', async () => {
  const hosts = [
    'evil.test',
    'id.test.evil.test',
    'id.test:8443',
    'evil.test:443',
    'id.test@evil.test',
    '127.0.0.1',
    'id.test.',
  ]
  for (const host of hosts) {
    assert.deepEqual(await refused('GET', discovery, { headers: { host } }), [421, 'host_not_ours'], host)
  }
  assert.deepEqual(await refused('GET', discovery, { headers: { host: '' } }), [400, 'host_missing'])
  for (const host of ['id.test', 'ID.TEST', 'id.test:443']) {
    assert.equal((await one.request('GET', discovery, { headers: { host } })).status, 200, host)
  }
})

test('PX-01: a header field that decides something cannot come twice', async () => {
  for (const name of ['Host', 'content-length', 'Authorization', 'Content-Type']) {
    const rawHeaders = ['Host', 'id.test', name, 'a', name, 'b']
    const { edge } = composed()
    const arrival = { method: 'POST', target: '/token', headers: { host: 'id.test' }, rawHeaders, peer: '192.0.2.7' }
    const answer = edge.admit(arrival, undefined)
    assert.ok(answer instanceof Promise)
    assert.equal((await answer).status, 400, name)
    assert.equal(lastReason(), 'header_repeated')
  }
})

must('RFC 9112 §6.1', 'PX-05: a body is sent plain or chunked once, or the connection ends', async () => {
  for (const coding of ['identity, chunked', 'gzip, chunked', 'chunked, chunked', 'identity']) {
    const answer = await one.request('POST', '/token', { headers: { 'transfer-encoding': coding } })
    assert.deepEqual([answer.status, answer.headers['connection']], [400, 'close'], coding)
    assert.equal(lastReason(), 'transfer_coding_not_taken')
  }
})

must('RFC 9112 §3.2.2', 'PX-01: a target in absolute form is taken for its host, whatever Host says', async () => {
  assert.equal((await one.request('GET', `https://id.test${discovery}`)).status, 200)
  assert.deepEqual(await refused('GET', `http://evil.test${discovery}`), [421, 'host_not_ours'])
  assert.deepEqual(await refused('OPTIONS', '*'), [400, 'target_malformed'])
  assert.deepEqual(await refused('CONNECT', 'id.test:443'), [400, 'target_malformed'])
  assert.deepEqual(await refused('GET', `${discovery}#fragment`), [400, 'target_malformed'])
})

test('R4, JK-07: no request header changes a byte of what is published', async () => {
  const plain = await one.request('GET', discovery)
  const forged = {
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '81',
    forwarded: 'host=evil.test;proto=http',
    'x-original-host': 'evil.test',
    'x-real-ip': '10.0.0.1',
  }
  const answer = await one.request('GET', discovery, { headers: forged })
  assert.deepEqual([answer.status, answer.body], [200, plain.body])
})

test('PX-02: X-Forwarded-For counts when a trusted proxy sends it, and no other header does', async () => {
  const addressOf = async (peer: string, headers: Readonly<Record<string, string>>) => {
    await one.request('GET', '/nowhere', { peer, headers })
    return one.log.at(-1)?.detail['address']
  }
  assert.equal(await addressOf('192.0.2.7', { 'x-forwarded-for': '203.0.113.9' }), '192.0.2.7')
  assert.equal(await addressOf('10.1.2.3', { 'x-forwarded-for': '203.0.113.9' }), '203.0.113.9')
  assert.equal(await addressOf('10.1.2.3', { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }), '203.0.113.9')
  assert.equal(await addressOf('::ffff:10.1.2.3', { 'x-forwarded-for': '203.0.113.9' }), '203.0.113.9')
  assert.equal(await addressOf('10.1.2.3', { 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6' }), '10.1.2.3')
})

test('PX-03: what a trusted proxy took by http is refused where the issuer is https', async () => {
  const headers = { 'x-forwarded-proto': 'http' }
  assert.deepEqual(await refused('GET', '/account', { peer: '10.1.2.3', headers }), [400, 'https_required'])
  const { status } = await one.request('GET', '/account', {
    peer: '10.1.2.3',
    headers: { 'x-forwarded-proto': 'https' },
  })
  assert.equal(status, 303)
})

test('PX-04: another spelling of a path is another path, and there is nothing at it', async () => {
  const paths = [
    '//token',
    '/./token',
    '/token/',
    '/%74oken',
    '/token;x',
    '/token%00',
    '/TOKEN',
    '/x/../token',
    '/token//',
  ]
  const traversal = [
    '/../../etc/passwd',
    '/assets/../../package.json',
    '/assets/%2e%2e%2fpackage.json',
    '/assets/..',
    '/\\token',
  ]
  for (const path of [...paths, ...traversal]) {
    const [status, reason] = await refused('POST', path)
    assert.ok(status === 404 ? reason === 'path_unknown' : reason === 'method_not_taken', path)
  }
  assert.equal((await one.request('GET', '/assets/..')).status, 404)
  assert.equal(lastReason(), 'asset_unknown')
  assert.deepEqual(await refused('GET', '/interaction/a/b'), [404, 'path_unknown'])
})

test('TK-01: a method that a path does not take is refused with those it takes, and reaches no handler', async () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
    const answer = await one.request(method, '/token?grant_type=client_credentials', { headers: worldAuthorization })
    assert.equal(answer.status, 405, method)
    assert.equal(answer.headers['allow'], 'POST, OPTIONS')
    assert.equal(lastReason(), 'method_not_taken')
  }
  assert.equal((await one.request('HEAD', '/authorize')).status, 405)
  assert.ok(!JSON.stringify(one.log).includes('client_credentials'))
})

test('a refusal before the handler can be read by the scripts that can read the handler’s answers', async () => {
  const fromSpa = { headers: { origin: 'https://spa.test', 'content-length': '70000' } }
  const tooLarge = await one.request('POST', '/token', fromSpa)
  assert.deepEqual([tooLarge.status, tooLarge.headers['access-control-allow-origin']], [413, 'https://spa.test'])
  const stranger = await one.request('POST', '/token', {
    headers: { origin: 'https://evil.test', 'content-length': '70000' },
  })
  assert.equal(stranger.headers['access-control-allow-origin'], undefined)
  const preflight = await one.request('OPTIONS', '/token', { headers: { origin: 'https://spa.test' } })
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, 'https://spa.test'])
  const authorize = await one.request('OPTIONS', '/authorize', { headers: { origin: 'https://spa.test' } })
  assert.deepEqual([authorize.status, authorize.headers['access-control-allow-origin']], [405, undefined])
})

test('TK-07: a body that says it is too large is refused before it is read', async () => {
  const answer = await one.request('POST', '/token', { headers: { 'content-length': '65537' } })
  assert.deepEqual([answer.status, answer.headers['connection']], [413, 'close'])
  assert.equal(lastReason(), 'body_too_large')
})

test('DS-02: a flood of header fields or cookies is refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, 'a']))
  assert.deepEqual(await refused('GET', discovery, { headers: many }), [431, 'headers_too_many'])
  const cookie = Array.from({ length: 300 }, (_, index) => `c${index}=a`).join('; ')
  assert.deepEqual(await refused('GET', '/account', { headers: { cookie } }), [431, 'headers_too_many'])
})

describe('every answer', () => {
  const answers: readonly (readonly [string, string])[] = [
    ...routes.map(({ path }) => ['GET', path.replace(/:[a-z]+/, 'x')] as const),
    ['GET', '/authorize?client_id=nope'],
    ['POST', '/token'],
    ['GET', '/nowhere'],
    ['PUT', '/account'],
  ]
  for (const [method, path] of answers) {
    test(`BR-01, BR-03, BR-05, BR-06: ${method} ${path} has the security headers`, async () => {
      const { headers } = await one.request(method, path)
      assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/)
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.match(String(headers['permissions-policy']), /camera=\(\)/)
      assert.match(String(headers['strict-transport-security']), /max-age=(3153[6-9]|[4-9])/)
      assert.match(String(headers['x-request-id']), /^[A-Za-z0-9_-]{22}$/)
      const cached = ['discovery', 'jwks_uri'].some(
        (name) => path === routes.find((route) => route.name === name)?.path,
      )
      assert.match(String(headers['cache-control']), cached ? /max-age=\d+/ : /no-store/)
    })
  }
})

test('HSTS is said by https only: a browser must not learn it of this machine', async () => {
  const local = await world({ issuer: 'http://localhost:4000' })
  const { headers } = await local.request('GET', '/account')
  assert.equal(headers['strict-transport-security'], undefined)
  await local.close()
})

test('the request id is ours, whatever the request says of it', async () => {
  const { headers } = await one.request('GET', '/nowhere', { headers: { 'x-request-id': 'forged' } })
  assert.notEqual(headers['x-request-id'], 'forged')
  assert.equal(one.log.at(-1)?.detail['request_id'], headers['x-request-id'])
})

test('PX-07: what fails inside tells a reference and nothing else', async () => {
  const { edge } = composed(() => Promise.reject(new TypeError('at /home/licet/src/secret.ts: select * from x')))
  for (const [target, speaks] of [
    ['/account', 'page'],
    ['/token', 'json'],
  ] as const) {
    const method = speaks === 'page' ? 'GET' : 'POST'
    const admitted = edge.admit(
      { method, target, headers: { host: 'id.test' }, rawHeaders: ['Host', 'id.test'], peer: '192.0.2.7' },
      undefined,
    )
    assert.ok(!(admitted instanceof Promise))
    const { status, headers, body } = await edge.answer(admitted, '')
    assert.equal(status, 500)
    assert.doesNotMatch(body, /secret\.ts|select|TypeError|node_modules/)
    const reference = String(headers['x-request-id'])
    if (speaks === 'page') assert.match(body, new RegExp(`id="error-reference"[^>]*>\\s*${reference}`))
    else
      assert.deepEqual(JSON.parse(body), {
        error: 'server_error',
        error_description: 'Something failed on this side',
        error_uri: 'https://id.test/errors/internal_failure',
      })
    const line = one.log.findLast(({ event }) => event === 'internal_failure')
    assert.equal(line?.detail['request_id'], reference)
    assert.ok(line.cause instanceof TypeError)
  }
})

test('RL-04: while the database is away, the answer is 503 with a time to come back', async () => {
  const { edge } = composed(() => Promise.reject(new DatabaseUnavailable('failed')))
  const arrival = {
    method: 'GET',
    target: '/account',
    headers: { host: 'id.test' },
    rawHeaders: ['Host', 'id.test'],
    peer: '192.0.2.7',
  }
  const admitted = edge.admit(arrival, undefined)
  assert.ok(!(admitted instanceof Promise))
  const { status, headers } = await edge.answer(admitted, '')
  assert.deepEqual([status, headers['retry-after']], [503, '2'])
  assert.equal(one.log.at(-1)?.event, 'database_unavailable')
})

test('a body that breaks off is an error of the request', async () => {
  const { edge } = composed()
  const arrival = {
    method: 'POST',
    target: '/token',
    headers: { host: 'id.test' },
    rawHeaders: ['Host', 'id.test'],
    peer: '192.0.2.7',
  }
  const admitted = edge.admit(arrival, undefined)
  assert.ok(!(admitted instanceof Promise))
  const { status, headers } = await edge.refuseBody(admitted, 'unreadable')
  assert.deepEqual([status, headers['connection'], lastReason()], [400, 'close', 'body_unreadable'])
})

test('R5, DS-01, DS-02: bytes that make no request are refused for a reason, and the connection ends', () => {
  const { edge } = composed()
  const reasons = {
    too_large: [431, 'head_too_large'],
    too_slow: [408, 'request_too_slow'],
    unreadable: [400, 'head_unreadable'],
  } as const
  for (const why of ['too_large', 'too_slow', 'unreadable'] as const) {
    const { status, headers } = edge.refuseHead(why, '192.0.2.7')
    assert.deepEqual([status, lastReason()], reasons[why])
    assert.equal(headers['connection'], 'close')
    assert.equal(one.log.at(-1)?.detail['address'], '192.0.2.7')
  }
})

test('the addresses that people know are at the root of the host as well, where the issuer has a path', async () => {
  const tenant = await world({ issuer: 'https://id.test/tenant' })
  for (const path of ['/account', '/account/security', '/device']) {
    assert.equal((await tenant.request('GET', path)).status, 303, path)
    assert.equal((await tenant.request('GET', `/tenant${path}`)).status, 303, path)
  }
  assert.equal((await tenant.request('GET', '/authorize')).status, 404)
  const { status, headers } = await tenant.request('GET', '/.well-known/change-password')
  assert.deepEqual([status, headers['location']], [303, 'https://id.test/tenant/account/password'])
  await tenant.close()
})

test('RL-06: while it starts, the process says that it lives, and 503 to everything else', async () => {
  const { edge } = composed(undefined, 'starting')
  const ask = async (target: string) => {
    const arrival = {
      method: 'GET',
      target,
      headers: { host: 'id.test' },
      rawHeaders: ['Host', 'id.test'],
      peer: '192.0.2.7',
    }
    const admitted = edge.admit(arrival, undefined)
    return admitted instanceof Promise ? admitted : edge.answer(admitted, '')
  }
  assert.equal((await ask('/healthz')).status, 200)
  assert.equal((await ask('/account')).status, 503)
  assert.equal(lastReason(), 'not_ready')
})

test('RL-12: while it drains, readiness says so, work goes on, and connections are not kept', async () => {
  const draining = await world()
  assert.equal((await draining.request('GET', '/readyz')).status, 200)
  draining.enter('draining')
  const ready = await draining.request('GET', '/readyz')
  assert.deepEqual([ready.status, ready.headers['connection']], [503, 'close'])
  assert.equal((await draining.request('GET', discovery)).status, 200)
  assert.equal((await draining.request('GET', '/healthz')).status, 200)
  await draining.close()
})

test('the metrics have names of ours, and say how long expired rows have waited', async () => {
  const { status, headers, body } = await one.request('GET', '/metrics')
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^text\/plain/)
  const names: readonly string[] = body.match(/^[a-z_]+/gm) ?? []
  assert.deepEqual(
    names.filter((name) => !name.startsWith('licet_')),
    [],
  )
  assert.ok(names.includes('licet_oldest_expired_row_seconds'))
})

test('probes answer by whatever name they ask: they know an address only', async () => {
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await one.request('GET', path, { headers: { host: '10.4.5.6:4000' } })).status, 200, path)
  }
})

test('R16: under overload who goes last is told 503 and when to come back, as their address speaks', async () => {
  const busy = await world({ overload: { places: 100 } })
  const { overload } = busy.ground
  const statuses = async () => {
    const paths = ['/token', '/interaction/none', '/authorize', '/account', '/jwks', '/healthz'] as const
    const methods = paths.map((path) => (path === '/token' ? 'POST' : 'GET'))
    return Promise.all(paths.map(async (path, index) => (await busy.request(methods[index] ?? '', path)).status))
  }
  const usual = await statuses()
  for (let place = 0; place < 90; place += 1) void overload.enter('token')
  assert.deepEqual(await statuses(), usual)
  overload.noteLateness(1000, 1000)
  for (const rank of ranks) for (let own = 0; own < 13; own += 1) void overload.enter(rank)
  for (let place = 0; place < 48; place += 1) overload.leave('token')
  assert.deepEqual(await statuses(), [usual[0], 503, 503, 503, usual[4], usual[5]])

  for (let place = 0; place < 10; place += 1) void overload.enter('token')
  const before = busy.log.length
  const machine = await busy.request('POST', '/token')
  const { error, error_uri } = JSON.parse(machine.body) as Record<string, string>
  assert.deepEqual([machine.status, error], [503, 'temporarily_unavailable'])
  assert.equal(error_uri?.split('/').at(-1), 'server_overloaded')
  const person = await busy.request('GET', '/account')
  assert.match(String(person.headers['content-type']), /^text\/html/)
  for (const { headers } of [machine, person]) assert.equal(headers['retry-after'], '1')
  assert.equal(busy.log.length, before, 'each who is turned away costs a line')
  await busy.close()
})

/** An edge whose handlers all do one thing, over the log of the world. */
function composed(handler: () => Promise<never> = () => Promise.reject(new Error('not asked')), stage = 'ready') {
  const all = Object.fromEntries(routes.map(({ name }) => [name, handler])) as unknown as Parameters<
    typeof edgeOf
  >[0]['handlers']
  const answer = () => Promise.resolve({ status: 200, headers: {}, body: '' })
  return {
    edge: edgeOf({
      issuer: one.issuer,
      settings: one.parts.settings,
      trusted_proxies: networks([]),
      certificateOf: () => undefined,
      alias: undefined,
      log: one.parts.log,
      handlers: stage === 'starting' ? { health: answer, readiness: answer, metrics: answer } : all,
      atOnce: {},
      isKnownOrigin: () => Promise.resolve(false),
      observe: () => undefined,
      overload: openOverloadGate({ places: 128 }),
      isDraining: () => false,
    }),
  }
}
