/** Making an account by a letter and an account elsewhere: no password, one account, once, with the letter's address. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { linkIn, openLetters } from '../../../testing/letters.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { openUpstreamWorld } from '../../../testing/upstream.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { mailTokenLifetimes } from '../../domain/mail-token.ts'
import { invite } from '../../management/invitations.ts'

const up = await openUpstreamWorld()
const steps = await openSteps({ upstream: [up.provider], outbound: up.outbound })
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
  await up.world.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(600)
  up.world.wait(600)
  Object.assign(steps.parts.settings, { account_registration: 'off' })
  for (const { account_id } of await steps.stores.accounts.list()) {
    for (const { identity_id } of await steps.stores.upstreamIdentities.listByAccount(account_id)) {
      await steps.stores.upstreamIdentities.unlink(account_id, identity_id)
    }
    if (![steps.alice.account_id, steps.bob.account_id].includes(account_id)) {
      await steps.stores.accounts.delete(account_id, steps.parts.clock())
    }
  }
})

const { accounts, upstreamIdentities, auditEvents } = steps.stores

async function invited(address: string): Promise<string> {
  const { parts, stores } = steps
  const management = { ...stores, clock: parts.clock, actor: 'operator:test', audience: parts.audience }
  assert.equal(await invite(address, 'en', management), 'done')
  const [letter] = await letters.arrived()
  return linkIn(letter ?? { text: '' }, '/new-account')
}

/** Goes to the provider by the button of the letter's page, and comes back. */
async function backFrom(visitor: Visitor, link: string): Promise<Visited> {
  const page = await visitor.go(link)
  assert.match(wordsOf(page), /Continue with Other/)
  const { leaves } = await visitor.submit(page, { press: 'provider=other' })
  assert.ok(leaves)
  return visitor.go(await up.allow(up.world.visitor(), leaves))
}

const named = (visitor: Visitor, page: Visited, username: string) =>
  visitor.submit(page, { press: 'account-submit', fields: { username } })

describe('an invitation that is taken up with an account elsewhere', () => {
  test('R3, AC-33: makes one account with the letter’s address, signs it in, and has no password', async () => {
    const link = await invited('carol@invited.test')
    const visitor = steps.visitor()
    const page = await backFrom(visitor, link)
    assert.match(wordsOf(page), /signed in at Other as alice@example\.com/)
    assert.equal((await named(visitor, page, 'Admin')).status, 400)
    assert.equal((await named(visitor, page, 'bob')).status, 409)
    assert.equal((await named(visitor, page, 'carol')).url.pathname, '/account')
    const carol = await accounts.findByLogin('carol@invited.test')
    assert.deepEqual([carol?.username, carol?.password_hash], ['carol', undefined])
    assert.deepEqual([carol?.claims['email'], carol?.claims['email_verified']], ['carol@invited.test', true])
    assert.equal((await upstreamIdentities.listByAccount(carol?.account_id ?? '')).length, 1)
    const events = await auditEvents.list({ account_id: carol?.account_id ?? '', limit: 9 })
    const made = events.find(({ event }) => event === 'account_created')
    assert.deepEqual(made?.detail, { username: 'carol', by: 'invitation', provider: 'other' })
    assert.equal((await steps.visitor().go(link)).status, 410)
  })

  test('AC-33: makes one of two browsers that race with it, whichever way each takes', async () => {
    const link = await invited('dave@invited.test')
    const [one, two, three] = [steps.visitor(), steps.visitor(), steps.visitor()]
    const pages = [await backFrom(one, link), await backFrom(two, link)] as const
    const fields = { username: 'dave-3', new_password: 'mimsy borogoves outgrabe' }
    const third = await three.go(link)
    await Promise.all([
      named(one, pages[0], 'dave-1'),
      named(two, pages[1], 'dave-2'),
      three.submit(third, { press: 'account-submit', fields }),
    ])
    const made = await Promise.all(['dave-1', 'dave-2', 'dave-3'].map((name) => accounts.findByLogin(name)))
    assert.equal(made.filter((account) => account !== undefined).length, 1)
    assert.equal((await steps.visitor().go(link)).status, 410)
  })

  test('AC-33: makes none when it was spent, or came to its end, while its person was away', async () => {
    const [spent, late] = [await invited('erin@invited.test'), await invited('frank@invited.test')]
    const [visitor, other] = [steps.visitor(), steps.visitor()]
    const page = await backFrom(visitor, spent)
    const fields = { username: 'erin', new_password: 'mimsy borogoves outgrabe' }
    await other.submit(await other.go(spent), { press: 'account-submit', fields })
    assert.equal((await named(visitor, page, 'erin-2')).status, 410)
    steps.wait(mailTokenLifetimes.invitation - 60)
    up.world.wait(mailTokenLifetimes.invitation - 60)
    const next = await backFrom(other, late)
    steps.wait(60)
    assert.equal((await named(other, next, 'frank')).status, 410)
    assert.equal(await accounts.findByLogin('frank'), undefined)
  })

  test('BR-10: is nobody’s in another browser, and makes nothing of whoever is signed in there', async () => {
    const link = await invited('grace@invited.test')
    const visitor = steps.visitor()
    const page = await backFrom(visitor, link)
    const other = steps.visitor()
    await steps.signIn(other, await other.go('/account'), steps.bob)
    const planted = await other.post(page.url, { step: 'upstream-account', username: 'grace' })
    assert.notEqual(planted.status, 200)
    assert.equal(await accounts.findByLogin('grace'), undefined)
    // In a browser that is signed in to another account, it is a new account all the same.
    const own = await backFrom(other, link)
    assert.equal((await named(other, own, 'grace')).url.pathname, '/account')
    assert.equal((await upstreamIdentities.listByAccount(steps.bob.account_id)).length, 0)
    assert.equal((await accounts.findByLogin('grace@invited.test'))?.username, 'grace')
  })

  test('R3: whoever comes back from there without having signed in is on the letter’s page, and can choose a password', async () => {
    const link = await invited('heidi@invited.test')
    const visitor = steps.visitor()
    const { leaves } = await visitor.submit(await visitor.go(link), { press: 'provider=other' })
    const back = new URL(leaves?.searchParams.get('redirect_uri') ?? '')
    const state = leaves?.searchParams.get('state') ?? ''
    back.search = new URLSearchParams({ error: 'access_denied', state, iss: up.world.issuer }).toString()
    const page = await visitor.go(back)
    assert.equal(page.url.pathname, new URL(link).pathname)
    assert.match(wordsOf(page), /did not finish/)
    const fields = { username: 'heidi', new_password: 'mimsy borogoves outgrabe' }
    assert.match(wordsOf(await visitor.submit(page, { press: 'account-submit', fields })), /Your account is ready/)
    const nobody = await visitor.go(await invited('ivan@invited.test'))
    const odd = { ...nobody, body: nobody.body.replace('value="other"', 'value="x"') }
    const again = await visitor.submit(odd, { press: 'provider=x' })
    assert.equal(again.url.pathname, nobody.url.pathname)
  })

  test('R3: whoever has an account here already, connected to the one elsewhere, is signed in to it, and the letter is kept', async () => {
    const link = await invited('judy@invited.test')
    const first = steps.visitor()
    await named(first, await backFrom(first, await invited('ken@invited.test')), 'ken')
    const visitor = steps.visitor()
    const page = await visitor.submit(await visitor.go(link), { press: 'provider=other' })
    const done = await visitor.go(await up.allow(up.world.visitor(), page.leaves ?? new URL(link)))
    assert.equal(done.url.pathname, '/account')
    assert.match(wordsOf(done), /ken/)
    assert.equal((await steps.visitor().go(link)).status, 200)
  })
})

test('AC-32: a letter that somebody asked for makes nothing of an account elsewhere once nobody may, and else goes on to the very request', async () => {
  Object.assign(steps.parts.settings, { account_registration: 'any' })
  const visitor = steps.visitor()
  const signIn = await visitor.go(authorizationUrl({ state: 'kept' }))
  const [, way = ''] = /id="register" href="([^"]+)"/.exec(signIn.body) ?? []
  const fields = { email: 'laura@invited.test' }
  await visitor.submit(await visitor.go(way), { press: 'letter-submit', fields })
  const [letter] = await letters.arrived()
  const page = await backFrom(visitor, linkIn(letter ?? { text: '' }, '/new-account'))
  Object.assign(steps.parts.settings, { account_registration: 'off' })
  assert.equal((await named(visitor, page, 'laura')).status, 410)
  Object.assign(steps.parts.settings, { account_registration: 'any' })
  const consent = await named(visitor, page, 'laura')
  const end = await visitor.submit(consent, { press: 'consent-allow' })
  assert.equal(end.leaves?.searchParams.get('state'), 'kept')
})
