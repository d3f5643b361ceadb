/** Another e-mail address: asked for here, confirmed by its letter, put back by the letter to the one before (AC-18). */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { linkIn, openLetters } from '../../../testing/letters.ts'
import { openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import { mailTokenLifetimes } from '../../domain/mail-token.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await makeAccount(steps.alice, steps.stores.accounts)
  await makeAccount(steps.bob, steps.stores.accounts)
  await letters.arrived()
  steps.wait(3600)
})

async function signedIn(account: Account = steps.alice): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account/address'), account)
  return visitor
}

const ask = async (visitor: Visitor, email: string): Promise<Visited> =>
  visitor.submit(await visitor.go('/account/address'), { press: 'address-submit', fields: { email } })

const held = async ({ account_id }: Account = steps.alice) =>
  (await steps.stores.accounts.find(account_id))?.claims['email']

/** Asks for another address, and answers the link of its letter. */
async function linkFor(visitor: Visitor, email: string): Promise<string> {
  await ask(visitor, email)
  const [letter] = (await letters.arrived()).filter(({ to }) => to.includes(email))
  assert.ok(letter)
  return linkIn(letter, '/new-address')
}

async function confirm(visitor: Visitor, link: string): Promise<Visited> {
  return visitor.submit(await visitor.go(link), { press: 'address-submit' })
}

/** Changes Alice's address, and answers the link of the letter to the one before. */
async function changed(email: string): Promise<string> {
  const visitor = await signedIn()
  await confirm(visitor, await linkFor(visitor, email))
  const [letter] = await letters.arrived()
  assert.ok(letter)
  return linkIn(letter, '/undo-address')
}

describe('asking for another address', () => {
  test('AC-18: changes nothing until the letter to it was answered, by whoever is signed in; then the old one is told', async () => {
    const visitor = await signedIn()
    const sent = await ask(visitor, ' alice@new.test')
    assert.match(wordsOf(sent), /An e-mail to .*alice@new\.test.* is on its way\. Its link works once, for 1 hour/)
    const [letter] = await letters.arrived()
    assert.deepEqual(letter?.to, ['alice@new.test'])
    assert.equal(await held(), 'alice@example.com')
    const link = linkIn(letter ?? { text: '' }, '/new-address')
    const page = await visitor.go(link)
    assert.match(wordsOf(page), /alice@new\.test becomes the address of your account alice/)
    assert.equal(await held(), 'alice@example.com')
    const done = await visitor.submit(page, { press: 'address-submit' })
    assert.match(wordsOf(done), /Your address is confirmed/)
    assert.deepEqual((await steps.stores.accounts.find(steps.alice.account_id))?.claims, {
      ...steps.alice.claims,
      email: 'alice@new.test',
    })
    assert.equal((await steps.stores.accounts.findByLogin('alice@new.test'))?.account_id, steps.alice.account_id)
    assert.equal(await steps.stores.accounts.findByLogin('alice@example.com'), undefined)
    const [told] = await letters.arrived()
    assert.deepEqual(told?.to, ['alice@example.com'])
    assert.match(told?.text ?? '', /no longer the address of your account alice.*undo-address/s)
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.equal(event?.event, 'address_changed')
    assert.equal((await visitor.go(link)).status, 410)
  })

  test('AC-18: takes a fresh sign-in', async () => {
    const visitor = await signedIn()
    steps.wait(301)
    const page = await visitor.go('/account/address')
    assert.doesNotMatch(page.body, /id="email"/)
    assert.match((await visitor.submit(page, { press: 'confirm-first' })).url.pathname, /^\/interaction\//)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    await visitor.post('/account/address', { csrf_token, email: 'alice@new.test' })
    assert.deepEqual(await letters.arrived(), [])
  })

  test('AC-02: is answered the same for an address that somebody has, who is told the truth', async () => {
    const bob = await signedIn(steps.bob)
    const [taken, free] = [await ask(bob, 'alice@example.com'), await ask(bob, 'olice@example.com')]
    const wordsWith = (page: Visited, address: string) => wordsOf(page).replaceAll(address, '')
    assert.equal(wordsWith(taken, 'alice@example.com'), wordsWith(free, 'olice@example.com'))
    const [letter, other] = await letters.arrived()
    assert.match(letter?.text ?? '', /address of another account at id\.test\. It is that of your account alice/)
    assert.doesNotMatch(letter?.text ?? '', /new-address/)
    assert.match(other?.text ?? '', /new-address/)
  })

  test('AC-19: takes one plain address alone', async () => {
    const visitor = await signedIn()
    for (const email of ['a@x.test,b@x.test', '"a@x"@x.test', 'alice＠x.test', 'a@x.test\r\nBcc: eve@x.test', '']) {
      const page = await ask(visitor, email)
      assert.equal(page.status, 400, email)
      assert.match(wordsOf(page), /That is not an e-mail address/)
    }
    assert.match(wordsOf(await ask(visitor, 'alice@example.com')), /That is your address already/)
    assert.deepEqual(await letters.arrived(), [])
  })

  test('AC-17: sends five letters an hour to one address', async () => {
    const visitor = await signedIn()
    for (let tries = 0; tries < 7; tries += 1) assert.equal((await ask(visitor, 'flood@new.test')).status, 200)
    assert.equal((await letters.arrived()).length, 5)
    for (let tries = 0; tries < 4; tries += 1) await ask(visitor, 'flood@new.test')
    const { status, headers } = await ask(visitor, 'flood@new.test')
    assert.equal(status, 429)
    assert.match(String(headers['retry-after']), /^\d+$/)
  })

  test('AC-32: is not a page where no mail is sent', async () => {
    const visitor = await signedIn()
    Object.assign(steps.parts, { audience: { mail: false, webhooks: [] } })
    assert.equal((await visitor.go('/account/address')).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'mail_not_configured')
    assert.doesNotMatch((await visitor.go('/account/security')).body, /change-address/)
    Object.assign(steps.parts, { audience: { mail: true, webhooks: [] } })
  })
})

test('an address on file that nobody proved is confirmed by the same letter', async () => {
  await makeAccount({ ...steps.bob, claims: { email: 'bob@example.com' } }, steps.stores.accounts)
  const visitor = await signedIn(steps.bob)
  const page = await visitor.go('/account/address')
  assert.match(wordsOf(page), /bob@example\.com Not confirmed yet/)
  await visitor.submit(page, { press: 'address-confirm' })
  const [letter] = await letters.arrived()
  await confirm(visitor, linkIn(letter ?? { text: '' }, '/new-address'))
  assert.match(wordsOf(await visitor.go('/account/address')), /bob@example\.com Confirmed/)
  // Nobody proved the address before: nobody is told.
  assert.deepEqual(await letters.arrived(), [])
})

describe('the link to the new address', () => {
  test('AC-20: confirms nothing for whoever is not signed in to the account that asked', async () => {
    const link = await linkFor(await signedIn(), 'victim@new.test')
    const stranger = steps.visitor()
    assert.match((await stranger.go(link)).url.pathname, /^\/interaction\//)
    const bob = await signedIn(steps.bob)
    const page = await bob.go(link)
    assert.match(page.url.pathname, /^\/interaction\//)
    assert.match((await bob.post(link, {})).url.pathname, /^\/interaction\//)
    assert.equal(await held(), 'alice@example.com')
    const back = await steps.signIn(bob, page)
    assert.match(wordsOf(back), /becomes the address of your account alice/)
  })

  test('AC-16: does nothing when it is opened ten times, and works once', async () => {
    const visitor = await signedIn()
    const link = await linkFor(visitor, 'alice@new.test')
    for (let visit = 0; visit < 10; visit += 1) assert.equal((await visitor.go(link)).status, 200)
    const page = await visitor.go(link)
    const ends = await Promise.all(Array.from({ length: 20 }, () => visitor.submit(page, { press: 'address-submit' })))
    assert.equal(ends.filter(({ status }) => status === 200).length, 1)
    assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set([200, 409]))
  })

  test('AC-14: that is not ours, was changed, or is for something else is refused', async () => {
    const visitor = await signedIn()
    const link = await linkFor(visitor, 'alice@new.test')
    const written = link.split('/').at(-1) ?? ''
    for (const path of [`/new-address/${written}x`, `/undo-address/${written}`, `/new-password/${written}`]) {
      assert.equal((await visitor.go(path)).status, 404, path)
    }
    assert.equal(steps.log.at(-1)?.detail['reason'], 'mail_link_unknown')
  })

  test('AC-16: takes a form of this browser', async () => {
    const visitor = await signedIn()
    const link = await linkFor(visitor, 'alice@new.test')
    assert.equal((await visitor.post(link, {})).status, 403)
    assert.equal((await visitor.post(link, {}, { origin: 'https://evil.test' })).status, 403)
    assert.equal(await held(), 'alice@example.com')
  })

  test('is over after an hour', async () => {
    const visitor = await signedIn()
    const link = await linkFor(visitor, 'alice@new.test')
    steps.wait(mailTokenLifetimes.address_change)
    assert.equal((await visitor.go(link)).status, 410)
  })

  test('AC-18: of two who race for one address one has it, and the other is told', async () => {
    const [alice, bob] = [await signedIn(), await signedIn(steps.bob)]
    const links = [await linkFor(alice, 'both@new.test'), await linkFor(bob, 'both@new.test')] as const
    const ends = await Promise.all([confirm(alice, links[0]), confirm(bob, links[1])])
    assert.deepEqual(
      ends.map(({ status }) => status).toSorted((one, other) => one - other),
      [200, 409],
    )
    const loser = ends.find(({ status }) => status === 409)
    assert.match(wordsOf(loser ?? { body: '' }), /Another account here signs in with that address by now/)
    const addresses = [await held(), await held(steps.bob)]
    assert.equal(addresses.filter((address) => address === 'both@new.test').length, 1)
  })

  test('AC-18: a second address in the same second waits for the next', async () => {
    const visitor = await signedIn()
    const [one, two] = [await linkFor(visitor, 'one@new.test'), await linkFor(visitor, 'two@new.test')]
    assert.equal((await confirm(visitor, one)).status, 200)
    const stale = await confirm(visitor, two)
    assert.equal(stale.status, 409)
    assert.match(wordsOf(stale), /The address was changed a moment ago/)
    steps.wait(1)
    assert.equal((await confirm(visitor, two)).status, 200)
    assert.equal(await held(), 'two@new.test')
  })
})

describe('the link to the address before', () => {
  test('AC-18: puts it back and shuts out whoever changed it', async () => {
    const undo = await changed('eve@new.test')
    const eve = await signedIn()
    steps.wait(60)
    const { account_id } = steps.alice
    const created_at = steps.parts.clock()
    await steps.stores.oneTimeCodes.enrolTotp({ account_id, sealed_secret: 's', last_step: 0, created_at }, ['code'])
    for (let visit = 0; visit < 3; visit += 1) assert.equal((await steps.visitor().go(undo)).status, 200)
    assert.equal(await held(), 'eve@new.test')
    const alice = steps.visitor()
    const done = await confirm(alice, undo)
    assert.match(wordsOf(done), /Your address is back Now choose a new password/)
    assert.match(done.body, /href="https:\/\/id\.test\/forgotten-password"/)
    const account = await steps.stores.accounts.find(account_id)
    assert.deepEqual(account?.claims, steps.alice.claims)
    assert.equal(account?.password_hash, undefined)
    assert.equal(account?.authorizations_since, steps.parts.clock())
    assert.deepEqual(await steps.stores.factors.held(account_id), { totp: false, recovery_codes: 0, passkeys: 0 })
    assert.match((await eve.go('/account')).body, /id="login-submit"/)
    assert.match(wordsOf(await steps.signIn(eve, await eve.go('/account'))), /is not right/)
    assert.equal((await alice.go(undo)).status, 410)
  })

  test('AC-18: of several changes the first address has the last word', async () => {
    const first = await changed('eve@new.test')
    steps.wait(60)
    const second = await changed('mallory@new.test')
    steps.wait(60)
    assert.equal((await confirm(steps.visitor(), second)).status, 200)
    assert.equal(await held(), 'eve@new.test')
    assert.equal((await confirm(steps.visitor(), first)).status, 200)
    assert.equal(await held(), 'alice@example.com')
  })

  test('AC-18: used, it spends the letters of every later change', async () => {
    const first = await changed('eve@new.test')
    steps.wait(60)
    const visitor = await signedIn()
    const pending = await linkFor(visitor, 'mallory@new.test')
    const second = await changed('third@new.test')
    assert.equal((await confirm(steps.visitor(), first)).status, 200)
    for (const link of [second, pending]) assert.equal((await steps.visitor().go(link)).status, 410)
    assert.equal(await held(), 'alice@example.com')
  })

  test('works for a week, while the address is nobody else’s', async () => {
    const undo = await changed('eve@new.test')
    await makeAccount(
      { ...steps.bob, claims: { email: 'alice@example.com', email_verified: true } },
      steps.stores.accounts,
    )
    const taken = await confirm(steps.visitor(), undo)
    assert.equal(taken.status, 409)
    assert.match(wordsOf(taken), /Another account here has that address by now/)
    steps.wait(mailTokenLifetimes.address_undo)
    assert.equal((await steps.visitor().go(undo)).status, 410)
  })
})
