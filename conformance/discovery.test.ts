/** What a client can know before it asks: metadata and keys, where each specification looks for them. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { freePort } from '../testing/free-port.ts'
import { startServer } from '../testing/server.ts'
import { clients, configuration, jsonOf, passPages, post } from './scene.ts'

const port = await freePort()
const [server, deep] = await Promise.all([
  startServer({ configuration }),
  startServer({ configuration, issuer: `http://localhost:${port}/tenants/one` }),
])
after(() => Promise.all([server.stop(), deep.stop()]))

must(
  'RFC 8414 §3.1',
  'MX-01: the issuer is byte for byte what was configured, wherever the metadata is found',
  async () => {
    const places: readonly (readonly [typeof server, readonly string[]])[] = [
      [server, ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']],
      [
        deep,
        [
          '/.well-known/openid-configuration/tenants/one',
          '/.well-known/oauth-authorization-server/tenants/one',
          '/tenants/one/.well-known/openid-configuration',
          '/tenants/one/.well-known/oauth-authorization-server',
        ],
      ],
    ]
    for (const [one, paths] of places) {
      const bodies = { openid: new Set<string>(), oauth: new Set<string>() }
      for (const path of paths) {
        const answer = await one.send({ path })
        assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json'], path)
        assert.equal(answer.headers['access-control-allow-origin'], '*', path)
        assert.equal(jsonOf(answer)['issuer'], one.issuer, path)
        bodies[path.includes('openid-configuration') ? 'openid' : 'oauth'].add(answer.body)
        for (const spelling of [`${path}/`, path.replace('well', 'WELL'), path.slice(0, -1)]) {
          assert.equal((await one.send({ path: spelling })).status, 404, spelling)
        }
      }
      assert.deepEqual([bodies.openid.size, bodies.oauth.size], [1, 1])
    }
  },
)

must('RFC 8414 §2', 'JK-05, JK-06: what is advertised works, and what is dropped is not there', async () => {
  for (const one of [server, deep]) {
    const metadata = jsonOf(
      await one.send({ path: `${new URL(one.issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration` }),
    )
    const words = JSON.stringify(metadata)
    assert.doesNotMatch(words, /"(HS256|plain|implicit|password|token|id_token token|RS1)"|"none"[^\]]*"alg/)
    assert.deepEqual(metadata['response_types_supported'], ['code'])
    assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256'])
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
    const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    assert.ok(endpoints.length >= 6)
    for (const [name, url] of endpoints) {
      assert.ok(String(url).startsWith(`${one.issuer}/`), name)
      const { status } = await one.send({ path: String(url).slice(new URL(one.issuer).origin.length) })
      assert.ok([200, 400, 401, 405].includes(status), `${name}: ${status}`)
    }
    for (const scope of metadata['scopes_supported'] as readonly string[]) assert.match(scope, /^[\w.]+$/)
  }
})

must('RFC 8414 §3.1', 'MX-01: a server whose issuer has a path does all under that path', async () => {
  const base = '/tenants/one'
  const { client_id, redirect_uri } = clients.C2
  const visitor = deep.visitor()
  const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
  const asked = new URLSearchParams({ client_id, redirect_uri, response_type: 'code', scope: 'openid', ...challenge })
  const { leaves, answers } = await passPages(visitor, await visitor.go(`${base}/authorize?${asked.toString()}`))
  assert.equal(leaves?.searchParams.get('iss'), deep.issuer)
  for (const { body } of answers) assert.doesNotMatch(body, /(?:href|action|src)="\/(?!tenants\/one\/|assets\/)[a-z]/)
  const redeemed = await post(deep, `${base}/token`, clients.C2, {
    grant_type: 'authorization_code',
    code: leaves?.searchParams.get('code') ?? '',
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  })
  assert.equal(redeemed.status, 200, redeemed.body)
  assert.equal((await deep.send({ path: '/token', body: '' })).status, 404)
})

must(
  'RFC 7517 §5',
  'JK-01, JK-08: keys are published without their private parts, and kept by caches for a while',
  async () => {
    const answer = await server.send({ path: '/jwks' })
    const { keys } = jsonOf(answer) as { readonly keys: readonly Readonly<Record<string, string>>[] }
    assert.deepEqual(
      keys.map(({ alg }) => alg).toSorted((one, other) => String(one).localeCompare(String(other))),
      ['EdDSA', 'ES256', 'PS256', 'RS256'],
    )
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
    for (const key of keys) {
      assert.equal(key['use'], 'sig')
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key))
    }
    const { etag = '', 'cache-control': cache } = answer.headers
    const seconds = Number(/^public, max-age=(\d+)$/.exec(String(cache))?.[1])
    assert.ok(seconds > 0 && seconds < 14 * 86_400)
    const again = await server.send({ path: '/jwks', headers: { 'if-none-match': String(etag) } })
    assert.deepEqual([again.status, again.body], [304, ''])
    const head = await server.send({ method: 'HEAD', path: '/jwks' })
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', String(answer.body.length)])
  },
)
