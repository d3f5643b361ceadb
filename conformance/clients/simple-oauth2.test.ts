/** simple-oauth2, unchanged: a client that knows nothing of discovery, and is told where everything is. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { must } from '../../testing/must.ts'
import { startServer } from '../../testing/server.ts'
import { clients, configuration, isActive, newPkce, passPages, type SceneClient } from '../scene.ts'

const server = await startServer({ configuration })
after(() => server.stop())

const places = { tokenHost: server.issuer, tokenPath: '/token', revokePath: '/revoke' }

function credentials({ client_id, client_secret }: SceneClient) {
  return { id: client_id, secret: client_secret }
}

for (const [client, method] of [
  [clients.C1, 'header'],
  [clients.C1post, 'body'],
] as const) {
  must('RFC 6749 §4.1', 'simple-oauth2 completes the flow, with its secret in the header or in the form', async () => {
    const library = new AuthorizationCode({
      client: credentials(client),
      auth: { ...places, authorizePath: '/authorize' },
      options: { authorizationMethod: method },
    })
    const { redirect_uri } = client
    const { code_verifier, code_challenge } = newPkce()
    // Its types know of no parameter that came after RFC 6749, yet it sends what it is given.
    const pkce = { code_challenge, code_challenge_method: 'S256' }
    const asked = { redirect_uri, scope: ['offline_access', 'postcards.read'], state: 'the state', ...pkce }
    const address = library.authorizeURL(asked)
    const visitor = server.visitor()
    const { leaves } = await passPages(visitor, await visitor.go(address))
    assert.equal(leaves?.searchParams.get('state'), 'the state')

    const code = leaves.searchParams.get('code') ?? ''
    const redemption = { code, redirect_uri, code_verifier }
    const first = await library.getToken(redemption)
    assert.equal(first.expired(), false)
    assert.equal(await isActive(server, clients.RS1, String(first.token['access_token'])), true)
    const second = await first.refresh()
    await second.revoke('refresh_token')
    assert.equal(await isActive(server, clients.RS1, String(second.token['access_token'])), false)
    await assert.rejects(second.refresh(), /400|Bad Request/)
  })
}

must('RFC 6749 §4.4', 'simple-oauth2 gets a token for a machine', async () => {
  const library = new ClientCredentials({ client: credentials(clients.C6), auth: places })
  const got = await library.getToken({ scope: 'postcards.read' })
  assert.equal(await isActive(server, clients.RS1, String(got.token['access_token'])), true)
})
