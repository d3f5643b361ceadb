/** Clients that run in a browser: which answers their scripts may read, from which origins (R14). */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import { clients, configuration, credentialsOf, form, post, tokensFor } from './scene.ts'

const { C1, C2, RS1 } = clients
const server = await startServer({ configuration })
after(() => server.stop())

const forScripts = ['/token', '/revoke', '/userinfo', '/par']
const strangers = [
  'https://evil.test',
  'https://spa.test.evil.test',
  'http://spa.test',
  'https://spa.test:8443',
  'null',
  'https://rp1.test',
  'https://SPA.test',
]
/** The origin of a public client, and one of a native client on whatever port it found free. */
const known = ['https://spa.test', 'http://127.0.0.1:51004']

const permissions = ({ headers }: Received) => Object.keys(headers).filter((name) => name.startsWith('access-control-'))

must(
  'R14',
  'UI-07: a preflight and every answer can be read by scripts of the origins that registered clients return to',
  async () => {
    const { access_token } = await tokensFor(server, server.visitor(), C2)
    for (const origin of known) {
      for (const path of forScripts) {
        const asked = {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type, dpop',
        }
        const preflight = await server.send({ method: 'OPTIONS', path, headers: asked })
        assert.equal(preflight.status, 204)
        assert.match(String(preflight.headers['access-control-allow-methods']), /POST/)
        assert.match(String(preflight.headers['access-control-allow-headers']), /authorization/)
        const answers = [
          preflight,
          await server.send({
            path,
            headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
            body: 'x=1',
          }),
          await server.send({ path, headers: { origin, 'content-type': 'application/json' }, body: '{}' }),
          await server.send({ path, headers: { origin, 'content-length': '100000' }, body: 'a'.repeat(100_000) }),
          await server.send({ method: 'DELETE', path, headers: { origin } }),
        ]
        for (const { status, headers } of answers) {
          assert.equal(headers['access-control-allow-origin'], origin, `${origin} ${path} ${status}`)
          assert.equal(headers['access-control-allow-credentials'], undefined)
          assert.match(String(headers['vary']), /origin/i)
        }
      }
      const read = await server.send({
        path: '/userinfo',
        headers: { origin, authorization: `Bearer ${access_token}` },
      })
      assert.deepEqual([read.status, read.headers['access-control-allow-origin']], [200, origin])
    }
  },
)

must('R14', 'scripts of any other origin get an answer that they cannot read', async () => {
  const { headers: credentials } = credentialsOf(C1, server.issuer)
  for (const origin of strangers) {
    for (const path of forScripts) {
      const asked = { origin, 'access-control-request-method': 'POST' }
      assert.deepEqual(permissions(await server.send({ method: 'OPTIONS', path, headers: asked })), [], origin)
      const headers = { ...credentials, origin, 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await server.send({ path, headers, body: form({ grant_type: 'x', token: 'x' }) })
      assert.deepEqual(permissions(answer), [], `${origin} ${path}`)
      assert.match(String(answer.headers['vary']), /origin/i)
    }
  }
})

must(
  'R14',
  'no script reads what is for servers and for people; what is for everybody every script reads',
  async () => {
    for (const origin of [...known, 'https://evil.test']) {
      const preflight = { origin, 'access-control-request-method': 'POST' }
      for (const path of [
        '/introspect',
        '/authorize',
        '/account',
        '/logout',
        '/interaction/x',
        '/metrics',
        '/healthz',
        '/nowhere',
      ]) {
        for (const method of ['OPTIONS', 'GET', 'POST']) {
          assert.deepEqual(
            permissions(await server.send({ method, path, headers: preflight })),
            [],
            `${method} ${path}`,
          )
        }
      }
      for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
        const answer = await server.send({ path, headers: { origin } })
        assert.equal(answer.headers['access-control-allow-origin'], '*')
        assert.equal(answer.headers['access-control-allow-credentials'], undefined)
      }
    }
    assert.equal((await post(server, '/introspect', RS1, { token: 'x' })).status, 200)
  },
)
