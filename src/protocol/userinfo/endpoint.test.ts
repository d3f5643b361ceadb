import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import {
  allowed,
  clientRecord,
  formRequest,
  openProtocol,
  ownToken,
  resourceRecord,
  type Allowed,
} from '../../../testing/protocol.ts'
import type { HttpRequest } from '../../http/message.ts'
import { userinfoEndpoint } from './endpoint.ts'

const protocol = await openProtocol()
const { parts, stores, log } = protocol
after(protocol.close)
const userinfo = userinfoEndpoint(parts)
const client = clientRecord()
const opaque = resourceRecord({ access_token_format: 'opaque' })
await stores.clients.create(client)
await stores.resources.create(opaque)

const held = (scopes: string, what: Partial<Allowed> = {}) =>
  allowed(protocol, { client, permissions: scopes.split(' ').map((scope) => ({ scope })), ...what })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function asked(otherwise: Partial<HttpRequest>) {
  const { method = 'GET', headers = {}, query = '', body = '' } = otherwise
  const answer = await userinfo({ ...formRequest(body), method, query, headers })
  return { ...answer, says: answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>) }
}
const refusedFor = (reason: string) => assert.equal(log.at(-1)?.detail['reason'], reason)
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('userinfo', () => {
  must('OpenID Connect Core §5.3', 'UI-02: takes the token from the header, or from the body of a POST', async () => {
    const { access_token, account } = await held('openid')
    const body = `access_token=${access_token}`
    for (const request of [
      { headers: bearer(access_token) },
      { headers: { authorization: `bearer ${access_token}` } },
      { method: 'POST', headers: bearer(access_token) },
      { method: 'POST', headers: { ...form, ...bearer(access_token) } },
      { method: 'POST', headers: form, body },
    ]) {
      const { status, headers, says } = await asked(request)
      assert.deepEqual([status, headers['cache-control'], says], [200, 'no-store', { sub: account.sub }])
    }
  })

  must('RFC 6750 §2.3', 'UI-02: never from the query', async () => {
    const { access_token } = await held('openid')
    for (const headers of [{}, bearer(access_token)]) {
      assert.equal((await asked({ query: `access_token=${access_token}`, headers })).status, 400)
      refusedFor('access_token_in_query')
    }
  })

  must('RFC 6750 §2', 'UI-02: never in two ways', async () => {
    const { access_token } = await held('openid')
    const twice = {
      method: 'POST',
      headers: { ...form, ...bearer(access_token) },
      body: `access_token=${access_token}`,
    }
    assert.equal((await asked(twice)).status, 400)
    refusedFor('access_token_twice')
  })

  must(
    'OpenID Connect Core §5.4',
    'UI-04: tells what the granted scope opens, and of that what the account has',
    async () => {
      const { account, access_token } = await held('openid')
      assert.deepEqual((await asked({ headers: bearer(access_token) })).says, { sub: account.sub })
      const claims = { name: 'Alice', email: 'alice@example.com', sub: 'somebody else', roles: ['admin'] }
      const more = await held('openid profile email', { account: { claims, username: 'alice' } })
      const { says } = await asked({ headers: bearer(more.access_token) })
      assert.deepEqual(says, {
        name: 'Alice',
        preferred_username: 'alice',
        updated_at: more.account.updated_at,
        email: 'alice@example.com',
        sub: more.account.sub,
      })
    },
  )

  must('OpenID Connect Core §5.3.2', 'UI-06: sub is the one of the id_token', async () => {
    const { access_token, id_token } = await held('openid')
    const { says } = await asked({ headers: bearer(access_token) })
    assert.equal(says['sub'], parts.signer.verify('JWT', id_token)?.['sub'])
  })

  test('takes an opaque token like a signed one', async () => {
    const { access_token, account } = await held('openid', { target: opaque })
    assert.equal(access_token.startsWith('la_'), true)
    assert.deepEqual((await asked({ headers: bearer(access_token) })).says, { sub: account.sub })
  })

  must('RFC 6750 §3.1', 'who brings no token is told to, without an error', async () => {
    for (const request of [
      {},
      // Or used an authentication scheme that is not taken here.
      { headers: { authorization: 'Basic YTpi' } },
      { headers: { authorization: 'Digest username="a", realm="b"' } },
      { method: 'POST', headers: form, body: '' },
      { method: 'POST', headers: form, body: 'x=1' },
    ]) {
      const { status, headers, body } = await asked(request)
      assert.deepEqual([status, headers['www-authenticate'], body], [401, 'Bearer realm="licet"', '{}'])
    }
  })

  must('RFC 6750 §3.1', 'UI-03: an id_token, a refresh token, a code or nonsense is not an access token', async () => {
    const { id_token, refresh_token, code } = await held('openid')
    for (const token of [id_token, refresh_token, code, 'nonsense', 'a.b.c']) {
      const { status, headers } = await asked({ headers: bearer(token) })
      assert.equal(status, 401)
      assert.match(String(headers['www-authenticate']), /^Bearer .*error="invalid_token"/)
      refusedFor('access_token_invalid')
    }
    for (const authorization of ['Bearer', 'Bearer a b', 'Bearer "x"', 'Bearer\tx']) {
      assert.equal((await asked({ headers: { authorization } })).status, 401, authorization)
    }
  })

  must('RFC 6750 §3.1', 'UI-01: a token without openid, or for nobody, is not enough', async () => {
    const { access_token } = await held('profile')
    for (const token of [access_token, await ownToken(protocol, client, opaque)]) {
      const { status, headers } = await asked({ headers: bearer(token) })
      assert.equal(status, 403)
      assert.match(String(headers['www-authenticate']), /error="insufficient_scope".*scope="openid"/)
      refusedFor('openid_scope_missing')
    }
  })

  test('AC-28: nothing is told once the person removed the access', async () => {
    const { access_token, grant } = await held('openid')
    await stores.grants.end(grant.grant_id, 'removed_by_person', parts.clock())
    assert.equal((await asked({ headers: bearer(access_token) })).status, 401)
    assert.equal(log.at(-1)?.detail['problem'], 'grant_ended')
  })

  test('other methods are refused', async () => {
    const { status, headers } = await asked({ method: 'DELETE' })
    assert.deepEqual([status, headers['allow']], [405, 'GET, POST'])
    refusedFor('userinfo_method_unsupported')
  })
})
