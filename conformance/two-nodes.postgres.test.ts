/**
 * Two nodes over one database, each request to any of them: what one does the other knows. Where it matters that it is
 * the other one, the request goes to it directly.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { must } from '../testing/must.ts'
import { startNodes } from '../testing/nodes.ts'
import { freshDatabase } from '../testing/postgres.ts'
import { startServer, type TestServer } from '../testing/server.ts'
import {
  assertion,
  assertionParameters,
  authorizationPath,
  authorize,
  clients,
  configuration,
  deviceGrant,
  isActive,
  jsonOf,
  newPkce,
  passPages,
  people,
  post,
  redeem,
  refresh,
  tokensFor,
  tokensOf,
  type Credentials,
  type Tokens,
} from './scene.ts'

const database = await freshDatabase()
const server = await startNodes(2, { configuration, database })
after(() => server.stop())
const [one, other] = server.nodes
assert.ok(one !== undefined && other !== undefined)

const grantTypes = ['authorization_code', 'refresh_token']
const lasting = { scope: 'openid profile offline_access postcards.read' }

/** The statuses that both nodes answer a use of these tokens with, asked at once. */
const statuses = async ({ access_token, refresh_token }: Tokens): Promise<readonly unknown[]> => {
  const of = async (node: TestServer) => ({
    active: await isActive(node, clients.RS1, access_token),
    userinfo: (await node.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } })).status,
    refresh: (await refresh(node, clients.C1, refresh_token)).status,
  })
  return Promise.all([of(one), of(other)])
}
const dead = { active: false, userinfo: 401, refresh: 400 }

must('R22', 'the whole flow comes through twenty times, whichever node each request reaches', async () => {
  for (let round = 0; round < 20; round += 1) {
    const visitor = server.visitor()
    const { access_token, refresh_token } = await tokensFor(server, visitor, clients.C1, {
      ...lasting,
      prompt: 'consent',
    })
    const told = await server.send({ path: '/userinfo', headers: { authorization: `Bearer ${access_token}` } })
    assert.equal(jsonOf(told)['name'], 'Alice Liddell')
    const refreshed = tokensOf(await refresh(server, clients.C1, refresh_token))
    assert.equal((await post(server, '/revoke', clients.C1, { token: refreshed.refresh_token })).status, 200)
    assert.equal(await isActive(server, clients.RS1, refreshed.access_token), false)
  }
  assert.ok(
    server.handed.every((requests) => requests > 50),
    `the nodes took ${server.handed.join(' and ')}`,
  )
})

must('R22', 'a token of either node is verified with the keys that the other publishes', async () => {
  const sets = await Promise.all([one, other].map((node) => node.send({ path: '/jwks' })))
  assert.equal(sets[0]?.body, sets[1]?.body)
})

must('RFC 7009 §2, R18', 'IN-06: what is revoked on one node is inactive on the other at once', async () => {
  const tokens = await tokensFor(server, server.visitor(), clients.C1, lasting)
  assert.equal(await isActive(other, clients.RS1, tokens.access_token), true)
  assert.equal((await post(one, '/revoke', clients.C1, { token: tokens.refresh_token })).status, 200)
  assert.deepEqual(await statuses(tokens), [dead, dead])
})

must('R7', 'IN-07, RT-11: an application that is removed on one node is at an end on the other at once', async () => {
  const visitor = server.visitor()
  const tokens = await tokensFor(server, visitor, clients.C1, lasting)
  const unredeemed = await authorize(visitor, clients.C1, lasting)
  await visitor.submit(await visitor.go('/account'), { press: `remove=${clients.C1.client_id}` })
  assert.deepEqual(await statuses(tokens), [dead, dead])
  assert.equal((await redeem(server, clients.C1, unredeemed)).status, 400)
  const again = await visitor.go(authorizationPath(clients.C1, newPkce(), lasting))
  assert.equal(again.leaves, undefined)
})

must('R7', 'AC-27: a session that is ended on the page of one browser is over on both nodes at once', async () => {
  const [visitor, lost] = [server.visitor(), server.visitor()]
  for (const each of [visitor, lost]) await authorize(each, clients.C1, lasting)
  const cookie = [...lost.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answers = () => Promise.all([one, other].map((node) => node.send({ path: '/account', headers: { cookie } })))
  const statusesOf = async () => (await answers()).map(({ status }) => status)
  assert.deepEqual(await statusesOf(), [200, 200])
  await visitor.submit(await visitor.go('/account/security'), { press: 'end_others=yes' })
  assert.deepEqual(await statusesOf(), [303, 303])
  assert.equal((await visitor.go('/account')).url.pathname, '/account')
})

must('R22', 'a code is redeemed at one node while the sign-out is at the other: the sign-out holds', async () => {
  const visitor = server.visitor()
  const response = await authorize(visitor, clients.C1, lasting)
  await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
  const answers = await Promise.all([one, other].map((node) => redeem(node, clients.C1, response)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400],
  )
})

must(
  'RFC 7523 §3',
  'JA-04: of fifty uses of one assertion on both nodes exactly one is taken, after a restart too',
  async () => {
    const spent: Credentials[] = []
    for (let round = 0; round < 10; round += 1) {
      const jwt = assertion(clients.C4, { aud: server.issuer, exp: Math.floor(Date.now() / 1000) + 240 })
      const credentials: Credentials = { headers: {}, parameters: assertionParameters(jwt) }
      const use = () => post(server, '/revoke', credentials, { token: 'lr_nothing' })
      const uses = await Promise.all(Array.from({ length: 50 }, use))
      const counts = Map.groupBy(uses, ({ status }) => status)
      assert.deepEqual([counts.get(200)?.length, counts.get(401)?.length], [1, 49])
      spent.push(credentials)
    }
    const restarted = await startServer({ configuration, database, issuer: server.issuer })
    for (const node of [one, other, restarted]) {
      for (const credentials of spent) assert.equal((await post(node, '/revoke', credentials, {})).status, 401)
    }
    await restarted.stop()
  },
)

must(
  'R22',
  'AC-08, RT-10: an account that an operator disables is shut out of both nodes, and let in again by both',
  async () => {
    const visitor = server.visitor()
    const response = await authorize(visitor, clients.C1, lasting, people.bob)
    const tokens = tokensOf(await redeem(server, clients.C1, await authorize(visitor, clients.C1, lasting, people.bob)))
    assert.equal((await one.command(['account', 'disable', 'bob'])).code, 0)
    assert.deepEqual(await statuses(tokens), [dead, dead])
    assert.equal((await redeem(other, clients.C1, response)).status, 400)
    for (const browser of [visitor, one.visitor(), other.visitor()]) {
      const page = await browser.go(authorizationPath(clients.C1, newPkce()))
      assert.equal(page.leaves, undefined)
      assert.equal((await passPages(browser, page, people.bob)).leaves, undefined)
    }
    assert.equal((await one.command(['account', 'enable', 'bob'])).code, 0)
    const back = server.visitor()
    assert.match((await authorize(back, clients.C1, lasting, people.bob)).code, /^lc_/)
  },
)

must('R22', 'CD-16: a client that an operator disables is refused by both nodes within two seconds', async () => {
  const named = ['--id', 'stored', '--redirect-uri', 'https://stored.test/cb', '--scope', lasting.scope]
  const made = await one.command(['client', 'create', ...named, '--grant-type', ...grantTypes, '--json'])
  assert.equal(made.code, 0, made.stderr)
  const { client_secret } = JSON.parse(made.stdout) as { readonly client_secret: string }
  const stored = { ...clients.C1, client_id: 'stored', client_secret, redirect_uri: 'https://stored.test/cb' }
  const visitor = server.visitor()
  const { access_token, refresh_token } = await tokensFor(server, visitor, stored, lasting)
  const response = await authorize(visitor, stored, lasting)

  assert.equal((await one.command(['client', 'disable', 'stored'])).code, 0)
  const refused = async () => {
    const uses = [one, other].map((node) => refresh(node, stored, refresh_token))
    return (await Promise.all(uses)).every(({ status }) => status === 401)
  }
  for (const late = performance.now() + 2_000; !(await refused());) assert.ok(performance.now() < late)
  for (const node of [one, other]) {
    assert.equal((await redeem(node, stored, response)).status, 401)
    assert.equal(await isActive(node, clients.RS1, access_token), false)
    assert.equal((await node.send({ path: authorizationPath(stored, newPkce()) })).headers['location'], undefined)
  }
})

must(
  'RFC 8628 §3.5',
  'DV-02, DV-03: both nodes count the polls of a device together, and one of them gives tokens, once',
  async () => {
    const asked = async () => jsonOf(await post(server, '/device_authorization', clients.C8, {}))
    const poll = (node: TestServer, device_code: unknown) =>
      post(node, '/token', clients.C8, { grant_type: deviceGrant, device_code: String(device_code) })
    const { device_code } = await asked()
    const early = await Promise.all([one, other, one, other].map((node) => poll(node, device_code)))
    const errors = Map.groupBy(early, (answer) => jsonOf(answer)['error'])
    assert.deepEqual([errors.get('authorization_pending')?.length, errors.get('slow_down')?.length], [1, 3])

    const next = await asked()
    const visitor = server.visitor()
    const page = await visitor.submit(await visitor.go('/device'), { press: 'login-submit', fields: people.alice })
    const fields = { user_code: String(next['user_code']) }
    const consent = await visitor.submit(page, { press: 'device-continue', fields })
    assert.match((await visitor.submit(consent, { press: 'consent-allow' })).body, /id="device-account"/)
    const nodes = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : other))
    const polls = await Promise.all(nodes.map((node) => poll(node, next['device_code'])))
    assert.equal(polls.filter(({ status }) => status === 200).length, 1)
  },
)
