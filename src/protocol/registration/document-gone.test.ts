/** What becomes of people and resources where a client’s document is gone or slow: nothing. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openDocumentHost } from '../../../testing/document-host.ts'
import { registrar } from '../../../testing/registrar.ts'
import { wordsOf } from '../../../testing/visitor.ts'
import { worldAuthorization } from '../../../testing/world.ts'

const host = await openDocumentHost()
const open = await registrar({
  client_registration: { metadata_documents: 'any' },
  outbound: { allow: [host.host] },
})
after(async () => {
  await open.close()
  await host.close()
})

const agent = {
  client_id: `${host.origin}/haunts`,
  client_name: 'Agent',
  redirect_uris: [`${host.origin}/cb`],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  backchannel_logout_uri: `${host.origin}/out`,
}

test('R19, IN-05: a client that is gone, and cannot be asked, breaks no introspection and nobody’s sign-out', async () => {
  host.put('/haunts', { body: agent, headers: { 'cache-control': 'max-age=60' } })
  const visitor = open.world.visitor()
  const { leaves } = await open.world.allow(visitor, open.authorizeUrl(agent, { scope: 'postcards.read' }))
  const code = leaves?.searchParams.get('code') ?? ''
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const { body } = await open.token(agent, { grant_type: 'authorization_code', code, code_verifier })
  const beginning = async () => (await open.world.visitor().go(open.authorizeUrl(agent))).status

  host.put('/haunts', { status: 404 })
  open.world.wait(60)
  assert.equal(await beginning(), 400)
  host.put('/haunts', { status: 503 })
  assert.equal(await beginning(), 503)

  const asked = { headers: worldAuthorization, body: { token: String(body['access_token']) } }
  const introspected = await open.world.request('POST', '/introspect', asked)
  assert.deepEqual([introspected.status, JSON.parse(introspected.body)], [200, { active: false }])
  const out = await visitor.submit(await visitor.go('https://id.test/logout'), { press: 'logout-confirm' })
  assert.equal(out.status, 200)
  assert.match(wordsOf(out), /You are signed out/)
})

test('LO-06, R7: what people see and end of a client does not wait for its document', async () => {
  host.put('/haunts', { body: agent, headers: { 'cache-control': 'max-age=60' } })
  const visitor = open.world.visitor()
  await open.world.allow(visitor, open.authorizeUrl(agent, { scope: 'postcards.read' }))
  open.world.wait(60)
  const before = host.asked.filter(({ path }) => path === '/haunts').length
  const page = await visitor.go('https://id.test/account')
  assert.ok(page.body.includes(`data-client-id="${agent.client_id}"`))
  const out = await visitor.submit(await visitor.go('https://id.test/logout'), { press: 'logout-confirm' })
  assert.match(wordsOf(out), /You are signed out/)
  assert.equal(host.asked.filter(({ path }) => path === '/haunts').length, before)
})
