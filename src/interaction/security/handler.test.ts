/** Where a person is signed in, what ending it ends, and that it is nobody else's. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { openSteps } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'

const steps = await openSteps()
after(() => steps.close())

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'

async function signedIn(account: Account = steps.alice, user_agent = firefox): Promise<Visitor> {
  const visitor = steps.visitor()
  const page = await visitor.go('/account/security')
  const fields = { username: account.username, password: account.username === 'bob' ? 'builder' : 'wonderland' }
  const back = await visitor.submit(page, { press: 'login-submit', fields, headers: { 'user-agent': user_agent } })
  assert.equal(back.url.pathname, '/account/security')
  return visitor
}

const isIn = async (visitor: Visitor): Promise<boolean> =>
  !(await visitor.go('/account')).body.includes('id="login-submit"')

/** The ids that the page offers to end. */
function endable({ body }: Visited): readonly string[] {
  return [...body.matchAll(/name="end_session" value="([^"]*)"/g)].map(([, id = '']) => id)
}

async function startAnew(account: Account = steps.alice): Promise<void> {
  await steps.stores.sessions.endOthers(account.account_id, undefined, steps.parts.clock())
}

describe('the list', () => {
  must('R7', 'AC-27: names each browser, where it signed in and when, and which one is this', async () => {
    await startAnew()
    await signedIn(steps.alice, '<b>Evil</b> Version/1 Safari/1 (iPhone)')
    steps.wait(90)
    const visitor = await signedIn()
    const page = await visitor.go('/account/security')
    const words = wordsOf(page)
    assert.match(words, /Firefox · Linux This browser Signed in today at .* From the address 198\.51\.100\.\d+/)
    assert.match(words, /Safari · iPhone Signed in today/)
    assert.ok(words.indexOf('This browser') < words.indexOf('iPhone'))
    assert.doesNotMatch(page.body, /Evil/)
    assert.match(page.body, /id="sessions"/)
    assert.equal(endable(page).length, 1)
  })

  test('leaves out what has ended or run out', async () => {
    await startAnew()
    await signedIn()
    steps.wait(steps.parts.settings.lifetimes.session_idle)
    const visitor = await signedIn()
    assert.deepEqual(endable(await visitor.go('/account/security')), [])
    assert.doesNotMatch((await visitor.go('/account/security')).body, /name="end_others"/)
  })
})

describe('ending', () => {
  must('R7', 'AC-27: one session is over at once, the others are not', async () => {
    await startAnew()
    const [one, other] = [await signedIn(), await signedIn()]
    const page = await one.go('/account/security')
    const [session_id = ''] = endable(page)
    const done = await one.submit(page, { press: `end_session=${session_id}` })
    assert.match(wordsOf(done), /Signed out there\./)
    assert.deepEqual([await isIn(one), await isIn(other)], [true, false])
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.deepEqual([event?.event, event?.detail['session_id']], ['session_ended', session_id])
    const again = await one.submit(page, { press: `end_session=${session_id}` })
    assert.equal(again.status, 404)
  })

  must('R7', 'AC-27: all others are over at once, this one and those of other people are not', async () => {
    await startAnew()
    const [one, two, three, bob] = [await signedIn(), await signedIn(), await signedIn(), await signedIn(steps.bob)]
    const page = await one.go('/account/security')
    const done = await one.submit(page, { press: 'end_others=yes' })
    assert.match(wordsOf(done), /everywhere but in this browser/)
    const still = await Promise.all([one, two, three, bob].map(isIn))
    assert.deepEqual(still, [true, false, false, true])
    // A second press ends nothing, and nothing is logged of it.
    await one.submit(page, { press: 'end_others=yes' })
    assert.equal(steps.log.filter(({ event }) => event === 'other_sessions_ended').length, 1)
  })

  test('this browser itself is signed out where that is asked about', async () => {
    await startAnew()
    const visitor = await signedIn()
    const page = await visitor.go('/account/security')
    const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    const { csrf_token = '' } = Object.fromEntries(formsOf(page.body).at(-1)?.fields ?? [])
    const asked = await visitor.post('/account/security', { csrf_token, end_session: session?.session_id ?? '' })
    assert.equal(asked.url.pathname, '/logout')
  })

  must('R7', 'AC-29: somebody else’s session is not there', async () => {
    await startAnew()
    const [alice, bob] = [await signedIn(), await signedIn(steps.bob)]
    const [session] = await steps.stores.sessions.listByAccount(steps.alice.account_id)
    const page = await bob.go('/account/security')
    const { csrf_token = '' } = Object.fromEntries(formsOf(page.body).at(-1)?.fields ?? [])
    for (const end_session of [session?.session_id ?? '', '0'.repeat(32), "'"]) {
      assert.equal((await bob.post('/account/security', { csrf_token, end_session })).status, 404)
    }
    assert.equal(await isIn(alice), true)
  })

  test('BR-14: needs the token of this browser, and a form from here', async () => {
    await startAnew()
    const [one, other] = [await signedIn(), await signedIn()]
    const page = await one.go('/account/security')
    const forged = await one.post('/account/security', { csrf_token: 'x'.repeat(43), end_others: 'yes' })
    assert.equal(forged.status, 403)
    const foreign = await one.submit(page, { press: 'end_others=yes', headers: { origin: 'https://evil.test' } })
    assert.equal(foreign.status, 403)
    assert.equal(await isIn(other), true)
  })
})
