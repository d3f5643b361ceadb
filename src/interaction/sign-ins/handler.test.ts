/** Looking back at one's own sign-ins, and saying of one that it was somebody else's. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { openLetters } from '../../../testing/letters.ts'
import { openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import { signInMemory } from '../../domain/session.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(signInMemory + 1)
})

async function signedIn(account: Account = steps.alice, user_agent = 'Firefox/144.0 (Linux)'): Promise<Visitor> {
  const visitor = steps.visitor()
  const fields = { username: account.username, password: account.username === 'bob' ? 'builder' : 'wonderland' }
  const page = await visitor.go('/account/sign-ins')
  await visitor.submit(page, { press: 'login-submit', fields, headers: { 'user-agent': user_agent } })
  return visitor
}

const isIn = async (visitor: Visitor) => !(await visitor.go('/account')).body.includes('id="login-submit"')

/** The ids of the sign-ins that can be said not to be one's own. */
function disownable({ body }: Visited): readonly string[] {
  return [...body.matchAll(/name="disown" value="([^"]*)"/g)].map(([, id = '']) => id)
}

describe('the history', () => {
  test('tells of each sign-in where, how and until when, also of those that are over', async () => {
    const other = await signedIn(steps.alice, 'Chrome/141 (Windows)')
    await other.submit(await other.go('/logout'), { press: 'logout-confirm' })
    steps.wait(60)
    const visitor = await signedIn()
    const words = wordsOf(await visitor.go('/account/sign-ins'))
    assert.match(words, /Firefox · Linux This browser Signed in today .* Signed in with Password From the address 198/)
    assert.match(words, /Chrome · Windows .* Signed out today at/)
    assert.match(words, /during the last 30 days/)
  })

  test('R2: ends by itself after thirty days, and the rows with it', async () => {
    const visitor = await signedIn()
    await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
    steps.wait(signInMemory)
    const later = await signedIn()
    assert.equal(disownable(await later.go('/account/sign-ins')).length, 1)
    steps.wait(3600)
    while ((await steps.stores.expiredRows.sweep(steps.parts.clock(), 1000)) > 0);
    const left = await steps.stores.sessions.listSignIns(steps.alice.account_id, 0, 1000)
    assert.equal(left.length, 1)
  })
})

describe('“this was not me”', () => {
  test('AC-27: ends that sign-in and all others but this one, tells the person, and leads to a new password', async () => {
    const [mine, theirs, third] = [await signedIn(), await signedIn(), await signedIn()]
    const page = await mine.go('/account/sign-ins')
    const [, session_id = ''] = disownable(page)
    const done = await mine.submit(page, { press: `disown=${session_id}` })
    assert.match(wordsOf(done), /It is signed out there\. Now change your password/)
    assert.match(done.body, /id="change-password"[^>]*href="https:\/\/id\.test\/account\/password"/)
    assert.deepEqual([await isIn(mine), await isIn(theirs), await isIn(third)], [true, false, false])
    const account = await steps.stores.accounts.find(steps.alice.account_id)
    assert.equal(account?.authorizations_since, steps.parts.clock())
    const [letter] = await letters.arrived()
    assert.match(letter?.text ?? '', /a sign-in to your account alice at id\.test was said not to be yours/)
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.deepEqual([event?.event, event?.detail['session_id']], ['sign_in_disowned', session_id])
  })

  test('ends that one alone where the person says so', async () => {
    const [mine, third, theirs] = [await signedIn(), await signedIn(), await signedIn()]
    const page = await mine.go('/account/sign-ins')
    const [newest = ''] = disownable(page)
    await mine.submit(page, { press: `disown=${newest}`, untick: ['end_others=yes'] })
    assert.deepEqual([await isIn(mine), await isIn(third), await isIn(theirs)], [true, true, false])
  })

  test('can be said of a sign-in that is over, and not of this one', async () => {
    const other = await signedIn()
    await other.submit(await other.go('/logout'), { press: 'logout-confirm' })
    const mine = await signedIn()
    const page = await mine.go('/account/sign-ins')
    const [session_id = ''] = disownable(page)
    assert.equal((await mine.submit(page, { press: `disown=${session_id}` })).status, 200)
    const own = (await steps.stores.sessions.listByAccount(steps.alice.account_id))[0]?.session_id ?? ''
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    assert.equal((await mine.post('/account/sign-ins', { csrf_token, disown: own })).status, 404)
    assert.equal(await isIn(mine), true)
  })

  test('AC-29: somebody else’s sign-in is not there; BR-14: nor is a form of another browser', async () => {
    const [alice, bob] = [await signedIn(), await signedIn(steps.bob)]
    const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    const page = await bob.go('/account/sign-ins')
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    for (const disown of [session?.session_id ?? '', '0'.repeat(32), "'", '\0']) {
      assert.equal((await bob.post('/account/sign-ins', { csrf_token, disown })).status, 404)
    }
    assert.equal((await alice.post('/account/sign-ins', { disown: 'x' })).status, 403)
    assert.equal(await isIn(alice), true)
    assert.deepEqual(await letters.arrived(), [])
  })
})
