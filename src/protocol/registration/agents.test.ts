/** What agents ask of an authorization server, each of them registered by itself: R12, R13 and R14. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../../../testing/must.ts'
import { registrar, type Answer } from '../../../testing/registrar.ts'
import { worldAuthorization } from '../../../testing/world.ts'

const resources = [
  {
    resource: 'https://api.test/',
    name: 'Postcards API',
    introspection_clients: ['greatapp'],
    scopes: { 'postcards.read': { title: 'See your postcards' }, 'postcards.send': { title: 'Send postcards' } },
  },
  {
    resource: 'https://letters.test/mcp',
    name: 'Letters API',
    introspection_clients: ['greatapp'],
    scopes: { 'letters.read': { title: 'See your letters' } },
  },
]
const open = await registrar({
  resources,
  client_registration: { dynamic: 'any' },
  throttle: { exempt: ['192.0.2.0/24'] },
  consent: { access_for: ['once', '30d', 'until_removed'], default: '30d' },
})
after(() => open.close())

const api = 'https://api.test/'
const letters = 'https://letters.test/mcp'
const agent = {
  client_name: 'Agent',
  redirect_uris: ['http://127.0.0.1/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}
const registered = async (metadata: object = agent): Promise<Answer['body']> => (await open.register(metadata)).body

async function introspected(token: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await open.world.request('POST', '/introspect', { headers: worldAuthorization, body: { token } })
  return JSON.parse(body) as Readonly<Record<string, unknown>>
}

const refresh = (client: Answer['body'], refresh_token: string | undefined, more = {}) =>
  open.token(client, { grant_type: 'refresh_token', refresh_token: refresh_token ?? '', ...more })

describe('audience bound to approval', () => {
  must('RFC 8707 §2.2', 'R12: what was named is in the token and its introspection, and nothing else is', async () => {
    for (const resource of [api, letters]) {
      const { access_token, scope = '' } = await open.tokens(await registered(), { resource })
      assert.equal(decodeJwt(access_token).aud, resource)
      const owned = resource === api ? /^postcards\.read postcards\.send$/ : /^letters\.read$/
      assert.match(scope, owned, 'nobody asked who the person is')
      assert.equal((await introspected(access_token))['aud'], resource)
    }
  })

  test('R12, RT-09: neither the code nor a refresh gets a resource that was not approved; the approved one stays', async () => {
    const client = await registered()
    const { refresh_token } = await open.tokens(client, { resource: api, scope: 'postcards.read' })
    const wider = await refresh(client, refresh_token, { resource: letters })
    assert.deepEqual([wider.status, wider.body['error']], [400, 'invalid_target'])
    const same = await refresh(client, refresh_token, { resource: api })
    assert.equal(decodeJwt(String(same.body['access_token'])).aud, api)
    await assert.rejects(open.tokens(await registered(), { resource: 'https://evil.test/' }), /invalid_target/)
  })

  test('R12: of several that were approved a token is for one, the first unless another is asked for', async () => {
    const client = await registered()
    const { access_token, refresh_token } = await open.tokens(client, { scope: 'postcards.read letters.read' })
    assert.equal(decodeJwt(access_token).aud, api)
    const other = await refresh(client, refresh_token, { resource: letters })
    const token = decodeJwt(String(other.body['access_token']))
    assert.deepEqual([token.aud, token['scope']], [letters, 'letters.read'])
  })

  test('R12: who names no resource and no scope gets what it is registered for, the default resource first', async () => {
    const { access_token } = await open.tokens(await registered())
    assert.equal(decodeJwt(access_token).aud, api)
  })

  test('R12: the person is shown each resource that was named', async () => {
    const visitor = open.world.visitor()
    const page = await visitor.go(open.authorizeUrl(await registered(), { resource: letters, scope: 'letters.read' }))
    const consent = await visitor.submit(page, {
      press: 'login-submit',
      fields: { username: 'alice', password: 'wonderland' },
    })
    assert.match(consent.body, /Letters API/)
    assert.doesNotMatch(consent.body, /Postcards API/)
  })
})

describe('agents stay signed in', () => {
  test('R13: a client that registered for resource scopes alone may ask for offline_access, and refreshes', async () => {
    for (const scope of ['postcards.read', undefined]) {
      const client = await registered({ ...agent, scope })
      const { refresh_token } = await open.tokens(client, { scope: 'postcards.read offline_access' })
      assert.equal((await refresh(client, refresh_token)).status, 200)
    }
  })

  test('R13: gets a refresh token whether it asks for offline_access or not, and none where the person said once', async () => {
    const client = await registered()
    assert.ok((await open.tokens(client, { scope: 'postcards.read' })).refresh_token !== undefined)
    const once = await registrar({
      resources,
      client_registration: { dynamic: 'any' },
      consent: { access_for: ['once', '30d'], default: 'once' },
    })
    const { body } = await once.register(agent)
    assert.equal((await once.tokens(body, { scope: 'postcards.read offline_access' })).refresh_token, undefined)
    await once.close()
  })

  test('R13: a day of tokens of five minutes each takes one sign-in', async () => {
    const client = await registered()
    let { refresh_token } = await open.tokens(client, { scope: 'postcards.read' })
    for (let minutes = 0; minutes < 24 * 60; minutes += 5) {
      open.world.wait(300)
      const { status, body } = await refresh(client, refresh_token)
      assert.equal(status, 200)
      refresh_token = String(body['refresh_token'])
    }
  })

  test('R13: a request without scope and resource is granted, as the conformance suite of MCP sends it', async () => {
    const { access_token } = await open.tokens(await registered({ ...agent, scope: '' }))
    assert.ok(access_token !== '')
  })
})

describe('clients in browsers', () => {
  test('R14: a page that registered itself reads the answers of the token endpoint at once, errors too', async () => {
    const page = await registered({ ...agent, redirect_uris: ['https://page.test/cb'] })
    const ask = (origin: string) =>
      open.world.request('POST', '/token', {
        headers: { origin },
        body: { grant_type: 'refresh_token', refresh_token: 'x', client_id: String(page['client_id']) },
      })
    assert.equal((await ask('https://page.test')).headers['access-control-allow-origin'], undefined, 'nobody knows it')
    await open.tokens(page, { scope: 'postcards.read' })
    open.world.wait(1)
    const { status, headers } = await ask('https://page.test')
    assert.deepEqual([status, headers['access-control-allow-origin']], [400, 'https://page.test'])
    assert.equal((await ask('https://evil.test')).headers['access-control-allow-origin'], undefined)
    const authorize = await open.world.request('GET', '/authorize?client_id=x', {
      headers: { origin: 'https://page.test' },
    })
    assert.equal(authorize.headers['access-control-allow-origin'], undefined)
  })
})
