import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visitor } from '../../../testing/visitor.ts'
import { sidFor } from '../../domain/session.ts'

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
  for (const fields of [{ csrf_token: 'x'.repeat(43), step: 'logout' }, { step: 'logout' }]) {
    const forged = await visitor.post('/logout', fields)
    assert.equal(forged.status, 403)
    assert.match(forged.body, /id="logout-confirm"/)
    const elsewhere = await visitor.post('/logout', fields, { origin: 'https://evil.test' })
    assert.equal(elsewhere.status, 403)
  }
  assert.match((await visitor.go('/account')).body, /Alice/)
})

must('R3', 'LO-05: whoever signs out leaves no half of a sign-in to the next person', async () => {
  await steps.client({ client_id: 'bank' }, { required_acr: 'urn:licet:acr:mfa' })
  const visitor = steps.visitor()
  const half = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'bank' })))
  assert.match(wordsOf(half), /Set up a second factor Alice/)
  await steps.signIn(visitor, await visitor.go('/account'))
  assert.match(wordsOf(await visitor.go(half.url)), /Set up a second factor Alice/)
  await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
  assert.match((await visitor.go(half.url)).body, /id="login-submit"/)
  const fields = { one_time_code: '000000' }
  assert.match((await visitor.submit(half, { press: 'totp-confirm', fields })).body, /id="login-submit"/)
})

test('LO-04: whoever signs out while their account is disabled is signed out once it is enabled again', async () => {
  const visitor = await signedIn()
  const cookie = visitor.cookies.get('__Host-licet-session') ?? ''
  const page = await visitor.go('/logout')
  const { account_id } = steps.alice
  const set = (state: 'disabled' | 'enabled') =>
    steps.stores.accounts.setState({ account_id, state, at: steps.parts.clock() })
  await set('disabled')
  assert.match(wordsOf(await visitor.submit(page, { press: 'logout-confirm' })), /You are signed out/)
  await set('enabled')
  visitor.cookies.set('__Host-licet-session', cookie)
  assert.match((await visitor.go('/account')).body, /id="login-submit"/)
})

test('signing out twice is signed out', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/logout')
  await visitor.submit(page, { press: 'logout-confirm' })
  assert.match(wordsOf(await visitor.submit(page, { press: 'logout-confirm' })), /You are signed out/)
})

test('LO-04: of many tabs that sign out at once one is on record', async () => {
  const visitor = await signedIn()
  const page = await visitor.go('/logout')
  const cookie = visitor.cookies.get('__Host-licet-session') ?? ''
  const session_id = steps.parts.secrets.read('session', cookie)?.id
  const ends = await Promise.all(Array.from({ length: 20 }, () => visitor.submit(page, { press: 'logout-confirm' })))
  for (const end of ends) assert.match(wordsOf(end), /You are signed out/)
  const events = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 100 })
  const ofIt = events.filter(({ event, detail }) => event === 'signed_out' && detail['session_id'] === session_id)
  assert.equal(ofIt.length, 1)
})

test('LO-05: whoever signs in next at the same browser is that person alone', async () => {
  const visitor = await signedIn()
  await visitor.submit(await visitor.go('/logout'), { press: 'logout-confirm' })
  const page = await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
  assert.doesNotMatch(page.body, /Alice/)
  assert.match(page.body, /bob/)
})

const returns = 'https://asking.test/bye'
const asking = await steps.client(
  { client_id: 'asking' },
  { redirect_uris: ['https://asking.test/cb'], post_logout_redirect_uris: [returns] },
)

/** An id_token of a visitor's session, as an application got it. */
async function hintOf(visitor: Visitor): Promise<string> {
  const session = (await steps.stores.sessions.listByAccount(steps.alice.account_id)).at(0)
  const cookie = visitor.cookies.get('__Host-licet-session') ?? ''
  assert.equal(session?.session_id, steps.parts.secrets.read('session', cookie)?.id)
  const sid = sidFor(session?.session_id ?? '', asking.client_id, steps.parts)
  const claims = { iss: steps.parts.issuer, aud: asking.client_id, sub: steps.alice.sub, exp: 1, iat: 1, sid }
  return steps.parts.signer.sign('JWT', 'RS256', claims)
}

const path = (parameters: Readonly<Record<string, string>>): string =>
  `/logout?${new URLSearchParams(parameters).toString()}`

must(
  'OpenID Connect RP-Initiated Logout §2',
  'an id_token of this browser’s own session signs it out, and the browser comes back with the state',
  async () => {
    const visitor = await signedIn()
    const id_token_hint = await hintOf(visitor)
    const asked = path({ id_token_hint, post_logout_redirect_uri: returns, state: 'a state' })
    const left = await visitor.go(asked)
    assert.equal(left.leaves?.href, `${returns}?state=a+state`)
    assert.match((await visitor.go('/account')).body, /id="login-submit"/)
    assert.equal((await visitor.go(asked)).leaves?.href, `${returns}?state=a+state`)
  },
)

must('R19', 'LO-04: an id_token alone signs nobody out: of another session, and replayed, it asks', async () => {
  const victim = await signedIn()
  const id_token_hint = await hintOf(victim)
  await victim.submit(await victim.go('/logout'), { press: 'logout-confirm' })
  const again = steps.visitor()
  await steps.signIn(again, await again.go('/account'))
  const page = await again.go(path({ id_token_hint, post_logout_redirect_uri: returns }))
  assert.match(wordsOf(page), /Sign out\? .* Asked for by asking\.test/)
  assert.match((await again.go('/account')).body, /Alice/)
  assert.equal((await again.submit(page, { press: 'logout-confirm' })).leaves?.href, returns)
})

must(
  'OpenID Connect RP-Initiated Logout §2',
  'an application may post its request; it is asked for as by GET',
  async () => {
    const visitor = await signedIn()
    const body = { client_id: 'asking', post_logout_redirect_uri: returns, state: 's' }
    const page = await visitor.post('/logout', body, { origin: 'https://asking.test', 'sec-fetch-site': 'cross-site' })
    assert.match(wordsOf(page), /Sign out\? .* Asked for by asking\.test/)
    assert.equal((await visitor.submit(page, { press: 'logout-confirm' })).leaves?.href, `${returns}?state=s`)
  },
)

must('OpenID Connect RP-Initiated Logout §4', 'LO-01: what is wrong stays here, and signs nobody out', async () => {
  const visitor = await signedIn()
  const hint = await hintOf(visitor)
  const wrong = [
    { id_token_hint: `${hint}x`, post_logout_redirect_uri: returns },
    { id_token_hint: hint, post_logout_redirect_uri: `${returns}?foo=bar` },
    { id_token_hint: hint, post_logout_redirect_uri: 'javascript:alert(1)' },
    { post_logout_redirect_uri: returns, state: 's' },
    { client_id: 'nobody', post_logout_redirect_uri: returns },
  ]
  for (const parameters of wrong) {
    const page = await visitor.go(path(parameters))
    assert.deepEqual([page.status, page.leaves], [400, undefined])
    assert.match(page.body, /id="error-code">invalid_request/)
    assert.match(wordsOf(page), /You were not signed out\. Sign out/)
    assert.match(page.body, /<a\s+class="button filled" href="\/logout" rel="noreferrer">Sign out</)
  }
  assert.match((await visitor.go('/account')).body, /Alice/)
  const alone = await visitor.submit(await visitor.go(path({ state: 's' })), { press: 'logout-confirm' })
  assert.match(wordsOf(alone), /You are signed out/)
})

const stranger = await steps.client(
  { client_id: 'stranger', registered_by: 'registration' },
  { redirect_uris: ['https://bank.test/cb'], post_logout_redirect_uris: ['https://stranger.test/bye'] },
)
const strangersLink = path({ client_id: stranger.client_id, post_logout_redirect_uri: 'https://stranger.test/bye' })

must('RFC 9700 §4.11.2', 'LO-01: a link to us leads to no address of strangers by itself', async () => {
  const page = await steps.visitor().go(strangersLink)
  assert.deepEqual([page.status, page.leaves], [200, undefined])
  assert.match(wordsOf(page), /You are signed out .* Continue to stranger\.test/)
  assert.doesNotMatch(page.body, /<script/)
  const vouched = await steps.visitor().go(path({ client_id: asking.client_id, post_logout_redirect_uri: returns }))
  assert.equal(vouched.leaves?.href, returns)
})

test('LO-01: who asks for a sign-out is named by where the browser goes, not by another address of theirs', async () => {
  const visitor = await signedIn()
  const page = await visitor.go(strangersLink)
  assert.match(wordsOf(page), /Asked for by stranger\.test/)
  assert.doesNotMatch(wordsOf(page), /bank\.test/)
  const left = await visitor.submit(page, { press: 'logout-confirm' })
  assert.equal(left.leaves?.href, 'https://stranger.test/bye')
})
