/** Changing one's own password: who may, what ends with it, and who is told. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { openLetters } from '../../../testing/letters.ts'
import { must } from '../../../testing/must.ts'
import { openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  const { account_id, password_hash = '' } = steps.alice
  await steps.stores.accounts.setPassword({ account_id, password_hash, at: steps.parts.clock() })
  await letters.arrived()
  steps.wait(3600)
})

const chosen = 'mimsy borogoves outgrabe'

async function signedIn(account: Account = steps.alice): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account/password'), account)
  return visitor
}

const isIn = async (visitor: Visitor) => !(await visitor.go('/account')).body.includes('id="login-submit"')

const stored = async () => (await steps.stores.accounts.find(steps.alice.account_id))?.password_hash

function change(visitor: Visitor, page: Visited, fields: Readonly<Record<string, string>>, untick: string[] = []) {
  return visitor.submit(page, { press: 'password-submit', fields, untick })
}

describe('changing one’s own password', () => {
  test('R3: whoever is not signed in does that first, and comes back', async () => {
    const visitor = steps.visitor()
    const page = await steps.signIn(visitor, await visitor.go('/account/password'))
    assert.equal(page.url.pathname, '/account/password')
    assert.match(page.body, /id="new-password"/)
    assert.doesNotMatch(page.body, /id="current-password"/)
  })

  test('AC-15: ends every other session and all that was authorized before, and tells the person', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const done = await change(one, await one.go('/account/password'), { new_password: chosen })
    assert.match(wordsOf(done), /Your password is changed\. Everywhere but in this browser you are signed out/)
    assert.deepEqual([await isIn(one), await isIn(other)], [true, false])
    const account = await steps.stores.accounts.find(steps.alice.account_id)
    assert.equal(account?.authorizations_since, steps.parts.clock())
    const [letter] = await letters.arrived()
    assert.deepEqual(letter?.to, ['alice@example.com'])
    assert.match(letter?.text ?? '', /the password of your account alice at id\.test was changed/)
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.deepEqual([event?.event, event?.detail], ['password_set', { by: 'person', others: 'ended' }])
  })

  test('leaves the other sessions alone where the person says so', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const since = (await steps.stores.accounts.find(steps.alice.account_id))?.authorizations_since
    const page = await one.go('/account/password')
    const done = await change(one, page, { new_password: chosen }, ['end_others=yes'])
    assert.match(wordsOf(done), /Your password is changed\. Back/)
    assert.deepEqual([await isIn(one), await isIn(other)], [true, true])
    assert.equal((await steps.stores.accounts.find(steps.alice.account_id))?.authorizations_since, since)
    assert.equal((await letters.arrived()).length, 1)
  })

  must('NIST SP 800-63B §3.1.1.2', 'AC-10: judges it as everywhere', async () => {
    const visitor = await signedIn()
    const page = await visitor.go('/account/password')
    for (const [new_password, told] of [
      ['short', /too short/],
      ['alicealicealicealice', /little more than a name/],
      ['password12345678', /first that are guessed/],
    ] as const) {
      const again = await change(visitor, page, { new_password })
      assert.equal(again.status, 400)
      assert.match(wordsOf(again), told)
    }
    assert.equal(await stored(), steps.alice.password_hash)
  })

  test('BR-14: is not done by a form from elsewhere, nor by one of another browser', async () => {
    const visitor = await signedIn()
    const foreign = await visitor.post('/account/password', { new_password: chosen }, { origin: 'https://evil.test' })
    assert.equal(foreign.status, 403)
    assert.equal((await visitor.post('/account/password', { new_password: chosen })).status, 403)
    assert.equal(await stored(), steps.alice.password_hash)
  })
})

/** Lets something happen while the next password is hashed: that takes a while, and longer to be waited for. */
async function meanwhile(happens: () => Promise<unknown>, meantime: () => Promise<Visited>): Promise<Visited> {
  const { passwords: door } = steps.parts
  const hash: typeof door.hash = async (password) => {
    Object.assign(steps.parts, { passwords: door })
    const hashed = await door.hash(password)
    await happens()
    return hashed
  }
  Object.assign(steps.parts, { passwords: { ...door, hash } })
  return meantime()
}

describe('while a password is hashed', () => {
  test('AC-15: whoever is put out in between does not get back in by it', async () => {
    const { account_id } = steps.alice
    const thief = await signedIn()
    const page = await thief.go('/account/password')
    steps.wait(1)
    const reset = () =>
      steps.stores.accounts.setPassword({ account_id, password_hash: 'of its person', at: steps.parts.clock() })
    const end = await meanwhile(reset, () => change(thief, page, { new_password: chosen }))
    assert.equal(await stored(), 'of its person')
    assert.match(end.body, /id="login-submit"/)
    assert.deepEqual(await letters.arrived(), [])
  })

  test('R3: a double click sets it once, and says so', async () => {
    const visitor = await signedIn()
    steps.wait(301)
    const page = await visitor.go('/account/password')
    const fields = { current_password: 'wonderland', new_password: chosen }
    const press = () => change(visitor, page, fields)
    const second = await meanwhile(press, press)
    assert.match(wordsOf(second), /Your password is changed/)
    assert.equal((await letters.arrived()).length, 1)
    assert.equal(await isIn(visitor), true)
  })
})

describe('a while after the sign-in', () => {
  test('AC-23: asks for the old password too, and takes no other', async () => {
    const visitor = await signedIn()
    steps.wait(301)
    const page = await visitor.go('/account/password')
    const wrong = await change(visitor, page, { current_password: 'wrong', new_password: chosen })
    assert.equal(wrong.status, 400)
    assert.match(wordsOf(wrong), /The current password is not right/)
    assert.equal((await change(visitor, page, { new_password: chosen })).status, 400)
    assert.equal(await stored(), steps.alice.password_hash)
    const done = await change(visitor, page, { current_password: 'wonderland', new_password: chosen })
    assert.equal(done.status, 200)
    assert.notEqual(await stored(), steps.alice.password_hash)
  })

  test('AC-03: counts the tries at the old one as tries to sign in', async () => {
    const visitor = await signedIn()
    steps.wait(301)
    let page = await visitor.go('/account/password')
    const fields = { current_password: 'wrong', new_password: chosen }
    for (let tries = 0; tries < 11; tries += 1) page = await change(visitor, page, fields)
    assert.equal(page.status, 429)
    assert.match(String(page.headers['retry-after']), /^[1-9][0-9]*$/)
    assert.match(wordsOf(page), /Too many attempts/)
  })

  test('AC-23: whoever has a second factor, or no password, signs in again first', async () => {
    const { account_id } = steps.bob
    const visitor = await signedIn(steps.bob)
    const factor = { account_id, sealed_secret: 'sealed', last_step: 0, created_at: steps.parts.clock() }
    await steps.stores.oneTimeCodes.enrolTotp(factor, [])
    const page = await visitor.go('/account/password')
    assert.doesNotMatch(page.body, /id="new-password"/)
    const asked = await visitor.submit(page, { press: 'confirm-first' })
    assert.match(asked.url.pathname, /^\/interaction\//)
    const form = { csrf_token: /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? '', new_password: chosen }
    assert.match((await visitor.post('/account/password', form)).url.pathname, /^\/interaction\//)
    assert.equal((await steps.stores.accounts.find(account_id))?.password_hash, steps.bob.password_hash)
    await steps.stores.oneTimeCodes.removeTotp(account_id)
  })
})
