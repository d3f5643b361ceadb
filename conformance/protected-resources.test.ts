/** Two protected resources that run beside the server, each with its own eyes: what is for one is nothing to the other. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { start } from '../examples/protected-api/server.ts'
import { must } from '../testing/must.ts'
import { freePort } from '../testing/free-port.ts'
import { startServer } from '../testing/server.ts'
import {
  authorize,
  clients,
  configuration,
  isActive,
  jsonOf,
  post,
  redeem,
  refresh,
  tokensFor,
  tokensOf,
  type SceneClient,
} from './scene.ts'

const [portA, portB] = [await freePort(), await freePort()]
const indicators = { A: `http://localhost:${portA}/`, B: `http://localhost:${portB}/` }
const scopes = { 'postcards.read': { title: 'See your postcards' } }
const server = await startServer({
  configuration: {
    ...configuration,
    resources: [
      { resource: indicators.A, name: 'A', introspection_clients: [clients.RS1.client_id], scopes },
      { resource: indicators.B, name: 'B', introspection_clients: [clients.RS2.client_id], scopes },
    ],
    clients: configuration.clients.map((one) => ({ ...one, authorization_details_types: undefined })),
  },
})
const opened = ({ client_id, client_secret }: SceneClient, port: number) =>
  start({ issuer: server.issuer, port, introspection: { client_id, client_secret } })
const [apiA, apiB] = await Promise.all([opened(clients.RS1, portA), opened(clients.RS2, portB)])
after(() => Promise.all([server.stop(), apiA.close(), apiB.close()]))

const shown = async (api: { readonly url: string }, access_token: string): Promise<readonly unknown[]> => {
  const { status, headers } = await fetch(`${api.url}/postcards`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  return [status, /error="([a-z_]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]]
}
const [admitted, refused] = [
  [200, undefined],
  [401, 'invalid_token'],
]
const verified = async (access_token: string, audience: string) => {
  const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`))
  return jwtVerify(access_token, jwks, { issuer: server.issuer, audience, typ: 'at+jwt' })
}
const scope = 'openid offline_access postcards.read'

must(
  'RFC 8707 §2, RFC 9068 §4',
  'R12: a token for one resource is refused by the other, whoever asks us and whoever does not',
  async () => {
    const only = await tokensFor(server, server.visitor(), clients.C1, { scope, resource: indicators.A })
    assert.deepEqual(await shown(apiA, only.access_token), admitted)
    assert.deepEqual(await shown(apiB, only.access_token), refused)
    assert.equal((await verified(only.access_token, indicators.A)).payload.aud, indicators.A)
    await assert.rejects(verified(only.access_token, indicators.B), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
      claim: 'aud',
    })
    assert.equal(await isActive(server, clients.RS1, only.access_token), true)
    assert.equal(await isActive(server, clients.RS2, only.access_token), false)
  },
)

must('RFC 8707 §2.2', 'R12: the audience that the person approved only narrows, and one token has one', async () => {
  const visitor = server.visitor()
  const only = await tokensFor(server, visitor, clients.C1, { scope, resource: indicators.A })
  const grown = await refresh(server, clients.C1, only.refresh_token, { resource: indicators.B })
  assert.deepEqual([grown.status, jsonOf(grown)['error']], [400, 'invalid_target'])
  const response = await authorize(visitor, clients.C1, { scope, resource: indicators.B })
  const wrong = await redeem(server, clients.C1, response, { resource: indicators.A })
  assert.deepEqual([wrong.status, jsonOf(wrong)['error']], [400, 'invalid_target'])
  const right = tokensOf(await redeem(server, clients.C1, response, { resource: indicators.B }))
  assert.deepEqual(await shown(apiB, right.access_token), admitted)
  assert.deepEqual(await shown(apiA, right.access_token), refused)
})

must('RFC 7009 §2', 'R12, R2: what is ended is refused by the resource that it was for, within seconds', async () => {
  const { access_token, refresh_token } = await tokensFor(server, server.visitor(), clients.C1, {
    scope,
    resource: indicators.B,
  })
  assert.equal((await post(server, '/revoke', clients.C1, { token: refresh_token })).status, 200)
  assert.deepEqual(await shown(apiB, access_token), refused)
})

must(
  'RFC 9110 §9.1',
  'PX-07: a method that fetch does not know, a target that is no URL and a body cut short end no API',
  async () => {
    const { access_token } = await tokensFor(server, server.visitor(), clients.C1, { scope, resource: indicators.A })
    for (const line of ['TRACE /postcards', 'GET http://[/postcards', 'PURGE //[']) {
      const answer = await exchange(portA, `${line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 4/, line)
    }
    const cut = connect(portA, '127.0.0.1')
    await once(cut, 'connect')
    const fields = ['host: localhost', `authorization: Bearer ${access_token}`, 'content-length: 100']
    cut.write(`POST /postcards HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\nfrom`)
    cut.destroy()
    assert.deepEqual(await shown(apiA, access_token), admitted)
  },
)

/** Sends bytes, and awaits all that comes back. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  socket.end(sent)
  let answer = ''
  for await (const piece of socket) answer += String(piece)
  return answer
}
