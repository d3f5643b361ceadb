import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../../testing/visitor.ts'

const steps = await openSteps()
after(() => steps.close())

async function signedIn(): Promise<Visitor> {
  const visitor = steps.visitor()
  await steps.signIn(visitor, await visitor.go('/account'))
  return visitor
}

test('LO-04: signing out ends the session everywhere it is known, and clears its cookie', async () => {
  const visitor = await signedIn()
  const cookie = visitor.cookies.get('__Host-licet-session') ?? ''
  const page = await visitor.submit(await visitor.go('/account'), { press: 'sign-out' })
  assert.match(wordsOf(page), /You are signed out/)
  assert.ok(!visitor.cookies.has('__Host-licet-session'))
  visitor.cookies.set('__Host-licet-session', cookie)
  assert.match((await visitor.go('/account')).body, /id="login-submit"/)
  assert.match((await visitor.go(authorizationUrl())).body, /id="login-submit"/)
  const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
  assert.equal(event?.event, 'signed_out')
})

test('LO-04: going to the address asks first; the answer does it', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/logout')
  assert.match(wordsOf(page), /Sign out\? .* Alice Liddell/)
  assert.match((await visitor.go('/account')).body, /Alice/)
  assert.match(wordsOf(await visitor.submit(page, { press: 'logout-confirm' })), /You are signed out/)
})

test('LO-03: nobody else can sign the person out', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/logout')
  for (const headers of [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'same-site' }]) {
    assert.equal((await visitor.submit(page, { press: 'logout-confirm', headers })).status, 403)
  }
  const forged = await visitor.post('/logout', { csrf_token: 'x'.repeat(43), step: 'logout' })
  assert.equal(forged.status, 403)
  assert.match(forged.body, /id="logout-confirm"/)
  assert.match((await visitor.go('/account')).body, /Alice/)
})

test('signing out twice is signed out', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/logout')
  await visitor.submit(page, { press: 'logout-confirm' })
  assert.match(wordsOf(await visitor.submit(page, { press: 'logout-confirm' })), /You are signed out/)
})

test('LO-05: whoever signs in next at the same browser is that person alone', async () => {
  const visitor = await signedIn()
  await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
  const page = await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
  assert.doesNotMatch(page.body, /Alice/)
  assert.match(page.body, /bob/)
})
