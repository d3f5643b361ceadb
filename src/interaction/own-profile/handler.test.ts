import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../../testing/visitor.ts'
import { withStandardRules } from '../../config/claim-rules.ts'

const steps = await openSteps()
after(() => steps.close())
// What people write is what the standard scope values release.
Object.assign(steps.parts, { settings: { ...steps.parts.settings, claims: withStandardRules([]) } })
const { account_id } = steps.alice
const { accounts, auditEvents } = steps.stores

async function signedIn(): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account'))
  return visitor
}

const save = async (visitor: Visitor, fields: Readonly<Record<string, string>>) =>
  visitor.submit(await visitor.go('/account/profile'), { press: 'profile-submit', fields })

const claims = async () => (await accounts.find(account_id))?.claims ?? {}

describe('one’s own profile', () => {
  must(
    'R16',
    'is written by its person: what is changed is on record by name alone, and updated_at moves',
    async () => {
      const visitor = await signedIn()
      const before = await accounts.find(account_id)
      steps.wait(10)
      const done = await save(visitor, {
        nickname: 'Ali',
        zoneinfo: 'Europe/London',
        website: 'https://alice.example/',
      })
      assert.match(wordsOf(done), /Saved\./)
      const account = await accounts.find(account_id)
      assert.equal(account?.updated_at, steps.parts.clock())
      assert.notEqual(account.updated_at, before?.updated_at)
      const written = { nickname: 'Ali', zoneinfo: 'Europe/London', website: 'https://alice.example/' }
      assert.deepEqual(account.claims, { ...before?.claims, ...written })
      const [event] = await auditEvents.list({ account_id, limit: 1 })
      assert.deepEqual([event?.event, event?.actor], ['claims_changed', `account:${account_id}`])
      assert.deepEqual(event?.detail, { by: 'person', changed: ['nickname', 'zoneinfo', 'website'] })
      await save(visitor, { nickname: '' })
      assert.equal('nickname' in (await claims()), false)
      assert.match(wordsOf(await save(visitor, {})), /Nothing was different from before/)
    },
  )

  must('OpenID Connect Core §5.1', 'a new telephone number is not a proved one', async () => {
    const visitor = await signedIn()
    await accounts.changeClaims({
      account_id,
      claims: { phone_number: '+441865276150', phone_number_verified: true },
      at: steps.parts.clock(),
    })
    await save(visitor, { name: 'Alice P. Liddell' })
    assert.equal((await claims())['phone_number_verified'], true)
    await save(visitor, { phone_number: '+44 1865 276151' })
    assert.deepEqual(
      [(await claims())['phone_number'], (await claims())['phone_number_verified']],
      ['+441865276151', false],
    )
    await save(visitor, { phone_number: '' })
    assert.deepEqual(
      [(await claims())['phone_number'], (await claims())['phone_number_verified']],
      [undefined, undefined],
    )
  })

  test('of a form with something wrong in it nothing is saved, and what was typed is shown, inert', async () => {
    const visitor = await signedIn()
    const before = await claims()
    const hostile = '<img src=x onerror=alert(1)>'
    const page = await save(visitor, { name: 'Other', birthdate: hostile })
    assert.equal(page.status, 400)
    assert.match(wordsOf(page), /nothing was saved/)
    assert.match(page.body, /id="birthdate"[^>]*value="&lt;img src=x onerror=alert\(1\)&gt;"[^>]*aria-invalid="true"/)
    assert.ok(!page.body.includes(hostile))
    assert.deepEqual(await claims(), before)
  })

  test('I14: nothing else is written by it: what others keep, what is proved elsewhere, what the protocol says', async () => {
    const visitor = await signedIn()
    const page = await visitor.go('/account/profile')
    assert.doesNotMatch(page.body, /name="(?:gender|email|preferred_username|sub)"/)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const before = await claims()
    const fields = 'gender email email_verified sub roles username phone_number_verified updated_at'
    const forged = { fields, gender: 'x', email: 'eve@example.com', email_verified: 'true', sub: 'bob', roles: 'admin' }
    const more = { username: 'eve', phone_number_verified: 'true', __proto__: 'x', constructor: 'x', updated_at: '1' }
    const sent = await visitor.post('/account/profile', { csrf_token, ...forged, ...more })
    assert.match(wordsOf(sent), /Nothing was different from before/)
    assert.deepEqual(await claims(), before)
    await accounts.changeClaims({ account_id, claims: { gender: 'female' }, at: steps.parts.clock() })
    assert.match(wordsOf(await visitor.go('/account/profile')), /Kept by whoever runs this server Gender female/)
  })

  test('AC-23: takes a fresh sign-in; without one everything is shown and nothing can be changed', async () => {
    const visitor = await signedIn()
    steps.wait(301)
    const page = await visitor.go('/account/profile')
    assert.doesNotMatch(page.body, /profile-submit/)
    assert.match(wordsOf(page), /On file Name Alice/)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const sent = await visitor.post('/account/profile', { csrf_token, name: 'Eve' })
    assert.match(sent.url.pathname, /^\/interaction\//)
    assert.notEqual((await claims())['name'], 'Eve')
    const open = await steps.signIn(visitor, sent)
    assert.equal(open.url.pathname, '/account/profile')
    assert.match(open.body, /profile-submit/)
  })

  test('WCAG 2.2 §2.2.1: what was typed for longer than a sign-in stays fresh is kept until it is confirmed in another tab', async () => {
    const visitor = await signedIn()
    const page = await visitor.go('/account/profile')
    steps.wait(301)
    const kept = await visitor.submit(page, { press: 'profile-submit', fields: { nickname: 'Alice of the long form' } })
    assert.match(wordsOf(kept), /nothing was saved yet/)
    assert.match(kept.body, /id="nickname"[^>]*value="Alice of the long form"/)
    const again = await visitor.submit(kept, { press: 'confirm-first' })
    await steps.signIn(visitor, again)
    assert.notEqual((await claims())['nickname'], 'Alice of the long form')
    assert.match(wordsOf(await visitor.submit(kept, { press: 'profile-submit' })), /Saved\./)
    assert.equal((await claims())['nickname'], 'Alice of the long form')
  })

  test('BR-14: is not written by a form from elsewhere, nor by one of another browser', async () => {
    const visitor = await signedIn()
    const sent = { name: 'Eve' }
    assert.equal((await visitor.post('/account/profile', sent, { origin: 'https://evil.test' })).status, 403)
    assert.equal((await visitor.post('/account/profile', sent)).status, 403)
    assert.notEqual((await claims())['name'], 'Eve')
  })
})
