/** Clients known by their address, from the authorization request to the tokens, with a host that serves their documents. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { openDocumentHost } from '../../../testing/document-host.ts'
import { must } from '../../../testing/must.ts'
import { registrar } from '../../../testing/registrar.ts'
import { wordsOf } from '../../../testing/visitor.ts'

const host = await openDocumentHost()
const open = await registrar({
  client_registration: { metadata_documents: 'any' },
  outbound: { allow: [host.host] },
})
after(async () => {
  await open.close()
  await host.close()
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Hosts a document, and answers what a client knows of itself. */
function hosted(name: string, more: Readonly<Record<string, unknown>> = {}) {
  const client_id = `${host.origin}/${name}`
  const document = {
    client_id,
    client_name: 'Agent',
    redirect_uris: [`${host.origin}/cb`],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    ...more,
  }
  host.put(`/${name}`, { body: document })
  return document
}

describe('a client with a metadata document', () => {
  must('draft-ietf-oauth-client-id-metadata-document-01 §5', 'is said to be welcome where it is', async () => {
    assert.equal((await open.discovered())['client_id_metadata_document_supported'], true)
    const closed = await registrar({})
    assert.equal((await closed.discovered())['client_id_metadata_document_supported'], false)
    await closed.close()
  })

  test('R10, SF-07: gets tokens and refreshes; its document is asked for once, by a request that tells nothing', async () => {
    const agent = hosted('agent')
    const { refresh_token = '' } = await open.tokens(agent, { scope: 'postcards.read' })
    assert.equal((await open.token(agent, { grant_type: 'refresh_token', refresh_token })).status, 200)
    const [asked, ...more] = host.asked.filter(({ path }) => path === '/agent')
    assert.deepEqual(more, [])
    assert.deepEqual(Object.keys(asked?.headers ?? {}).sort(), [
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
    const kept = await open.world.ground.stores.clients.find(agent.client_id)
    assert.equal(kept?.registered_by, 'metadata_document')
  })

  test('R10: 404 ends its use: no refresh, no introspection, no page, until it is back; and then it starts again', async () => {
    const agent = hosted('leaves')
    const { refresh_token = '', access_token } = await open.tokens(agent, { scope: 'postcards.read' })
    host.put('/leaves', { status: 404 })
    open.world.wait(300)
    const refused = await open.token(agent, { grant_type: 'refresh_token', refresh_token })
    assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_client'])
    const page = await open.world.visitor().go(open.authorizeUrl(agent))
    assert.deepEqual([page.status, page.leaves, open.reason()], [400, undefined, 'client_unknown'])
    hosted('leaves')
    open.world.wait(300)
    assert.equal((await open.token(agent, { grant_type: 'refresh_token', refresh_token })).status, 400)
    assert.ok(access_token !== '')
    assert.ok((await open.tokens(agent)).access_token !== '')
  })

  test('CI-02: a document that is not its own is told to the person, with a reference, and nobody is sent anywhere', async () => {
    const agent = hosted('other', { client_id: `${host.origin}/agent` })
    const url = open.authorizeUrl({ ...agent, client_id: `${host.origin}/other` })
    const page = await open.world.visitor().go(url)
    assert.deepEqual([page.status, page.leaves], [400, undefined])
    assert.match(page.body, /<code id="error-code">invalid_client<\/code>/)
    assert.equal(open.reason(), 'client_document_of_other_client')
  })

  test('R7: one whose document went wrong is refused, and still stands on the page of those who allowed it something', async () => {
    const agent = hosted('spoiled')
    const visitor = open.world.visitor()
    const { leaves } = await open.world.allow(visitor, open.authorizeUrl(agent, { scope: 'postcards.read' }))
    assert.ok(leaves?.searchParams.has('code'))
    host.put('/spoiled', { body: '{' })
    open.world.wait(300)
    assert.equal((await open.token(agent, { grant_type: 'refresh_token', refresh_token: 'x' })).status, 401)
    const account = await visitor.go('https://id.test/account')
    assert.equal(account.status, 200)
    assert.ok(account.body.includes(`data-client-id="${agent.client_id}"`))
  })

  test('CI-06: what an attacker began is not finished by somebody else’s browser: it asks its own person, and sends no code', async () => {
    const agent = hosted('proxy')
    const attacker = open.world.visitor()
    const begun = await attacker.go(open.authorizeUrl(agent))
    const victim = open.world.visitor()
    await open.world.allow(victim, open.world.authorizeUrl())
    const opened = await victim.go(begun.url.href)
    assert.equal(opened.leaves, undefined)
    assert.notEqual(opened.url.href, begun.url.href)
    assert.match(opened.body, /id="consent-allow"/)
    assert.equal((await attacker.go(begun.url.href)).leaves, undefined)
  })

  test('R10: one that cannot be reached now is not an error of the person: try again', async () => {
    host.put('/down', { status: 503 })
    const page = await open.world
      .visitor()
      .go(open.authorizeUrl({ ...hosted('agent'), client_id: `${host.origin}/down` }))
    assert.deepEqual([page.status, page.leaves], [503, undefined])
    assert.match(wordsOf(page), /Try again/)
  })

  test('CI-04, BR-24: is not asked about twice when it proves who it is; it is when its name or its addresses change', async () => {
    const keys = { jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] } }
    const keyed = { token_endpoint_auth_method: 'private_key_jwt', ...keys }
    const agent = hosted('keyed', keyed)
    const visitor = open.world.visitor()
    const first = await open.world.allow(visitor, open.authorizeUrl(agent, { scope: 'postcards.read' }))
    const code = first.leaves?.searchParams.get('code') ?? ''
    const assertion = await new SignJWT({ jti: code.slice(-20) })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(agent.client_id)
      .setSubject(agent.client_id)
      .setAudience('https://id.test')
      .setExpirationTime(open.clock() + 60)
      .sign(privateKey)
    const redeemed = await open.world.request('POST', '/token', {
      body: {
        grant_type: 'authorization_code',
        code,
        code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      },
    })
    assert.equal(redeemed.status, 200, redeemed.body)

    const again = () => visitor.go(open.authorizeUrl(agent, { scope: 'postcards.read' }))
    assert.ok((await again()).leaves?.searchParams.has('code'))
    for (const changed of [
      { redirect_uris: [`${host.origin}/cb`, `${host.origin}/other`] },
      { client_name: 'Another Agent' },
    ]) {
      hosted('keyed', { ...keyed, ...changed })
      open.world.wait(300)
      const asked = await again()
      assert.match(asked.body, /id="consent-allow"/)
      const allowed = await visitor.submit(asked, { press: 'consent-allow' })
      assert.ok(allowed.leaves?.searchParams.has('code'))
      assert.ok((await again()).leaves?.searchParams.has('code'), 'once')
    }
    hosted('keyed', { ...keyed, client_name: 'Another Agent', tos_uri: `${host.origin}/tos` })
    open.world.wait(300)
    assert.ok((await again()).leaves?.searchParams.has('code'), 'what nobody relies on may change')
  })

  test('a host that is taken off the list is shut out, with all that it was allowed', async () => {
    const agent = hosted('agent')
    const { refresh_token = '' } = await open.tokens(agent)
    const later = await registrar({ client_registration: { metadata_documents: ['other.test'] } })
    const answer = await later.token(agent, { grant_type: 'refresh_token', refresh_token })
    assert.deepEqual([answer.status, later.reason()], [401, 'client_authentication_unknown_client'])
    await later.close()
  })
})
