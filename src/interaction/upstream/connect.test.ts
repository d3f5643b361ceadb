/** What becomes of an account elsewhere that its operator is believed about: joined by its address, made into an account. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { chooseUpstream, openUpstreamWorld } from '../../../testing/upstream.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { passwords } from '../../identity/password.ts'

const password_hash = await passwords({ concurrency: 1, queue: 1 }).hash('wonderland')
const people = [
  { username: 'alice', claims: { name: 'Alice', email: 'alice@example.com', email_verified: true } },
  { username: 'mallory', claims: { email: 'alice@example.com', email_verified: false } },
  { username: 'carol', claims: { name: 'Carol', email: 'carol@example.com', email_verified: true } },
  ...['dave', 'erin', 'frank'].map((username) => ({
    username,
    claims: { email: `${username}@example.com`, email_verified: true },
  })),
  { username: 'eve', claims: { name: 'Eve \u202Emoc.knab', email: 'eve@example.com', email_verified: true } },
]
const up = await openUpstreamWorld(
  { trust_email: true },
  { accounts: people.map((person) => ({ ...person, password_hash })) },
)
const steps = await openSteps({ upstream: [up.provider], outbound: up.outbound })
after(async () => {
  await steps.close()
  await up.world.close()
})
beforeEach(() => {
  open('off')
  steps.wait(1200)
  up.world.wait(1200)
})

function open(accountRegistration: 'off' | 'any' | readonly string[]): void {
  Object.assign(steps.parts, { accountRegistration })
}

/** Signs in there as somebody, and comes back. */
async function from(username: string, page: Visited, visitor: Visitor): Promise<Visited> {
  const there = await chooseUpstream(visitor, page)
  return visitor.go(await allowAs(username, there))
}

/** Signs in there as somebody, and allows as far as that is asked. */
async function allowAs(username: string, there: URL | undefined): Promise<URL> {
  const elsewhere = up.world.visitor()
  const fields = { username, password: 'wonderland' }
  const next = await elsewhere.submit(await elsewhere.go(there ?? ''), { press: 'login-submit', fields })
  const { leaves } = next.leaves === undefined ? await elsewhere.submit(next, { press: 'consent-allow' }) : next
  assert.ok(leaves)
  return leaves
}

const arrive = async (username: string, otherwise: Parameters<typeof authorizationUrl>[0] = {}) => {
  const visitor = steps.visitor()
  return { visitor, page: await from(username, await visitor.go(authorizationUrl(otherwise)), visitor) }
}

describe('AC-20: where the operator believes a provider about addresses', () => {
  test('whoever has the same address proved on both sides is signed in, and the two are connected', async () => {
    const { page } = await arrive('alice')
    assert.match(page.body, /consent-allow/)
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id)).length, 1)
    const events = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 10 })
    assert.ok(events.some(({ event }) => event === 'upstream_linked'))
  })

  test('an address that the provider calls unverified joins nothing', async () => {
    const { visitor, page } = await arrive('mallory')
    assert.match(wordsOf(page), /No account here is connected/)
    assert.doesNotMatch(page.body, /id="make-account"/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
  })

  test('an address that somebody typed here and never proved joins nothing: who registered first gains nothing', async () => {
    const bob = { ...steps.bob, claims: { email: 'carol@example.com', email_verified: false } }
    await makeAccount(bob, steps.stores.accounts)
    const { visitor, page } = await arrive('carol')
    assert.match(wordsOf(page), /No account here is connected/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
    await makeAccount(steps.bob, steps.stores.accounts)
  })
})

describe('an account that is made of one elsewhere', () => {
  test('R3: has a name that its person chooses and the address that was proved, and goes on to the very request', async () => {
    open(['example.com'])
    const { visitor, page } = await arrive('carol', { state: 'kept' })
    const [, href = ''] = /id="make-account" href="([^"]+)"/.exec(page.body) ?? []
    const form = await visitor.go(href)
    assert.match(form.body, /value="carol"/)
    const taken = await visitor.submit(form, { press: 'account-submit', fields: { username: 'alice' } })
    assert.equal(taken.status, 409)
    assert.equal((await visitor.submit(form, { press: 'account-submit', fields: { username: 'Admin' } })).status, 400)
    const consent = await visitor.submit(taken, { press: 'account-submit', fields: { username: 'carol' } })
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    const carol = await steps.stores.accounts.findByLogin('carol@example.com')
    assert.equal(carol?.password_hash, undefined)
    assert.deepEqual(carol?.claims, { name: 'Carol', email: 'carol@example.com', email_verified: true })
    assert.match((await arrive('carol', { prompt: 'consent' })).page.body, /consent-allow/)
  })

  test('BR-27: has no name from there that nobody could write here', async () => {
    open('any')
    const { visitor, page } = await arrive('eve')
    const form = await visitor.go(`${page.url.pathname}?upstream=new`)
    await visitor.submit(form, { press: 'account-submit', fields: { username: 'eve' } })
    const eve = await steps.stores.accounts.findByLogin('eve')
    assert.deepEqual(eve?.claims, { email: 'eve@example.com', email_verified: true })
  })

  test('AC-32: is not made where nobody may make one, or only people of other domains', async () => {
    for (const admitted of ['off', ['example.org']] as const) {
      open('any')
      const { visitor, page } = await arrive('dave')
      const [, href = ''] = /id="make-account" href="([^"]+)"/.exec(page.body) ?? []
      const form = await visitor.go(href)
      open(admitted)
      const end = await visitor.submit(form, { press: 'account-submit', fields: { username: 'dave' } })
      assert.match(end.body, /id="login-submit"/)
      assert.doesNotMatch(end.body, /id="make-account"/)
    }
    assert.equal(await steps.stores.accounts.findByLogin('dave'), undefined)
  })

  test('of two tabs makes one', async () => {
    open('any')
    const pages = await Promise.all([arrive('dave'), arrive('dave')])
    const forms = await Promise.all(pages.map(({ visitor, page }) => visitor.go(`${page.url.pathname}?upstream=new`)))
    await Promise.all(
      pages.map(({ visitor }, each) => {
        const form = forms[each]
        assert.ok(form)
        return visitor.submit(form, { press: 'account-submit', fields: { username: `dave-${each}` } })
      }),
    )
    const made = await Promise.all(['dave-0', 'dave-1'].map((name) => steps.stores.accounts.findByLogin(name)))
    assert.equal(made.filter((account) => account !== undefined).length, 1)
  })
})

describe('a fresh sign-in', () => {
  must('OpenID Connect Core §3.1.2.1', 'prompt=login and max_age are asked for there as well', async () => {
    const asked = async (otherwise: Parameters<typeof authorizationUrl>[0]) => {
      const visitor = steps.visitor()
      const { searchParams } = await chooseUpstream(visitor, await visitor.go(authorizationUrl(otherwise)))
      return [searchParams.get('prompt'), searchParams.get('max_age')]
    }
    assert.deepEqual(await asked({ prompt: 'login' }), ['login', '0'])
    assert.deepEqual(await asked({ max_age: '600' }), ['login', '600'])
    assert.deepEqual(await asked({}), [null, null])
  })

  must('OpenID Connect Core §3.1.2.1', 'one that is older than the client said is none', async () => {
    const elsewhere = up.world.visitor()
    await up.allow(elsewhere, await chooseUpstream(...(await asking(steps.visitor(), {}))))
    up.world.wait(900)
    steps.wait(900)
    const [visitor, page] = await asking(steps.visitor(), { max_age: '600' })
    const there = await chooseUpstream(visitor, page)
    // As a provider that passes over what it is asked for.
    there.searchParams.delete('prompt')
    there.searchParams.delete('max_age')
    const back = await visitor.go(await up.allow(elsewhere, there))
    assert.match(wordsOf(back), /does not say that you did/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
  })

  async function asking(visitor: Visitor, otherwise: Parameters<typeof authorizationUrl>[0]) {
    return [visitor, await visitor.go(authorizationUrl(otherwise))] as const
  }
})

describe('somebody else who came from there in another tab', () => {
  test('AC-20: is not connected by the answer to a page that named the first', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    const question = await steps.signIn(visitor, await from('erin', page, visitor), steps.bob)
    assert.match(wordsOf(question), /Connect Other\?.*erin@example\.com/)
    await from('mallory', page, visitor)
    const asked = await visitor.submit(question, { press: 'upstream-connect' })
    assert.deepEqual(await steps.stores.upstreamIdentities.listByAccount(steps.bob.account_id), [])
    assert.match(wordsOf(asked), /Connect Other\?.*alice@example\.com/)
  })

  test('AC-20: gets no account by the answer to a page that named the first', async () => {
    open('any')
    const { visitor, page } = await arrive('erin')
    const form = await visitor.go(`${page.url.pathname}?upstream=new`)
    await from('frank', page, visitor)
    const asked = await visitor.submit(form, { press: 'account-submit', fields: { username: 'erin' } })
    assert.match(wordsOf(asked), /frank@example\.com/)
    assert.equal(await steps.stores.accounts.findByLogin('erin'), undefined)
  })

  test('LO-05: is not told who came before them and signed out', async () => {
    const { visitor, page } = await arrive('mallory')
    assert.match(wordsOf(page), /alice@example\.com/)
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
    assert.doesNotMatch(wordsOf(await visitor.go(page.url)), /alice@example\.com/)
  })
})

describe('on the page about security', () => {
  const security = async (visitor: Visitor) => visitor.go('/account/security')

  test('R16: an account elsewhere is connected, told, and taken away again', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const pressed = await visitor.submit(await security(visitor), { press: 'factor=upstream_connect' })
    const question = await visitor.go(await allowAs('mallory', pressed.leaves))
    assert.match(wordsOf(question), /Connect Other\?.*mallory|Connect Other\?.*alice@example\.com/)
    const page = await visitor.submit(question, { press: 'upstream-connect' })
    assert.equal(page.url.pathname, '/account/security')
    assert.match(page.body, /data-upstream=/)
    const done = await visitor.submit(page, { press: 'factor=upstream_remove' })
    assert.match(wordsOf(done), /Disconnected/)
    assert.deepEqual(await steps.stores.upstreamIdentities.listByAccount(steps.bob.account_id), [])
  })

  test('R3: a second press, and one in another tab, find it connected, and nothing more is asked', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const ask = async () => {
      const pressed = await visitor.submit(await security(visitor), { press: 'factor=upstream_connect' })
      return visitor.go(await allowAs('mallory', pressed.leaves))
    }
    const [question, tab] = [await ask(), await ask()]
    for (const asked of [question, question, tab]) {
      const page = await visitor.submit(asked, { press: 'upstream-connect' })
      assert.deepEqual([page.status, page.url.pathname], [200, '/account/security'])
    }
    const [identity, ...others] = await steps.stores.upstreamIdentities.listByAccount(steps.bob.account_id)
    assert.deepEqual(others, [])
    await steps.stores.upstreamIdentities.unlink(steps.bob.account_id, identity?.identity_id ?? '')
  })

  test('AC-15: is not connected by whoever is put out in the moment that they press, and nothing says that it was', async () => {
    const { account_id, password_hash = '' } = steps.bob
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const pressed = await visitor.submit(await security(visitor), { press: 'factor=upstream_connect' })
    const question = await visitor.go(await allowAs('mallory', pressed.leaves))
    const { upstreamIdentities } = steps.parts
    const link: typeof upstreamIdentities.link = async (...given) => {
      await steps.stores.accounts.setPassword({ account_id, password_hash, at: steps.parts.clock() + 1 })
      return upstreamIdentities.link(...given)
    }
    Object.assign(steps.parts, { upstreamIdentities: { ...upstreamIdentities, link } })
    const page = await visitor.submit(question, { press: 'upstream-connect' })
    Object.assign(steps.parts, { upstreamIdentities })
    assert.match(page.body, /id="login-submit"/)
    assert.doesNotMatch(wordsOf(page), /connected to another account/)
    assert.deepEqual(await upstreamIdentities.listByAccount(account_id), [])
  })

  test('AC-23: none is connected or taken by a session that is older than five minutes', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'))
    const page = await security(visitor)
    steps.wait(400)
    up.world.wait(400)
    for (const press of ['factor=upstream_connect', 'factor=upstream_remove']) {
      const end = await visitor.submit(page, { press })
      assert.match(end.body, /id="login-submit"/, press)
    }
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(steps.alice.account_id)).length, 1)
  })

  test('the last way in is not taken', async () => {
    const carol = await steps.stores.accounts.findByLogin('carol')
    assert.ok(carol)
    const { visitor } = await arrive('carol', { prompt: 'consent' })
    const page = await visitor.submit(await security(visitor), { press: 'factor=upstream_remove' })
    assert.equal(page.status, 409)
    assert.match(wordsOf(page), /only way in/)
    assert.equal((await steps.stores.upstreamIdentities.listByAccount(carol.account_id)).length, 1)
  })

  test('whoever turns round at the provider is back on the page', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'))
    const { leaves } = await visitor.submit(await security(visitor), { press: 'factor=upstream_connect' })
    const back = new URL(leaves?.searchParams.get('redirect_uri') ?? '')
    const state = leaves?.searchParams.get('state') ?? ''
    back.search = new URLSearchParams({ error: 'access_denied', state, iss: up.world.issuer }).toString()
    assert.equal((await visitor.go(back)).url.pathname, '/account/security')
  })
})
