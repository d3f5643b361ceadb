import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import { registrar, type Answer } from '../../../testing/registrar.ts'

const closed = await registrar({})
const open = await registrar({ client_registration: { dynamic: 'any' }, throttle: { exempt: ['192.0.2.0/24'] } })
after(async () => {
  await closed.close()
  await open.close()
})

const web = { redirect_uris: ['https://app.test/cb'], client_name: 'App' }
const agent = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none', client_name: 'Agent' }

function refused({ status, body }: Answer, error: string): void {
  assert.deepEqual([status, body['error']], [400, error], JSON.stringify(body))
}

describe('the registration endpoint', () => {
  test('DR-01: is closed unless the operator opens it, and not advertised', async () => {
    const { status, body } = await closed.register(agent)
    assert.deepEqual([status, body['error']], [404, 'invalid_request'])
    assert.equal(closed.reason(), 'registration_closed')
    assert.equal((await closed.discovered())['registration_endpoint'], undefined)
    assert.equal((await open.discovered())['registration_endpoint'], 'https://id.test/register')
  })

  must(
    'RFC 7591 §3.2.1',
    'answers 201 with all metadata as registered, a secret of our making and when it ends',
    async () => {
      const { status, headers, body } = await open.register({ ...web, scope: 'openid postcards.read', x_unknown: 1 })
      assert.equal(status, 201)
      assert.match(String(headers['cache-control']), /no-store/)
      const { client_id, client_secret, registration_access_token, ...told } = body
      assert.match(String(client_id), /^[A-Za-z0-9_-]{22}$/)
      assert.match(String(client_secret), /^ls_/)
      assert.match(String(registration_access_token), /^lm_/)
      assert.deepEqual(told, {
        ...web,
        scope: 'openid postcards.read',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
        client_id_issued_at: open.clock(),
        client_secret_expires_at: 0,
        registration_client_uri: `https://id.test/register/${String(client_id)}`,
      })
    },
  )

  must(
    'RFC 7591 §2',
    'R15, CA-04: of the secret there is only a hash, it is good at the token endpoint, and no other is',
    async () => {
      const { body } = await open.register({ ...web, grant_types: ['authorization_code', 'refresh_token'] })
      const stored = JSON.stringify(await open.world.ground.stores.clients.find(String(body['client_id'])))
      assert.ok(!stored.includes(String(body['client_secret'])))
      const { refresh_token } = await open.tokens(body)
      assert.ok(refresh_token !== undefined)
      const other = { ...body, client_secret: 'another one, just as long as that one is' }
      assert.equal((await open.token(other, { grant_type: 'refresh_token', refresh_token })).status, 401)
      assert.equal(open.reason(), 'client_secret_wrong')
    },
  )

  test('DR-05: scope values and grant types that no stranger may have are left out, or refused where nothing is left', async () => {
    const grant_types = ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']
    const { body } = await open.register({ ...web, grant_types, scope: 'openid admin postcards.read' })
    assert.deepEqual(body['grant_types'], ['authorization_code'])
    assert.equal(body['scope'], 'openid postcards.read')
    for (const only of [['client_credentials'], ['password'], ['implicit']]) {
      refused(await open.register({ ...web, grant_types: only, response_types: [] }), 'invalid_client_metadata')
    }
  })

  test('DR-05: what the operator keeps from strangers, no stranger gets, whether it asks or is silent', async () => {
    const narrow = await registrar({ client_registration: { dynamic: 'any', scopes: ['openid', 'nowhere'] } })
    for (const scope of [undefined, 'openid postcards.send']) {
      const { body } = await narrow.register({ ...agent, scope })
      assert.equal(body['scope'], 'openid')
      const url = narrow.authorizeUrl(body, { scope: 'postcards.send' })
      const visitor = narrow.world.visitor()
      const leaving = await narrow.leave(visitor, await narrow.world.allow(visitor, url))
      assert.equal(leaving.searchParams.get('error'), 'invalid_scope')
    }
    await narrow.close()
  })

  must(
    'RFC 7591 §2',
    'R9: whoever registered itself with some scope gets that where it asks for none, and more where a person allows it',
    async () => {
      for (const client of [web, agent]) {
        const { body: made } = await open.register({ ...client, scope: 'postcards.read' })
        assert.deepEqual([made['scope'], made['default_scope']], ['postcards.read', undefined])
        const scopeOf = async (asked: Readonly<Record<string, string>>) => {
          const { access_token } = await open.tokens(made, asked)
          return decodeJwt(access_token)['scope']
        }
        assert.equal(await scopeOf({}), 'postcards.read')
        assert.equal(
          (await open.register({ ...client, scope: '' })).body['scope'],
          (await open.register(client)).body['scope'],
        )
        assert.equal(await scopeOf({ scope: 'postcards.read postcards.send' }), 'postcards.read postcards.send')
      }
    },
  )

  test('DR-06: what is ours to decide is ignored', async () => {
    const ours =
      '"client_id":"greatapp","trusted":true,"first_party":true,"skip_consent":true,"profile":"legacy","roles":["admin"],' +
      '"tenant":"x","disabled":true,"registered_by":"configuration","created_at":1,"created_by":"x","client_secret":"mine",' +
      '"refresh_replay_window":600,"default_scope":"admin","__proto__":{"first_party":true},"constructor":{"prototype":{}}'
    const { status, body } = await open.send('POST', '/register', `{"redirect_uris":["https://app.test/cb"],${ours}}`)
    assert.equal(status, 201)
    const stored = await open.world.ground.stores.clients.find(String(body['client_id']))
    assert.ok(stored !== undefined && stored.client_id !== 'greatapp')
    const { first_party, profile, disabled, registered_by, created_at, refresh_replay_window } = stored
    assert.deepEqual(
      { first_party, profile, disabled, registered_by, created_at, refresh_replay_window },
      {
        first_party: false,
        profile: 'oauth21',
        disabled: false,
        registered_by: 'registration',
        created_at: open.clock(),
        refresh_replay_window: 60,
      },
    )
    assert.doesNotMatch(JSON.stringify(stored), /mine|admin|skip_consent|tenant/)
    assert.equal(({} as { first_party?: boolean }).first_party, undefined)
  })

  test('DR-02, DR-03: redirect URIs are judged as everywhere', async () => {
    const dangerous = ['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:alert(1)', 'java\tscript:x', 'myapp:/cb']
    const misshapen = [
      'https://a.test/#f',
      'https://u@a.test/',
      'https://*.a.test/',
      '/cb',
      '',
      'https:\\\\a.test\\',
      'https://ä.test/',
    ]
    for (const uri of [...dangerous, ...misshapen, `https://a.test/${'x'.repeat(2048)}`, 'http://a.test/cb']) {
      refused(await open.register({ redirect_uris: [uri] }), 'invalid_redirect_uri')
    }
    const many = Array.from({ length: 1000 }, (_, number) => `https://a.test/${number}`)
    refused(await open.register({ redirect_uris: many }), 'invalid_client_metadata')
  })

  must('RFC 8252 §8.3', 'DR-04: a loopback address is for native clients', async () => {
    const loopback = { redirect_uris: ['http://localhost/cb'] }
    refused(await open.register({ ...loopback, application_type: 'web' }), 'invalid_redirect_uri')
    refused(await open.register(loopback), 'invalid_redirect_uri')
    assert.equal((await open.register({ ...loopback, application_type: 'native' })).status, 201)
  })

  test('DR-09, JA-13: keys come by one way, public, and strong', async () => {
    const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] }
    const keyed = { ...web, token_endpoint_auth_method: 'private_key_jwt' }
    for (const keys of [
      { jwks },
      { jwks: [] },
      { jwks: { keys: {} } },
      { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      {},
    ]) {
      refused(await open.register({ ...keyed, ...keys }), 'invalid_client_metadata')
    }
    refused(await open.register({ ...keyed, jwks, jwks_uri: 'https://a.test/jwks' }), 'invalid_client_metadata')
  })

  test('DR-11, BR-27: a name that deceives the eye is refused', async () => {
    for (const client_name of ['Go\u202Egle', 'a\u200bb', 'x'.repeat(5000), 'a\nb', `e${'\u0301'.repeat(9)}`, ' ']) {
      refused(await open.register({ ...web, client_name }), 'invalid_client_metadata')
    }
    assert.equal((await open.register({ ...web, client_name: '<b>App</b>' })).body['client_name'], '<b>App</b>')
  })

  test('PX-08, BR-31: the body is one JSON object, each name once, and is called so', async () => {
    const depth = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    const bodies = [
      '',
      'null',
      '[]',
      '"x"',
      '{',
      '\ufeff{}',
      '{"a":1,"a":2}',
      '{"redirect_uris":["https://a.test/"],"redirect_uris":[]}',
      depth,
    ]
    for (const body of bodies) {
      const { status } = await open.send('POST', '/register', body)
      assert.deepEqual([status, open.reason()], [400, 'json_malformed'], body.slice(0, 40))
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-7',
      'text/json',
      '',
    ]) {
      const headers = { 'content-type': type, origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
      const { status } = await open.send('POST', '/register', JSON.stringify(web), headers)
      assert.deepEqual([status, open.reason()], [415, 'json_expected'], type)
    }
    const odd = await open.send('POST', '/register', '{"redirect_uris":["https://a.test/"],"default_max_age":1e999}')
    refused(odd, 'invalid_client_metadata')
    const surrogate = await open.send(
      'POST',
      '/register',
      '{"redirect_uris":["https://a.test/"],"client_name":"\\ud800x"}',
    )
    refused(surrogate, 'invalid_client_metadata')
  })

  test('DR-10: a flood from one network is turned away, and leaves nothing', async () => {
    const busy = await registrar({ client_registration: { dynamic: 'any' } })
    const statuses = new Map<number, number>()
    for (let each = 0; each < 1000; each += 1) {
      const { status, headers } = await busy.register(web)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 429) assert.ok(Number(headers['retry-after']) > 0 && busy.reason() === 'registration_limited')
    }
    assert.ok((statuses.get(201) ?? 0) <= 60)
    assert.equal((statuses.get(201) ?? 0) + (statuses.get(429) ?? 0), 1000)
    assert.equal((await busy.register(web, '203.0.113.9')).status, 201, 'another network is not held back')
    await busy.close()
  })

  test('DR-10: what nobody uses goes by itself', async () => {
    const aging = await registrar({ client_registration: { dynamic: 'any', unused_for: '10d' } })
    const { body: unused } = await aging.register(web)
    const { body: used } = await aging.register({ ...web, grant_types: ['authorization_code', 'refresh_token'] })
    await aging.tokens(used)
    const { clients, expiredRows } = aging.world.ground.stores
    for (const [days, left] of [
      [9, true],
      [2, false],
    ] as const) {
      aging.world.wait(days * 86_400)
      await expiredRows.sweep(aging.clock(), 1000)
      assert.equal((await clients.findRegistration(String(unused['client_id']))) !== undefined, left)
    }
    aging.world.wait(15 * 86_400)
    await expiredRows.sweep(aging.clock(), 1000)
    assert.ok((await clients.findRegistration(String(used['client_id']))) !== undefined)
    aging.world.wait(90 * 86_400)
    await expiredRows.sweep(aging.clock(), 1000)
    await expiredRows.sweep(aging.clock(), 1000)
    assert.equal(await clients.findRegistration(String(used['client_id'])), undefined, 'its grant has ended')
    await aging.close()
  })

  test('R14: scripts of every origin may read the answer, errors too', async () => {
    const headers = { origin: 'https://inspector.test' }
    const preflight = await open.world.request('OPTIONS', '/register', { headers })
    assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, '*'])
    const refusal = await open.send('POST', '/register', '{}', headers)
    assert.deepEqual([refusal.status, refusal.headers['access-control-allow-origin']], [400, '*'])
  })
})
