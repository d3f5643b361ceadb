import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { registrar, type Answer } from '../../../testing/registrar.ts'

const open = await registrar({ client_registration: { dynamic: 'any' }, throttle: { exempt: ['192.0.2.0/24'] } })
after(() => open.close())

const grant_types = ['authorization_code', 'refresh_token']
const web = { redirect_uris: ['https://app.test/cb'], client_name: 'App', grant_types }

async function registered(metadata: object = web): Promise<Answer['body']> {
  return (await open.register(metadata)).body
}

function unauthorized({ status, headers, body }: Answer): void {
  assert.deepEqual([status, body['error']], [401, 'invalid_token'])
  assert.match(String(headers['www-authenticate']), /^Bearer /)
  assert.equal(open.reason(), 'registration_access_token_wrong')
}

describe('a client’s own registration', () => {
  must('RFC 7592 §2.1', 'is read with everything in it but the secret, of which there is only a hash', async () => {
    const made = await registered({ ...web, initiate_login_uri: 'https://app.test/login' })
    const { status, headers, body } = await open.manage('GET', made)
    const { client_secret: _once, ...rest } = made
    assert.equal(status, 200)
    assert.match(String(headers['cache-control']), /no-store/)
    assert.deepEqual(body, rest)
    assert.equal(body['initiate_login_uri'], 'https://app.test/login')
  })

  must('RFC 7592 §2.2', 'is replaced as a whole: what is left out is taken away', async () => {
    const made = await registered({ ...web, contacts: ['a@app.test'] })
    const { client_id, client_secret } = made
    const { status, body } = await open.manage('PUT', made, { ...web, client_id, client_secret, client_name: 'New' })
    assert.equal(status, 200)
    assert.deepEqual([body['client_name'], body['contacts'], body['client_secret']], ['New', undefined, undefined])
    assert.equal((await open.tokens({ ...body, client_secret })).refresh_token !== undefined, true)
  })

  test('DR-05, DR-06, DR-07: an update passes the same check as a registration, under the same policy', async () => {
    let made = await registered()
    const update = async (more: object) => {
      const answer = await open.manage('PUT', made, { ...web, client_id: made['client_id'], ...more })
      if (answer.status === 200) made = answer.body
      return answer
    }
    const wide = await update({ scope: 'openid admin', first_party: true, profile: 'legacy', disabled: false })
    assert.equal(wide.body['scope'], 'openid')
    const stored = await open.world.ground.stores.clients.find(String(made['client_id']))
    assert.deepEqual([stored?.first_party, stored?.profile], [false, 'oauth21'])
    const wrong: readonly (readonly [object, string])[] = [
      [{ redirect_uris: ['javascript:alert(1)'] }, 'redirect_uri_scheme_forbidden'],
      [{ grant_types: ['client_credentials'], response_types: [] }, 'grant_types_not_offered'],
      [{ client_name: 'Go\u202Egle' }, 'client_name_unsafe'],
      [{ jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, 'client_jwk_symmetric'],
      [{ client_id: 'greatapp' }, 'registration_of_other_client'],
      [{ client_id: undefined }, 'registration_of_other_client'],
      [{ client_secret: 'a-secret-of-my-own-that-is-very-long-indeed' }, 'registration_secret_chosen'],
      [{ client_secret: 7 }, 'registration_secret_chosen'],
      [{ registration_access_token: 'x' }, 'registration_field_of_server'],
      [{ registration_client_uri: 'x' }, 'registration_field_of_server'],
      [{ client_id_issued_at: 1 }, 'registration_field_of_server'],
      [{ client_secret_expires_at: 0 }, 'registration_field_of_server'],
    ]
    for (const [bad, reason] of wrong) {
      assert.deepEqual([(await update(bad)).status, open.reason()], [400, reason], JSON.stringify(bad))
    }
  })

  test('CI-04, BR-24: with another name or other addresses it is not given anything by an earlier yes', async () => {
    let made = await registered()
    const visitor = open.world.visitor()
    const first = await open.world.allow(visitor, open.authorizeUrl(made, { scope: 'postcards.read' }))
    assert.ok(first.leaves?.searchParams.has('code'))
    const again = () => visitor.go(open.authorizeUrl(made, { scope: 'postcards.read' }))
    assert.ok((await again()).leaves?.searchParams.has('code'))
    for (const changed of [{ redirect_uris: ['https://other.test/cb'] }, { client_name: 'Your Bank' }]) {
      made = (await open.manage('PUT', made, { ...web, ...changed, client_id: made['client_id'] })).body
      const asked = await again()
      assert.match(asked.body, /id="consent-allow"/, JSON.stringify(changed))
      assert.ok((await visitor.submit(asked, { press: 'consent-allow' })).leaves?.searchParams.has('code'))
      assert.ok((await again()).leaves?.searchParams.has('code'), 'once')
    }
  })

  test('CI-04, BR-14: a yes to a page counts for the client as that page showed it, and for no other', async () => {
    const made = await registered()
    const visitor = open.world.visitor()
    const url = open.authorizeUrl(made, { scope: 'postcards.read' })
    const fields = { username: 'alice', password: 'wonderland' }
    const shown = await visitor.submit(await visitor.go(url), { press: 'login-submit', fields })
    await open.manage('PUT', made, { ...web, client_id: made['client_id'], client_name: 'Your Bank' })
    const asked = await visitor.submit(shown, { press: 'consent-allow' })
    assert.deepEqual([asked.status, asked.leaves], [403, undefined])
    assert.match(asked.body, /Your Bank/)
    assert.ok((await visitor.submit(asked, { press: 'consent-allow' })).leaves?.searchParams.has('code'))
  })

  test('R16: takes away nothing of what an operator requires, and adds nothing to it', async () => {
    const { clients } = open.world.ground.stores
    const made = await registered({ ...web, required_acr: 'phr' })
    const client_id = String(made['client_id'])
    const before = await clients.find(client_id)
    assert.equal(before?.metadata.required_acr, undefined)
    assert.ok(before)
    const required_acr = 'urn:licet:acr:mfa'
    await clients.update({ ...before, metadata: { ...before.metadata, required_acr } })
    for (const said of [undefined, null, 'phr']) {
      await open.manage('PUT', made, { ...web, client_id, required_acr: said })
      assert.equal((await clients.find(client_id))?.metadata.required_acr, required_acr)
    }
  })

  test('R16: a change takes away nothing of what an operator requires at the same moment', async () => {
    const { clients } = open.world.ground.stores
    const made = await registered()
    const client_id = String(made['client_id'])
    const before = await clients.find(client_id)
    assert.ok(before)
    const required = { ...before, metadata: { ...before.metadata, required_acr: 'urn:licet:acr:mfa' as const } }
    const update = open.manage('PUT', made, { ...web, client_id, client_name: 'New' })
    await Promise.all([update, clients.update(required)])
    const { metadata } = (await clients.find(client_id)) ?? {}
    assert.equal((await update).status, 200)
    assert.deepEqual([metadata?.required_acr, metadata?.client_name], ['urn:licet:acr:mfa', 'New'])
  })

  test('R15: a secret is made when one is needed first, and forgotten when none is needed any more', async () => {
    const before = await registered({ ...web, token_endpoint_auth_method: 'client_secret_post' })
    const { client_id } = before
    const none = await open.manage('PUT', before, { ...web, client_id, token_endpoint_auth_method: 'none' })
    assert.equal(none.body['client_secret'], undefined)
    const again = await open.manage('PUT', none.body, { ...web, client_id })
    assert.match(String(again.body['client_secret']), /^ls_/)
    assert.notEqual(again.body['client_secret'], before['client_secret'])
    assert.equal(
      (await open.token({ client_id, client_secret: before['client_secret'] }, { grant_type: 'x' })).status,
      401,
    )
  })

  test('DR-08: a token is good for its own client, until it is replaced, and in no other form', async () => {
    const [one, other] = [await registered(), await registered()]
    unauthorized(await open.manage('GET', { ...one, registration_client_uri: other['registration_client_uri'] }))
    const configured = { ...one, registration_client_uri: 'https://id.test/register/greatapp' }
    for (const method of ['GET', 'PUT', 'DELETE'] as const) unauthorized(await open.manage(method, configured, {}))
    const token = String(one['registration_access_token'])
    for (const wrong of [
      '',
      token.slice(0, -1),
      `${token}=`,
      String(one['client_secret']),
      token.replace('lm_', 'li_'),
    ]) {
      unauthorized(await open.manage('GET', { ...one, registration_access_token: wrong }))
    }
    const changed = await open.manage('PUT', one, { ...web, client_id: one['client_id'] })
    assert.notEqual(changed.body['registration_access_token'], token)
    for (const method of ['GET', 'PUT', 'DELETE'] as const) unauthorized(await open.manage(method, one, web))
    assert.equal((await open.manage('GET', changed.body)).status, 200)
  })

  test('DR-08: of many updates with one token one is made', async () => {
    const made = await registered()
    const updates = Array.from({ length: 20 }, (_, number) =>
      open.manage('PUT', made, { ...web, client_id: made['client_id'], client_name: `App ${number}` }),
    )
    const statuses = (await Promise.all(updates)).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1)
    assert.equal(statuses.filter((status) => status === 401).length, 19)
  })

  test('DR-08: who is disabled cannot enable itself, nor leave and come back under the same id', async () => {
    const made = await registered()
    const { clients } = open.world.ground.stores
    const client = await clients.find(String(made['client_id']))
    assert.ok(client !== undefined)
    await clients.update({ ...client, disabled: true })
    unauthorized(await open.manage('PUT', made, { ...web, client_id: made['client_id'], disabled: false }))
    unauthorized(await open.manage('GET', made))
    unauthorized(await open.manage('DELETE', made))
    assert.equal((await clients.find(client.client_id))?.disabled, true)
  })

  must('RFC 7592 §2.3', 'DR-08: deleting it ends all that it was allowed, and its token', async () => {
    const made = await registered()
    const { refresh_token = '' } = await open.tokens(made)
    const { status, headers } = await open.manage('DELETE', made)
    assert.equal(status, 204)
    assert.match(String(headers['cache-control']), /no-store/)
    for (const method of ['GET', 'PUT', 'DELETE'] as const) unauthorized(await open.manage(method, made, web))
    assert.equal((await open.token(made, { grant_type: 'refresh_token', refresh_token })).status, 401)
    const grants = await open.world.ground.stores.grants.list(10, String(made['client_id']))
    assert.deepEqual(
      grants.map(({ end_reason }) => end_reason),
      ['client_deleted'],
    )
    const [event] = await open.world.ground.stores.auditEvents.list({ client_id: String(made['client_id']), limit: 1 })
    assert.deepEqual(
      [event?.event, event?.actor, event?.detail],
      ['client_deleted', `client:${String(made['client_id'])}`, { by: 'client' }],
    )
  })
})
