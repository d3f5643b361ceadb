/** Deleting one's own account: what ends at once, what ends later, and the way back (AC-30). */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { openLetters } from '../../../testing/letters.ts'
import { accountRecord } from '../../../testing/records.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import { deleteDueAccounts } from '../../management/due-deletions.ts'
import { StatementRefused } from '../../storage/database.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(3600)
})

const wait = 14 * 86_400
const { accounts } = steps.stores

async function signedIn(account: Account = steps.alice): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account/delete'), account)
  return visitor
}

const isIn = async (visitor: Visitor) => !(await visitor.go('/account')).body.includes('id="login-submit"')

const press = async (visitor: Visitor, button: 'account-delete' | 'account-keep' | 'confirm-first') =>
  visitor.submit(await visitor.go('/account/delete'), { press: button })

describe('deleting one’s own account', () => {
  test('AC-30: ends all else at once, tells the person, and leaves them two weeks to keep it', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    await one.submit(await one.go(authorizationUrl()), { press: 'consent-allow' })
    const before = await one.go('/account/delete')
    assert.match(wordsOf(before), /After 14 days the account is deleted.*Until then you can sign in and keep it/)
    const done = await press(one, 'account-delete')
    assert.match(wordsOf(done), /Your account will be deleted: \d+ \w+ \d{4} \./)
    assert.deepEqual([await isIn(one), await isIn(other)], [true, false])
    const own = await one.go('/account')
    assert.match(wordsOf(own), /Your account will be deleted: \d+ \w+ \d{4} \. Keep my account/)
    assert.match(own.body, /id="keep-account" href="https:\/\/id\.test\/account\/delete"/)
    const account = await accounts.find(steps.alice.account_id)
    const at = steps.parts.clock()
    assert.deepEqual([account?.deletes_at, account?.authorizations_since], [at + wait, at])
    const [letter] = await letters.arrived()
    assert.match(letter?.text ?? '', /your account alice at id\.test was marked to be deleted/)
    assert.match(letter?.text ?? '', /sign in here before that:\s+https:\/\/id\.test\/account\/delete/)
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.deepEqual([event?.event, event?.detail['deletes_at']], ['account_deletion_asked', at + wait])

    steps.wait(wait - 1)
    assert.equal(await deleteDueAccounts(steps.parts), 0)
    const back = await signedIn()
    const question = await back.go(authorizationUrl())
    assert.ok(question.body.includes('id="consent-allow"'))
    assert.match(wordsOf(question), /Your account will be deleted: .*It will/, 'no length that is offered outlasts it')
    const silent = await back.go(authorizationUrl({ prompt: 'none' }))
    assert.equal(silent.leaves?.searchParams.get('error'), 'consent_required')
    const kept = await press(back, 'account-keep')
    assert.match(wordsOf(kept), /Your account stays/)
    assert.doesNotMatch((await back.go('/account')).body, /account-going/)
    assert.equal((await accounts.find(steps.alice.account_id))?.deletes_at, undefined)
    steps.wait(10)
    assert.equal(await deleteDueAccounts(steps.parts), 0)
    assert.equal(await isIn(back), true)
    assert.ok((await back.go(authorizationUrl())).leaves?.searchParams.has('code'))
  })

  test('AC-30, I11: goes when its time is over, with all it gave; its sub is never another’s', async () => {
    const carol = accountRecord({ username: 'carol', password_hash: steps.alice.password_hash ?? '' })
    await accounts.create(carol)
    const visitor = await signedIn(carol)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    const allowed = await visitor.submit(consent, { press: 'consent-allow' })
    assert.ok(allowed.leaves?.searchParams.has('code'))
    await press(visitor, 'account-delete')
    steps.wait(wait)
    const gone = await Promise.all([deleteDueAccounts(steps.parts), deleteDueAccounts(steps.parts)])
    assert.deepEqual(
      gone.toSorted((one, two) => one - two),
      [0, 1],
    )
    assert.equal(await accounts.find(carol.account_id), undefined)
    assert.equal(await accounts.findByLogin('carol'), undefined)
    assert.equal(await isIn(visitor), false)
    const [grant] = await steps.stores.grants.listEnded(carol.account_id, steps.parts.clock(), 9)
    assert.equal(grant?.end_reason, 'account_deleted')
    const successor = accountRecord({ username: 'carol' })
    await assert.rejects(accounts.create({ ...successor, sub: carol.sub }), StatementRefused)
    assert.equal(await accounts.create(successor), 'created')
    const [event] = await steps.stores.auditEvents.list({ account_id: carol.account_id, limit: 1 })
    assert.deepEqual([event?.event, event?.actor], ['account_deleted', 'server'])
  })

  test('AC-23: takes a fresh sign-in; keeping it takes none', async () => {
    const visitor = await signedIn()
    await press(visitor, 'account-delete')
    await press(visitor, 'account-keep')
    await press(visitor, 'account-delete')
    steps.wait(301)
    assert.match(wordsOf(await press(visitor, 'account-keep')), /Your account stays/)
    const locked = await visitor.go('/account/delete')
    assert.doesNotMatch(locked.body, /account-delete/)
    assert.match((await press(visitor, 'confirm-first')).url.pathname, /^\/interaction\//)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(locked.body)?.[1] ?? ''
    await visitor.post('/account/delete', { csrf_token, answer: 'delete' })
    assert.equal((await accounts.find(steps.alice.account_id))?.deletes_at, undefined)
  })

  test('BR-14: is not done by a form from elsewhere, nor by one of another browser', async () => {
    const visitor = await signedIn()
    const answer = { answer: 'delete' }
    assert.equal((await visitor.post('/account/delete', answer, { origin: 'https://evil.test' })).status, 403)
    assert.equal((await visitor.post('/account/delete', answer)).status, 403)
    assert.equal((await accounts.find(steps.alice.account_id))?.deletes_at, undefined)
  })

  test('a letter that waits tells nothing of an account that was kept meanwhile', async () => {
    const visitor = await signedIn()
    await press(visitor, 'account-delete')
    await press(visitor, 'account-keep')
    assert.deepEqual(await letters.arrived(), [])
  })

  test('AC-32: where it is off there is no such page', async () => {
    const visitor = await signedIn()
    Object.assign(steps.parts.settings, { account_deletion: 'off' })
    assert.equal((await visitor.go('/account/delete')).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'account_deletion_off')
    assert.doesNotMatch((await visitor.go('/account/security')).body, /delete-account/)
    Object.assign(steps.parts.settings, { account_deletion: wait })
  })

  test('R3: who asked for it before it was turned off can keep their account, twice by a double click, and ask no more', async () => {
    const visitor = await signedIn()
    await press(visitor, 'account-delete')
    Object.assign(steps.parts.settings, { account_deletion: 'off' })
    const [, way = ''] = /id="keep-account" href="([^"]+)"/.exec((await visitor.go('/account')).body) ?? []
    const page = await visitor.go(way)
    assert.match(wordsOf(page), /Your account will be deleted/)
    assert.doesNotMatch(page.body, /account-delete"/)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    assert.match(wordsOf(await visitor.post(way, { csrf_token, answer: 'delete' })), /Your account will be deleted/)
    for (const kept of [
      await visitor.submit(page, { press: 'account-keep' }),
      await visitor.submit(page, { press: 'account-keep' }),
    ]) {
      assert.match(wordsOf(kept), /Your account stays/)
      assert.doesNotMatch(kept.body, /account-delete"|account-keep/)
    }
    assert.equal((await accounts.find(steps.alice.account_id))?.deletes_at, undefined)
    assert.equal((await visitor.go(way)).status, 404)
    assert.equal((await visitor.post(way, { csrf_token, answer: 'delete' })).status, 404)
    Object.assign(steps.parts.settings, { account_deletion: wait })
  })
})

test('AC-30: of fifty who keep and delete an account at its last second one wins, on record', async () => {
  const account = accountRecord()
  const { account_id } = account
  await accounts.create(account)
  const at = steps.parts.clock()
  const asked = { account_id, at, deletes_at: at + 9, keep_session: '' }
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => accounts.askDeletion(asked)))
  assert.equal(outcomes.filter((outcome) => outcome === 'asked').length, 1)
  const ends = await Promise.all(
    Array.from({ length: 50 }, (_each, racer) =>
      racer % 2 === 0 ? accounts.keep(account_id, at + 8, {}) : accounts.deleteDue(account_id, at + 9, {}),
    ),
  )
  assert.equal(ends.filter((end) => end === 'kept' || end === 'deleted').length, 1)
  for (const odd of ['\0', '']) {
    assert.equal(await accounts.askDeletion({ ...asked, account_id: odd }), 'already_asked')
    assert.equal(await accounts.keep(odd, at, {}), 'not_asked')
    assert.equal(await accounts.deleteDue(odd, at + 9, {}), 'not_due')
  }
})
