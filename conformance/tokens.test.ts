/** What is said about tokens, by introspection and userinfo, and how they end. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { decodeJwt } from 'jose'
import { must } from '../testing/must.ts'
import { startServer } from '../testing/server.ts'
import type { Received } from '../testing/visitor.ts'
import {
  authorize,
  clients,
  configuration,
  form,
  isActive,
  jsonOf,
  post,
  redeem,
  refresh,
  resources,
  tokensFor,
  tokensOf,
} from './scene.ts'

const { C1, C2, C5, C6, RS1, RS2 } = clients
/** A server that shares nothing with the first but the secret of its configuration. */
const [server, stranger] = await Promise.all([startServer({ configuration }), startServer({ configuration })])
after(() => Promise.all([server.stop(), stranger.stop()]))

const alice = server.visitor()
const lasting = { scope: 'openid offline_access postcards.read' }
const formType = { 'content-type': 'application/x-www-form-urlencoded' }
const inactive = '{"active":false}'

async function introspected(token: string, by = RS1): Promise<string> {
  const answer = await post(server, '/introspect', by, { token })
  assert.deepEqual([answer.status, answer.headers['cache-control']], [200, 'no-store'])
  return answer.body
}

const userinfo = (authorization: string | undefined, path = '/userinfo'): Promise<Received> =>
  server.send({ path, headers: authorization === undefined ? {} : { authorization } })

must(
  'RFC 7662 §2.2',
  'IN-02, IN-04, IN-05, IN-08: whoever a token is not meant for is told what is said of one that never was',
  async () => {
    const { access_token, refresh_token, id_token } = await tokensFor(server, alice, C1, lasting)
    const letters = tokensOf(
      await post(server, '/token', C6, {
        grant_type: 'client_credentials',
        scope: 'letters.read',
        resource: resources.RS2,
      }),
    )
    const shown = JSON.parse(await introspected(access_token)) as Readonly<Record<string, unknown>>
    assert.deepEqual([shown['active'], shown['client_id'], shown['aud']], [true, C1.client_id, resources.RS1])
    assert.equal(await isActive(server, RS2, letters.access_token), true)

    for (const by of [RS2, C5, C6]) assert.equal(await introspected(access_token, by), inactive, by.client_id)
    for (const by of [RS1, C1, C5]) assert.equal(await introspected(letters.access_token, by), inactive, by.client_id)
    for (const by of [RS1, RS2, C5]) assert.equal(await introspected(refresh_token, by), inactive, by.client_id)
    const [header = '', claims = '', signature = ''] = access_token.split('.')
    const forged = Buffer.from(JSON.stringify({ ...decodeJwt(access_token), scope: 'admin' })).toString('base64url')
    const others = [
      ...[1, 2, 3, 10].map((length) => access_token.slice(0, -length)),
      ...['=', '==', ' ', '.', 'A'].map((tail) => access_token + tail),
      ...[1, 2, 6].map((length) => letters.access_token.slice(0, -length)),
      ...[`${letters.access_token}=`, letters.access_token.toUpperCase(), id_token, 'la_x', 'lr_x', 'x', '\0', '…'],
      ...[`${header}.${forged}.${signature}`, `${header}.${claims}.`, `${header}.${claims}`, `.${claims}.${signature}`],
    ]
    for (const token of others) {
      for (const by of [RS1, RS2]) assert.equal(await introspected(token, by), inactive, token.slice(0, 80))
    }
  },
)

must(
  'RFC 7662 §2.1',
  'IN-01, IN-09: introspection is for callers who proved who they are, and by POST alone',
  async () => {
    const { access_token } = await tokensFor(server, alice, C1)
    const anonymous = await server.send({ path: '/introspect', headers: formType, body: form({ token: access_token }) })
    assert.equal(anonymous.status, 401)
    assert.equal((await post(server, '/introspect', C2, { token: access_token })).status, 401)
    const asked = await server.send({ path: `/introspect?${form({ token: access_token })}` })
    assert.deepEqual([asked.status, asked.headers['allow']], [405, 'POST'])
  },
)

must(
  'RFC 7009 §2.1',
  'RV-01, RV-03, RV-04, IN-06: a client revokes its own tokens alone, whatever hint it gives, and at once',
  async () => {
    const first = await tokensFor(server, alice, C1, lasting)
    for (const token of [first.access_token, first.refresh_token]) {
      for (const by of [C5, C2, C6, RS1]) assert.equal((await post(server, '/revoke', by, { token })).status, 200)
    }
    assert.equal(await isActive(server, RS1, first.access_token), true)
    assert.equal(await isActive(server, C1, first.refresh_token), true)

    const access = { token: first.access_token, token_type_hint: 'refresh_token' }
    assert.equal((await post(server, '/revoke', C1, access)).status, 200)
    assert.equal(await introspected(first.access_token), inactive)
    const second = tokensOf(await refresh(server, C1, first.refresh_token))
    const whole = { token: second.refresh_token, token_type_hint: 'zzz' }
    for (let again = 0; again < 2; again += 1) assert.equal((await post(server, '/revoke', C1, whole)).status, 200)
    assert.equal(await introspected(second.access_token), inactive)
    assert.equal((await refresh(server, C1, second.refresh_token)).status, 400)
    for (const token of ['lr_x', 'x', '\0', `${second.refresh_token}=`]) {
      assert.equal((await post(server, '/revoke', C1, { token })).status, 200)
    }
  },
)

must('RFC 6750 §3', 'UI-01, UI-02, UI-03: userinfo takes one token of a person, in its place', async () => {
  const { access_token, id_token, refresh_token } = await tokensFor(server, alice, C1, lasting)
  const without = await tokensFor(server, alice, C1, { scope: 'postcards.read' })
  const machine = tokensOf(await post(server, '/token', C6, { grant_type: 'client_credentials' }))
  const { code } = await authorize(alice, C1)

  const told = await userinfo(`Bearer ${access_token}`)
  assert.deepEqual([told.status, told.headers['cache-control']], [200, 'no-store'])
  const bare = { path: '/userinfo', headers: formType, body: form({ access_token }) }
  assert.equal((await server.send(bare)).body, told.body)
  const emptyPost = await server.send({
    method: 'POST',
    path: '/userinfo',
    headers: { authorization: `bearer ${access_token}` },
  })
  assert.equal(emptyPost.body, told.body)

  const twice = { ...bare, headers: { ...formType, authorization: `Bearer ${access_token}` } }
  const query = `/userinfo?${form({ access_token })}`
  const refused: readonly (readonly [string, number, Promise<Received>])[] = [
    ['nothing', 401, userinfo(undefined)],
    ['in the query', 400, userinfo(undefined, query)],
    ['in the query and the header', 400, userinfo(`Bearer ${access_token}`, query)],
    ['in the header and the form', 400, server.send(twice)],
    ['without openid', 403, userinfo(`Bearer ${without.access_token}`)],
    ['a machine’s', 403, userinfo(`Bearer ${machine.access_token}`)],
    ['an id_token', 401, userinfo(`Bearer ${id_token}`)],
    ['a refresh token', 401, userinfo(`Bearer ${refresh_token}`)],
    ['a code', 401, userinfo(`Bearer ${code}`)],
    ['cut', 401, userinfo(`Bearer ${access_token.slice(0, -1)}`)],
    ['another scheme', 401, userinfo(`Token ${access_token}`)],
    ['the scheme of bound tokens', 401, userinfo(`DPoP ${access_token}`)],
    ['Basic', 401, userinfo(`Basic ${access_token}`)],
  ]
  for (const [name, status, asked] of refused) {
    const answer = await asked
    assert.equal(answer.status, status, name)
    const challenge = name === 'the scheme of bound tokens' ? /^DPoP / : /^Bearer/
    if (answer.status !== 400) assert.match(String(answer.headers['www-authenticate']), challenge, name)
    assert.doesNotMatch(answer.body, /Alice|"sub"/, name)
  }
})

must(
  'OpenID Connect Core §5.4',
  'UI-04, UI-06, MX-03: a client is told what was allowed, of the same person in each answer',
  async () => {
    const nonce = 'n-0S6_WzA2Mj'
    const response = await authorize(alice, C1, { scope: 'openid', nonce })
    const { access_token, id_token } = tokensOf(await redeem(server, C1, response))
    const told = jsonOf(await userinfo(`Bearer ${access_token}`))
    const { iss, aud, sub, nonce: echoed, azp } = decodeJwt(id_token)
    assert.deepEqual(told, { sub })
    assert.deepEqual([iss, aud, echoed], [server.issuer, C1.client_id, nonce])
    assert.ok(azp === undefined || azp === C1.client_id)
    const all = await tokensFor(server, alice, C1, { scope: 'openid email' })
    const more = jsonOf(await userinfo(`Bearer ${all.access_token}`))
    assert.deepEqual(more, { sub, email: 'alice@example.com', email_verified: true })
  },
)

must('RFC 9700 §4.4', 'MX-02: what one server issued is worth nothing at another', async () => {
  const { access_token, refresh_token } = await tokensFor(server, alice, C1, lasting)
  const response = await authorize(alice, C1)
  const { headers } = await stranger.send({
    path: '/account',
    headers: { cookie: [...alice.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  })
  assert.ok(String(headers['location']).startsWith(`${stranger.issuer}/interaction/`))
  assert.equal((await redeem(stranger, C1, response)).status, 400)
  assert.equal((await refresh(stranger, C1, refresh_token)).status, 400)
  assert.equal(await isActive(stranger, RS1, access_token), false)
  assert.equal(await isActive(stranger, C1, refresh_token), false)
  assert.equal((await post(stranger, '/revoke', C1, { token: refresh_token })).status, 200)
  const told = await stranger.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } })
  assert.equal(told.status, 401)
  assert.equal(await isActive(server, RS1, access_token), true)
  tokensOf(await redeem(server, C1, response))
})
