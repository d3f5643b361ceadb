/** A database that dies in the middle of everything: who asks meanwhile is told to come back, and nothing that was said is untrue after. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startPostgres } from '../testing/postgres.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  assertion,
  assertionParameters,
  authorizationPath,
  authorize,
  clients,
  configuration,
  isActive,
  jsonOf,
  newPkce,
  post,
  redeem,
  refresh,
  tokensFor,
  tokensOf,
} from './scene.ts'

const { C1, C4, C6, RS1 } = clients
const postgres = await startPostgres()
const server = await startServer({ configuration, database: postgres.url })
after(async () => {
  await server.stop()
  await postgres.stop()
})

const lasting = { scope: 'openid offline_access postcards.read' }

must(
  'RFC 9110 §15.6.4',
  'RV-05, PX-07: while the database is away every endpoint says 503, and what it did not do is not done',
  async () => {
    const alice = server.visitor()
    const kept = await tokensFor(server, alice, C1, lasting)
    const response = await authorize(alice, C1, lasting)
    const consent = await alice.go(authorizationPath(C1, newPkce(), { prompt: 'consent' }))
    const jwt = assertion(C4, { aud: server.issuer, exp: Math.floor(Date.now() / 1000) + 240 })

    await postgres.crash()
    const asked: Readonly<Record<string, () => Promise<Received>>> = {
      revoke: () => post(server, '/revoke', C1, { token: kept.refresh_token }),
      redeem: () => redeem(server, C1, response),
      refresh: () => refresh(server, C1, kept.refresh_token),
      introspect: () => post(server, '/introspect', RS1, { token: kept.access_token }),
      'client credentials': () =>
        post(server, '/token', C6, { grant_type: 'client_credentials', scope: 'letters.read' }),
      'an assertion': () =>
        post(
          server,
          '/introspect',
          { headers: {}, parameters: assertionParameters(jwt) },
          { token: kept.refresh_token },
        ),
      userinfo: () => server.send({ path: '/userinfo', headers: { authorization: `Bearer ${kept.access_token}` } }),
      authorize: () => alice.go(authorizationPath(C1, newPkce())),
      account: () => alice.go('/account'),
      consent: () => alice.submit(consent, { press: 'consent-allow' }),
      ready: () => server.send({ path: '/readyz' }),
    }
    for (const [name, ask] of Object.entries(asked)) {
      const { status, headers, body } = await ask()
      assert.equal(status, 503, name)
      assert.match(String(headers['retry-after']), /^\d+$/, name)
      assert.doesNotMatch(body, /postgres|ECONN|\.sock|select |insert |update |node:|\.ts\b|    at /i, name)
      if (headers['content-type'] === 'application/json' && name !== 'ready') {
        assert.equal(jsonOf({ status, headers, body })['error'], 'temporarily_unavailable', name)
      }
    }
    assert.equal((await server.send({ path: '/healthz' })).status, 200)
    assert.equal((await server.send({ path: '/jwks' })).status, 200)

    await postgres.restart()
    for (const late = performance.now() + 30_000; (await server.send({ path: '/readyz' })).status !== 200;) {
      assert.ok(performance.now() < late)
    }
    assert.equal(await isActive(server, RS1, kept.access_token), true)
    tokensOf(await redeem(server, C1, response))
    const { leaves } = await alice.submit(consent, { press: 'consent-allow' })
    assert.match(leaves?.searchParams.get('code') ?? '', /^lc_/)
    const next = tokensOf(await refresh(server, C1, kept.refresh_token))
    assert.equal((await post(server, '/revoke', C1, { token: next.refresh_token })).status, 200)
    assert.equal(await isActive(server, RS1, next.access_token), false)
  },
)
