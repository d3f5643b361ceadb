/** Request objects by reference, OpenID Connect Core §6.2: fetched from a real client's server, or not at all. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after } from 'node:test'
import { importJWK, SignJWT } from 'jose'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import {
  authorizationPath,
  clients,
  configuration,
  configured,
  jsonOf,
  newPkce,
  passPages,
  privateJwk,
  redeem,
} from './scene.ts'

const { C4 } = clients
let signed = ''
const asked: string[] = []
const canary = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.setHeader('content-type', 'application/oauth-authz-req+jwt').end(signed)
}).listen(0, '127.0.0.1')
await once(canary, 'listening')
const bound = canary.address()
const host = `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`
const registered = {
  ...C4,
  registered: { ...C4.registered, profile: 'oidc', request_uris: [`http://${host}/request`] },
}
const others = configuration.clients.filter((one) => (one as { readonly client_id: string }).client_id !== C4.client_id)
const everything = {
  ...configuration,
  clients: [...others, configured(registered)],
  outbound: { allow: [host] },
}
const open = await startServer({ configuration: { ...everything, authorization_requests: { by_reference: true } } })
const closed = await startServer({ configuration: everything })
after(async () => {
  canary.close()
  await Promise.all([open.stop(), closed.stop()])
})

const pkce = newPkce()
const by = (request_uri: string) => authorizationPath(C4, pkce, { request_uri, scope: 'openid' })

must(
  'OpenID Connect Core §6.2',
  'a registered request_uri is fetched, and what the client signed there prevails',
  async () => {
    const claims = { client_id: C4.client_id, aud: open.issuer, scope: 'openid postcards.read', state: 'signed' }
    signed = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'c4' })
      .sign(await importJWK(privateJwk, 'ES256'))
    const visitor = open.visitor()
    const page = await visitor.go(by(`http://${host}/request#1`))
    assert.deepEqual(asked.splice(0), ['/request'])
    const { leaves } = await passPages(visitor, page)
    assert.ok(leaves)
    assert.equal(leaves.searchParams.get('state'), 'signed')
    const code = leaves.searchParams.get('code') ?? ''
    const redeemed = await redeem(open, C4, { url: leaves, code, code_verifier: pkce.code_verifier })
    assert.equal(jsonOf(redeemed)['scope'], 'openid postcards.read')
  },
)

must('OpenID Connect Registration §2', 'SF-06, SF-07: any other is refused, and nobody is asked', async () => {
  for (const uri of [`http://${host}/other`, `http://${host}/request?x`, 'https://localhost/', 'file:///etc/passwd']) {
    const { leaves } = await open.visitor().go(by(uri))
    assert.equal(leaves?.searchParams.get('error'), 'invalid_request_uri', uri)
  }
  assert.deepEqual(asked, [])
})

must('OpenID Connect Core §6.2', 'JR-03: by default none is, and the canary hears nothing', async () => {
  const { leaves } = await closed.visitor().go(by(`http://${host}/request`))
  assert.equal(leaves?.searchParams.get('error'), 'request_uri_not_supported')
  assert.deepEqual(asked, [])
})
