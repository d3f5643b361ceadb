import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { must } from '../../../testing/must.ts'
import {
  basic,
  clientRecord,
  clientSecret,
  formRequest,
  issuer,
  openProtocol,
  resourceRecord,
  type Protocol,
} from '../../../testing/protocol.ts'
import type { HttpRequest } from '../../http/message.ts'
import { tokenEndpoint } from './endpoint.ts'

let protocol: Protocol
const api = resourceRecord({ access_token_lifetime: 120 })
const opaqueApi = resourceRecord({
  resource: 'https://opaque.test/',
  access_token_format: 'opaque',
  scopes: { drafts: { title: 'Drafts', optional: false } },
})
const machine = clientRecord(
  { client_id: 'machine' },
  { grant_types: ['client_credentials'], scope: 'openid postcards.read drafts', redirect_uris: [], response_types: [] },
)

before(async () => {
  protocol = await openProtocol()
  await protocol.stores.resources.create(api)
  await protocol.stores.resources.create(opaqueApi)
  await protocol.stores.clients.create(machine)
  await protocol.stores.clients.create(
    clientRecord({ client_id: 'spa', secrets: [] }, { token_endpoint_auth_method: 'none' }),
  )
})
after(() => protocol.close())

async function send(request: HttpRequest) {
  const response = await tokenEndpoint(protocol.parts)(request)
  return { ...response, body: JSON.parse(response.body) as Record<string, string> }
}
const asMachine = (form: string | Record<string, string>) => send(formRequest(form, basic('machine')))
const reason = () => protocol.log.findLast(({ event }) => event === 'refused')?.detail['reason']
const grant = { grant_type: 'client_credentials' }
const claimsOf = (token = '') => protocol.parts.signer.verify('at+jwt', token)

must('RFC 6749 §4.4', 'a client gets a token that speaks for itself alone, and no refresh token', async () => {
  const { status, body } = await asMachine({ ...grant, scope: 'postcards.read' })
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
  const claims = claimsOf(body['access_token'])
  const spoken = [claims?.['iss'], claims?.['sub'], claims?.['client_id'], claims?.['aud']]
  assert.deepEqual(spoken, [issuer, 'machine', 'machine', api.resource])
  assert.equal(claims?.['auth_time'], undefined)
})

must('RFC 9068 §2.2', 'the resource says how long its tokens last and in which form they come', async () => {
  const signed = await asMachine({ ...grant, scope: 'postcards.read' })
  assert.equal(signed.body['expires_in'], 120)
  const opaque = await asMachine({ ...grant, resource: opaqueApi.resource })
  assert.match(opaque.body['access_token'] ?? '', /^la_/)
  assert.deepEqual([opaque.body['expires_in'], opaque.body['scope']], [300, 'drafts'])
})

must(
  'RFC 6749 §3.3',
  'TK-05: an empty scope counts as absent, and an absent one is the default of the client, for its first resource',
  async () => {
    assert.equal((await asMachine({ ...grant, scope: '' })).body['scope'], 'postcards.read')
  },
)

must('RFC 6749 §4.4', 'what only a person can grant is refused to a client for itself', async () => {
  const { status, body } = await asMachine({ ...grant, scope: 'openid' })
  assert.deepEqual([status, body['error'], reason()], [400, 'invalid_scope', 'scope_of_person'])
})

must('RFC 6749 §4.4', 'TK-10: a public client has no credentials of its own', async () => {
  await protocol.stores.clients.create(
    clientRecord(
      { client_id: 'odd', secrets: [] },
      { token_endpoint_auth_method: 'none', grant_types: ['client_credentials'] },
    ),
  )
  const { status, body } = await send(formRequest({ ...grant, client_id: 'odd' }))
  assert.deepEqual([status, body['error'], reason()], [400, 'unauthorized_client', 'client_not_confidential'])
})

must(
  'RFC 6749 §5.2',
  'TK-08, TK-09: an unknown grant_type is told apart from one the client is not registered for',
  async () => {
    for (const grant_type of [
      'xyz',
      '__proto__',
      'constructor',
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
    ]) {
      const { status, body } = await asMachine({ grant_type })
      assert.deepEqual([status, body['error'], reason()], [400, 'unsupported_grant_type', 'grant_type_unsupported'])
    }
    const { status, body } = await asMachine({ grant_type: 'refresh_token', refresh_token: 'lr_' })
    assert.deepEqual([status, body['error'], reason()], [400, 'unauthorized_client', 'grant_type_not_allowed'])
  },
)

must('RFC 6749 §3.2', 'TK-04: a parameter that comes twice, or no grant_type at all, is invalid_request', async () => {
  for (const twice of [
    'grant_type=client_credentials&grant_type=client_credentials',
    'grant_type=client_credentials&scope=a&scope=b',
  ]) {
    const { status, body } = await asMachine(twice)
    assert.deepEqual([status, body['error'], reason()], [400, 'invalid_request', 'form_parameter_repeated'])
  }
  const { body } = await asMachine('grant_type=')
  assert.deepEqual([body['error'], reason()], ['invalid_request', 'grant_type_missing'])
})

must('RFC 6749 §3.2', 'TK-05: parameters that nobody knows are ignored', async () => {
  assert.equal((await asMachine({ ...grant, scope: 'postcards.read', foo: '1', __proto__x: '2' })).status, 200)
})

must(
  'RFC 6749 §5.2',
  'TK-01, TK-02, TK-06: only a form by POST is read, and no answer is kept by a cache',
  async () => {
    const good = formRequest(grant, basic('machine'))
    const wrong: readonly [Partial<HttpRequest>, number][] = [
      [{ method: 'GET', query: good.body, body: '' }, 405],
      [{ headers: { ...good.headers, 'content-type': 'application/json' }, body: '{}' }, 415],
      [{ headers: { ...good.headers, 'content-type': 'text/plain' } }, 415],
      [{ headers: { ...good.headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' } }, 415],
      [{ headers: basic('machine') }, 415],
    ]
    for (const [difference, status] of wrong) {
      const response = await send({ ...good, ...difference })
      assert.deepEqual([response.status, response.body['error']], [status, 'invalid_request'])
      assert.equal(response.headers['cache-control'], 'no-store')
    }
  },
)

must('RFC 6749 §2.3', 'CA-03: a confidential client that only names itself gets nothing by any grant', async () => {
  for (const form of [
    grant,
    { grant_type: 'refresh_token', refresh_token: 'lr_x' },
    { grant_type: 'authorization_code', code: 'lc_x' },
  ]) {
    const { status, body } = await send(formRequest({ ...form, client_id: 'machine' }))
    assert.deepEqual([status, body['error']], [401, 'invalid_client'])
  }
})

must('RFC 9700 §2.5', 'CD-16: a client that was switched off gets nothing', async () => {
  await protocol.stores.clients.create({ ...machine, client_id: 'off', disabled: true })
  const { status, body } = await send(formRequest(grant, basic('off')))
  assert.deepEqual([status, body['error']], [401, 'invalid_client'])
})

must('RFC 6749 §5.1', 'R5: the log tells by its reference what became of a request that went well, too', async () => {
  await asMachine({ ...grant, scope: 'postcards.read' })
  const issued = protocol.log.findLast(({ event }) => event === 'token_issued')
  assert.deepEqual([issued?.detail['client_id'], issued?.detail['request_id']], ['machine', 'request-1'])
})

must('RFC 6749 §10.6', 'PX-10: no line of the log holds a secret, a token or a code', async () => {
  const { body } = await asMachine({ ...grant, scope: 'postcards.read' })
  const logged = JSON.stringify(protocol.log)
  assert.ok(logged.includes('token_issued'))
  assert.ok(!logged.includes(body['access_token'] ?? '-') && !logged.includes(clientSecret))
})
