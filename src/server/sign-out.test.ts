/** Signing out with applications around: the whole server, a listener for each application, and a clock that is held. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { makeAccount } from '../../testing/account.ts'
import { openReceiver } from '../../testing/mailbox.ts'
import { must } from '../../testing/must.ts'
import { wordsOf, type Visitor } from '../../testing/visitor.ts'
import { world, worldAuthorization, worldSecret, type Tokens } from '../../testing/world.ts'
import { outboxPatience, type ClaimedMessage } from '../domain/outbox.ts'
import { setAccountState, setPassword } from '../management/accounts.ts'
import { announcer } from './announce.ts'
import { deliver, logoutTokenSender } from './deliveries.ts'

const receiver = await openReceiver()
const scope = 'openid profile offline_access postcards.read'
const returns = 'https://rp1.test/signed-out'
const app = (client_id: string, more: object, host = client_id) => ({
  client_id,
  client_name: client_id,
  client_secret: worldSecret,
  redirect_uris: [`https://${host}.test/cb`],
  grant_types: ['authorization_code', 'refresh_token'],
  scope,
  ...more,
})
const server = await world({
  outbound: { allow: [receiver.host] },
  clients: [
    app('greatapp', { backchannel_logout_uri: receiver.url, post_logout_redirect_uris: [returns] }, 'rp1'),
    app('framed', {
      frontchannel_logout_uri: 'https://framed.test/a,b;c?d=1',
      frontchannel_logout_session_required: true,
      post_logout_redirect_uris: ['https://framed.test/bye'],
    }),
    app('quiet', {}),
    {
      ...app('spa', { backchannel_logout_uri: receiver.url }),
      client_secret: undefined,
      token_endpoint_auth_method: 'none',
    },
  ],
})
after(async () => {
  await receiver.close()
  await server.close()
})
beforeEach(async () => {
  await deliveredLater(86_400)
  receiver.answer(204)
})

const of = (client_id: string, host = client_id) => ({ client_id, redirect_uri: `https://${host}.test/cb`, scope })

async function visits(visitor: Visitor, ...clients: readonly ReturnType<typeof of>[]): Promise<void> {
  for (const one of clients) {
    const { leaves } = await server.allow(visitor, server.authorizeUrl(one))
    assert.ok(leaves?.searchParams.has('code'))
  }
}

async function signOut(visitor: Visitor, path = '/logout') {
  const page = await visitor.go(path)
  return page.body.includes('logout-confirm') ? visitor.submit(page, { press: 'logout-confirm' }) : page
}

/** What was posted while something was done: the claims of each token, checked as an application would. */
async function toldWhile(act: () => Promise<unknown>) {
  const before = receiver.posted.length
  await act()
  const keys = JSON.parse((await server.request('GET', '/jwks')).body) as JSONWebKeySet
  return Promise.all(
    receiver.posted.slice(before).map(async ({ headers, body }) => {
      assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
      const token = new URLSearchParams(body).get('logout_token') ?? ''
      const options = { issuer: server.issuer, typ: 'logout+jwt', currentDate: new Date(server.clock() * 1000) }
      return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload
    }),
  )
}

async function deliveredLater(seconds: number): Promise<void> {
  server.wait(seconds)
  const parting = { ...server.parts, isStopping: () => false }
  await deliver('logout_token', logoutTokenSender(server.parts), parting)
}

const claimsOf = ({ id_token = '' }: Tokens) =>
  JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

must(
  'OpenID Connect Back-Channel Logout §2.4',
  'LO-06: a logout token names issuer, client, person and session, says what it is, and lives for two minutes',
  async () => {
    const visitor = server.visitor()
    const tokens = await server.tokens(visitor)
    const [claims, ...more] = await toldWhile(() => signOut(visitor))
    assert.equal(more.length, 0)
    const { jti, exp = 0, iat = 0, ...rest } = claims ?? {}
    const { sub, sid } = claimsOf(tokens)
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    assert.deepEqual(rest, { iss: server.issuer, aud: 'greatapp', sub, sid, events })
    assert.equal(exp - iat, 120)
    assert.match(String(jti), /^[0-9a-f]{32}\.1$/)
    assert.equal(typeof sid, 'string')
  },
)

must('OpenID Connect Back-Channel Logout §2.5', 'each session ends once, and tells its own clients alone', async () => {
  const [visitor, other] = [server.visitor(), server.visitor()]
  await visits(visitor, of('greatapp', 'rp1'), of('quiet'))
  await visits(visitor, of('greatapp', 'rp1'))
  await visits(other, of('greatapp', 'rp1'))
  assert.equal((await toldWhile(() => signOut(visitor))).length, 1)
  assert.equal((await toldWhile(() => deliveredLater(3600))).length, 0)
  assert.match((await other.go('/account')).body, /Alice/)
  assert.equal((await toldWhile(() => signOut(other))).length, 1)
})

must(
  'OpenID Connect Back-Channel Logout §2.5',
  'a sign-out by the operator, by a new password and by the next person tells the clients as well',
  async () => {
    const management = {
      ...server.parts,
      actor: 'operator:test',
      language: 'en' as const,
      hashPassword: () => Promise.resolve('$argon2id$…'),
    }
    const password_hash = (await server.parts.accounts.findByLogin('alice'))?.password_hash ?? ''
    const ways = [
      () => setAccountState('alice', 'disabled', management),
      () => setPassword('alice', 'another', management),
    ]
    for (const end of ways) {
      await visits(server.visitor(), of('greatapp', 'rp1'))
      const told = await toldWhile(async () => {
        await end()
        await deliveredLater(1)
      })
      assert.equal(told.length, 1)
      await setAccountState('alice', 'enabled', management)
      const account = await server.parts.accounts.findByLogin('alice')
      if (account !== undefined) await makeAccount({ ...account, password_hash }, server.parts.accounts)
    }
  },
)

must(
  'OpenID Connect Back-Channel Logout §2.3',
  'whoever only signs in again stays signed in everywhere; the sign-out then names the session as each client knows it',
  async () => {
    const visitor = server.visitor()
    const first = await server.tokens(visitor)
    const again = await toldWhile(async () => {
      const page = await visitor.go(server.authorizeUrl({ prompt: 'login' }))
      await visitor.submit(page, { press: 'login-submit', fields: { username: 'alice', password: 'wonderland' } })
      await deliveredLater(1)
    })
    assert.equal(again.length, 0)
    const told = await toldWhile(() => signOut(visitor, `/logout?id_token_hint=${first.id_token ?? ''}`))
    assert.ok(told.some(({ sid }) => sid === claimsOf(first)['sid']))
    assert.equal(told.length, 2)
  },
)

test('R19: a client that is away for ten minutes is told when it is back, and the page names it until then', async () => {
  receiver.answer(503)
  const visitor = server.visitor()
  await visits(visitor, of('greatapp', 'rp1'), of('quiet'))
  const result = await signOut(visitor, `/logout?client_id=greatapp&post_logout_redirect_uri=${returns}`)
  assert.equal(result.status, 200)
  assert.match(wordsOf(result), /You are signed out .* have not confirmed .* rp1\.test greatapp Continue to rp1\.test/)
  assert.doesNotMatch(result.body, /quiet\.test/)
  for (let minute = 0; minute < 10; minute += 1) await deliveredLater(60)
  receiver.answer(200)
  const told = await toldWhile(async () => {
    const before = receiver.posted.length
    for (let minute = 0; minute < 20 && receiver.posted.length === before; minute += 1) await deliveredLater(60)
  })
  assert.equal(told.length, 1)
  assert.equal((await toldWhile(() => deliveredLater(3600))).length, 0)
})

test('RL-25: a client that does not listen for three days is given up, and is no failure of ours', async () => {
  receiver.answer(503)
  const visitor = server.visitor()
  await server.tokens(visitor)
  await signOut(visitor)
  await deliveredLater(outboxPatience)
  const given_up = server.log.filter(({ event }) => event === 'notice_given_up')
  assert.deepEqual(
    given_up.map((line) => [line.detail['kind'], line.detail['why'], 'cause' in line]),
    [['logout_token', 'status_503', false]],
  )
})

test('R19, LO-06: a client that hangs holds nobody up; what is under way goes on', async () => {
  await visits(server.visitor(), of('greatapp', 'rp1'))
  await server.parts.sessions.end(await sessionOf(), server.clock())
  const { promise: answered, resolve: answer } = Promise.withResolvers<{ readonly outcome: 'delivered' }>()
  const { promise: removed, resolve: remove } = Promise.withResolvers<string>()
  const outbox = {
    ...server.parts.outbox,
    remove: async (message: ClaimedMessage) => {
      await server.parts.outbox.remove(message)
      remove(message.kind)
    },
  }
  await announcer(() => answered, { ...server.parts, outbox, isStopping: () => false }, 1)()
  answer({ outcome: 'delivered' })
  assert.equal(await removed, 'logout_token')
})

test('R19: where every client confirmed, the browser goes straight back to the one that asked', async () => {
  const visitor = server.visitor()
  await visits(visitor, of('greatapp', 'rp1'))
  const query = new URLSearchParams({ client_id: 'greatapp', post_logout_redirect_uri: returns, state: 'the state' })
  const { leaves } = await signOut(visitor, `/logout?${query.toString()}`)
  assert.equal(leaves?.href, `${returns}?state=the+state`)
})

test('R19, RT-15, LO-04: what is bound to the session is refused at once, and what stands alone lives on', async () => {
  const visitor = server.visitor()
  const alone = await server.tokens(visitor)
  const bound = await publicTokens(visitor)
  await signOut(visitor)
  const refreshed = (client: object, headers: Readonly<Record<string, string>>, { refresh_token = '' }: Tokens) =>
    server.request('POST', '/token', { headers, body: { grant_type: 'refresh_token', refresh_token, ...client } })
  assert.equal((await refreshed({ client_id: 'spa' }, {}, bound)).status, 400)
  assert.equal((await refreshed({}, worldAuthorization, alone)).status, 200)
})

must(
  'R19',
  'RT-15: whoever only signs in again stays signed in in the page of an application, too, and a code of before is good',
  async () => {
    const visitor = server.visitor()
    const { refresh_token = '' } = await publicTokens(visitor)
    const redeeming = await server.allow(visitor, server.authorizeUrl())
    const page = await visitor.go(server.authorizeUrl({ prompt: 'login' }))
    await visitor.submit(page, { press: 'login-submit', fields: { username: 'alice', password: 'wonderland' } })
    const asked = async (body: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
      server.request('POST', '/token', { headers, body })
    const code = redeeming.leaves?.searchParams.get('code') ?? ''
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const redeemed = await asked({ grant_type: 'authorization_code', code, code_verifier }, worldAuthorization)
    assert.equal(redeemed.status, 200, redeemed.body)
    const refreshed = await asked({ grant_type: 'refresh_token', client_id: 'spa', refresh_token })
    assert.equal(refreshed.status, 200, refreshed.body)
    await signOut(visitor)
    const { refresh_token: next = '' } = JSON.parse(refreshed.body) as Tokens
    assert.equal((await asked({ grant_type: 'refresh_token', client_id: 'spa', refresh_token: next })).status, 400)
  },
)

must(
  'R19',
  'RT-15: whoever was away for too long, signs in again and then out, ends what they left in that browser',
  async () => {
    const visitor = server.visitor()
    const { refresh_token = '' } = await publicTokens(visitor)
    server.wait(server.configuration['lifetimes.session_idle'])
    await visits(visitor, of('greatapp', 'rp1'))
    const told = await toldWhile(() => signOut(visitor))
    assert.deepEqual(new Set(told.map(({ aud }) => aud)), new Set(['greatapp', 'spa']))
    const body = { grant_type: 'refresh_token', client_id: 'spa', refresh_token }
    assert.equal((await server.request('POST', '/token', { body })).status, 400)
  },
)

must(
  'R19',
  'R3: whoever signs in again in two tabs at once has one session, both answers, and signs out of all',
  async () => {
    const visitor = server.visitor()
    const { refresh_token = '' } = await publicTokens(visitor)
    await server.allow(visitor, server.authorizeUrl())
    const account_id = (await server.parts.accounts.findByLogin('alice'))?.account_id ?? ''
    const listed = async () => (await server.parts.sessions.listByAccount(account_id)).length
    const [before, old] = [await listed(), new Map(visitor.cookies)]
    const tabs = [
      await visitor.go(server.authorizeUrl({ prompt: 'login' })),
      await visitor.go(server.authorizeUrl({ prompt: 'login' })),
    ]
    const answers = []
    for (const tab of tabs) {
      // Each left before the other was answered.
      for (const [name, value] of old) visitor.cookies.set(name, value)
      answers.push(
        await visitor.submit(tab, { press: 'login-submit', fields: { username: 'alice', password: 'wonderland' } }),
      )
    }
    assert.equal(await listed(), before)
    for (const [index, { url }] of tabs.entries())
      assert.equal((await visitor.go(url)).leaves?.href, answers[index]?.leaves?.href)
    const told = await toldWhile(() => signOut(visitor))
    assert.ok(told.some(({ aud }) => aud === 'spa'))
    assert.equal((await visitor.go(tabs[0]?.url ?? '')).status, 410)
    const body = { grant_type: 'refresh_token', client_id: 'spa', refresh_token }
    assert.equal((await server.request('POST', '/token', { body })).status, 400)
  },
)

/** The tokens of a page in the browser: what it has ends with the session. */
async function publicTokens(visitor: Visitor): Promise<Tokens> {
  const spa = { client_id: 'spa', redirect_uri: 'https://spa.test/cb', scope: 'openid postcards.read' }
  const { leaves } = await server.allow(visitor, server.authorizeUrl(spa))
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const code = leaves?.searchParams.get('code') ?? ''
  const { client_id, redirect_uri } = spa
  const body = { grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier }
  const answer = await server.request('POST', '/token', { body })
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body) as Tokens
}

must(
  'OpenID Connect Front-Channel Logout §2',
  'LO-07: the page frames the registered address with issuer and session, and the policy lets in nothing else',
  async () => {
    const visitor = server.visitor()
    await visits(visitor, of('framed'))
    const [told] = await server.parts.sessions.listClients(await sessionOf())
    const page = await signOut(visitor)
    const frame = `https://framed.test/a,b;c?d=1&iss=${encodeURIComponent(server.issuer)}&sid=${told?.sid ?? ''}`
    assert.deepEqual(
      [...page.body.matchAll(/<iframe hidden title="[^"]+" src="([^"]*)">/g)].map(([, src = '']) =>
        src.replaceAll('&amp;', '&'),
      ),
      [frame],
    )
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /; frame-src https:\/\/framed\.test\/a%2Cb%3Bc; /)
    assert.doesNotMatch(policy, /script-src/)

    const back = server.visitor()
    await visits(back, of('framed'))
    const on = await signOut(back, '/logout?client_id=framed&post_logout_redirect_uri=https%3A%2F%2Fframed.test%2Fbye')
    assert.match(on.body, /<a id="continue" class="button filled" href="https:\/\/framed\.test\/bye"/)
    assert.match(String(on.headers['content-security-policy']), /; script-src 'sha256-[^']+'; frame-src/)
  },
)

async function sessionOf(): Promise<string> {
  const account = await server.parts.accounts.findByLogin('alice')
  const [session] = await server.parts.sessions.listByAccount(account?.account_id ?? '')
  return session?.session_id ?? ''
}

test('JK-06, BR-35: discovery says what there is, and there is no session iframe', async () => {
  const { body } = await server.request('GET', '/.well-known/openid-configuration')
  const metadata = JSON.parse(body) as Record<string, unknown>
  assert.equal(metadata['end_session_endpoint'], `${server.issuer}/logout`)
  for (const way of ['backchannel', 'frontchannel']) {
    assert.equal(metadata[`${way}_logout_supported`], true)
    assert.equal(metadata[`${way}_logout_session_supported`], true)
  }
  assert.equal(metadata['check_session_iframe'], undefined)
  for (const path of ['/check_session', '/check-session', '/session/check']) {
    assert.equal((await server.request('GET', path)).status, 404)
  }
})
