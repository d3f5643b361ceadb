/** The second step of signing in: asked for, not to be skipped, spent once, and no session before it. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Account } from '../../domain/account.ts'
import type { Session } from '../../domain/session.ts'

const steps = await openSteps()
after(() => steps.close())

const isAsked = ({ body }: Visited): boolean =>
  body.includes('id="one-time-code" name="one_time_code"') && body.includes('autocomplete="one-time-code"')

const isSignIn = ({ body }: Visited): boolean => body.includes('id="login-submit"')

async function sessionOf(visitor: Visitor): Promise<Session | undefined> {
  const value = visitor.cookies.get('__Host-licet-session') ?? ''
  return steps.stores.sessions.find(steps.parts.secrets.read('session', value)?.id ?? '')
}

/** Makes codes; time passes with each, so that none is of a step that was used. */
interface App {
  readonly codes: readonly string[]
  readonly now: () => string
  readonly next: () => string
}

/** Turns the second factor of an account on, through the page; the person's browser, and what is on their telephone. */
async function enrolled(account: Account = steps.alice): Promise<App & { readonly visitor: Visitor }> {
  await steps.stores.factors.removeAll(account.account_id)
  const visitor = steps.visitor()
  const page = await steps.signIn(visitor, await visitor.go('/account/security'), account)
  const secret = /id="totp-secret"[^>]*>([A-Z2-7]{32})</.exec(page.body)?.[1] ?? ''
  const now = () => new TOTP({ secret }).generate({ timestamp: steps.parts.clock() * 1000 })
  const on = await visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code: now() } })
  assert.match(wordsOf(on), /From now on you are asked for a code/)
  const codes = [...on.body.matchAll(/<code>([0-9A-Z-]{29})<\/code>/g)].map(([, code = '']) => code)
  const next = () => {
    steps.wait(30)
    return now()
  }
  return { visitor, codes, now, next }
}

const submitCode = (visitor: Visitor, page: Visited, one_time_code: string, more = {}): Promise<Visited> =>
  visitor.submit(page, { press: 'second-factor-submit', fields: { one_time_code, ...more } })

/** Gives the password in a browser that was never here. */
async function halfway(url: string | URL = '/account'): Promise<readonly [Visitor, Visited]> {
  const visitor = steps.visitor()
  return [visitor, await steps.signIn(visitor, await visitor.go(url))]
}

describe('enrolment', () => {
  test('counts only once a code of it was right, and shows ten recovery codes once', async () => {
    await steps.stores.factors.removeAll(steps.alice.account_id)
    const visitor = steps.visitor()
    const page = await steps.signIn(visitor, await visitor.go('/account/security'))
    const secret = /id="totp-secret"[^>]*>(\w+)</.exec(page.body)?.[1]
    const wrong = await visitor.submit(page, { press: 'totp-confirm', fields: { one_time_code: '000000' } })
    assert.equal(wrong.status, 400)
    assert.match(wordsOf(wrong), /That code is not right/)
    // What the form is for is in the form, whichever way it is sent.
    const form = formsOf(wrong.body).find(({ buttons }) => buttons.some(({ id }) => id === 'totp-confirm'))
    const sent = [...(form?.fields ?? []), ['one_time_code', '000000'] as const]
    assert.equal((await visitor.post('/account/security', sent)).status, 400)
    assert.equal(/id="totp-secret"[^>]*>(\w+)</.exec(wrong.body)?.[1], secret)
    assert.equal((await steps.stores.factors.held(steps.alice.account_id)).totp, false)
    const { visitor: owner, codes } = await enrolled()
    assert.equal(codes.length, 10)
    const again = await owner.go('/account/security')
    for (const code of codes) assert.doesNotMatch(again.body, new RegExp(code))
    assert.match(wordsOf(again), /Left 10/)
  })

  must('R16', 'AC-23: nothing is changed by whoever has no more than a session of some minutes ago', async () => {
    const { visitor, next } = await enrolled()
    steps.wait(400)
    const page = await visitor.go('/account/security')
    for (const gone of ['totp-remove', 'recovery-renew', 'passkey-add', 'totp-secret']) {
      assert.doesNotMatch(page.body, new RegExp(`id="${gone}"`))
    }
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    for (const factor of ['totp_remove', 'totp_confirm', 'recovery_renew', 'passkey_add', 'passkey_remove', 'x']) {
      const asked = await visitor.post('/account/security', { csrf_token, factor })
      assert.ok(isSignIn(asked), factor)
    }
    assert.equal((await steps.stores.factors.held(steps.alice.account_id)).totp, true)
    // The password alone is not what the account has: the app is asked for as well.
    const asked = await visitor.submit(page, { press: 'factor=confirm' })
    const second = await steps.signIn(visitor, asked)
    assert.ok(isAsked(second))
    const open = await submitCode(visitor, second, next())
    assert.equal(open.url.pathname, '/account/security')
    const done = await visitor.submit(open, { press: 'totp-remove' })
    assert.match(wordsOf(done), /The app is removed/)
    const events = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.deepEqual([events[0]?.event, events[0]?.detail['factor']], ['factor_removed', 'totp'])
    const [, page2] = await halfway()
    assert.match(wordsOf(page2), /Connected applications/)
  })
})

describe('the second step', () => {
  must('R16', 'AC-24: until it is taken the browser has no session and no power', async () => {
    const { next } = await enrolled()
    const [visitor, page] = await halfway(authorizationUrl())
    assert.ok(isAsked(page))
    assert.equal(visitor.cookies.get('__Host-licet-session'), undefined)
    for (const path of ['/account', '/account/security', '/account/download', authorizationUrl()]) {
      assert.ok(isSignIn(await visitor.go(path)), String(path))
    }
    const none = await visitor.go(authorizationUrl({ prompt: 'none' }))
    assert.equal(none.leaves?.searchParams.get('error'), 'login_required')
    const consent = await submitCode(visitor, page, next())
    assert.match(consent.body, /id="consent-allow"/)
    assert.deepEqual((await sessionOf(visitor))?.amr, ['pwd', 'otp', 'mfa'])
  })

  must('R16', 'BR-17: is not skipped by an empty form, another step, a step from before, or the address', async () => {
    await enrolled()
    const [visitor, page] = await halfway(authorizationUrl())
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const path = page.url.pathname
    for (const step of ['', 'second-factor', 'consent', 'passkey', 'finish', '__proto__']) {
      const after = await visitor.post(path, { csrf_token, step, decision: 'allow', one_time_code: '' })
      assert.ok(isAsked(after), step)
    }
    for (const query of ['?step=consent', '?acr_values=', '?prompt=none']) {
      assert.ok(isAsked(await visitor.go(path + query)))
    }
    assert.equal(await sessionOf(visitor), undefined)
    const anew = await visitor.submit(page, { press: 'start-again' })
    assert.ok(isSignIn(anew))
  })

  test('BR-08: the session after it is a new one', async () => {
    const { visitor, next } = await enrolled()
    const before = await sessionOf(visitor)
    const page = await steps.signIn(visitor, await visitor.go(authorizationUrl({ prompt: 'login' })))
    assert.equal((await sessionOf(visitor))?.session_id, before?.session_id)
    await submitCode(visitor, page, next())
    assert.notEqual((await sessionOf(visitor))?.session_id, before?.session_id)
    assert.notEqual((await steps.stores.sessions.find(before?.session_id ?? ''))?.ended_at, undefined)
  })

  must('RFC 6238 §5.2', 'AC-22: a code is accepted once, of twenty at the same time too', async () => {
    const { next } = await enrolled()
    const code = next()
    const halves = await Promise.all(Array.from({ length: 20 }, () => halfway()))
    const ends = await Promise.all(halves.map(([visitor, page]) => submitCode(visitor, page, code)))
    assert.equal(ends.filter((page) => /Connected applications/.test(wordsOf(page))).length, 1)
    const refused = ends.find(isAsked)
    assert.equal(refused?.status, 400)
    assert.match(wordsOf(refused), /is not right, or was used before/)
  })

  must('R16', 'AC-25: a recovery code is accepted once in its place, of twenty at the same time too', async () => {
    const { codes } = await enrolled()
    const halves = await Promise.all(Array.from({ length: 20 }, () => halfway()))
    const ends = await Promise.all(halves.map(([visitor, page]) => submitCode(visitor, page, codes[3] ?? '')))
    assert.equal(ends.filter((page) => /Connected applications/.test(wordsOf(page))).length, 1)
    const held = await steps.stores.factors.held(steps.alice.account_id)
    assert.deepEqual(held, { totp: true, recovery_codes: 9, passkeys: 0 })
    const events = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 5 })
    assert.equal(events.find(({ event }) => event === 'recovery_code_used')?.detail['left'], 9)
  })

  must('R16', 'AC-22: guesses are counted, and a right password gives none of them back', async () => {
    const { next } = await enrolled()
    const [visitor, page] = await halfway()
    let last = page
    for (let tries = 0; tries < 10; tries += 1) {
      last = await submitCode(visitor, page, '000000')
      assert.equal(last.status, 400)
    }
    await visitor.submit(page, { press: 'start-again' })
    const again = await steps.signIn(visitor, await visitor.go(page.url))
    last = await submitCode(visitor, again, next())
    assert.equal(last.status, 429)
    assert.match(String(last.headers['retry-after']), /^[1-9]\d*$/)
    assert.match(wordsOf(last), /Too many attempts/)
    assert.equal(await sessionOf(visitor), undefined)
  })

  test('AC-04: guesses are counted for the account, by whichever of its names it signed in', async () => {
    const { next } = await enrolled()
    for (const [turn, username] of ['alice', 'ALICE ', 'alice@example.com', 'Ａlice@Example.com', 'alice'].entries()) {
      const visitor = steps.visitor('192.0.2.44')
      const fields = { username, password: 'wonderland' }
      const page = await visitor.submit(await visitor.go('/account'), { press: 'login-submit', fields })
      for (let tries = 0; tries < 3; tries += 1) {
        assert.equal((await submitCode(visitor, page, '000000')).status, turn * 3 + tries < 10 ? 400 : 429)
      }
    }
    const [visitor, page] = await halfway()
    assert.match(wordsOf(await submitCode(visitor, page, next())), /Connected applications/)
  })

  test('AC-08: does not let an account in that was disabled after the first', async () => {
    const { next } = await enrolled()
    const [visitor, page] = await halfway()
    await makeAccount({ ...steps.alice, disabled: true }, steps.stores.accounts)
    const refused = await submitCode(visitor, page, next())
    await makeAccount(steps.alice, steps.stores.accounts)
    assert.ok(isSignIn(refused))
    assert.equal(await sessionOf(visitor), undefined)
  })

  test('waits ten minutes for the second factor, then asks for the first again', async () => {
    const { next } = await enrolled()
    const [visitor, page] = await halfway()
    steps.wait(600)
    assert.ok(isSignIn(await submitCode(visitor, page, next())))
  })

  test('belongs to the browser that gave the password', async () => {
    const { next } = await enrolled()
    const [, page] = await halfway()
    const thief = steps.visitor()
    await thief.go('/account')
    assert.ok(!isAsked(await thief.go(page.url)))
    const sent = await thief.submit(page, { press: 'second-factor-submit', fields: { one_time_code: next() } })
    assert.equal(await sessionOf(thief), undefined)
    assert.ok(!isAsked(sent))
  })

  test('says so where its form was open too long, and keeps the person in the step', async () => {
    await enrolled()
    const [visitor, page] = await halfway()
    const sent = await visitor.post(page.url.pathname, { step: 'second-factor', csrf_token: 'x', one_time_code: '1' })
    assert.equal(sent.status, 403)
    assert.ok(isAsked(sent))
    assert.match(wordsOf(sent), /open for too long/)
  })
})

describe('a remembered browser', () => {
  async function remembered(): Promise<App & { readonly visitor: Visitor }> {
    const app = await enrolled()
    const [visitor, page] = await halfway()
    await submitCode(visitor, page, app.next(), { remember_browser: 'yes' })
    return { ...app, visitor }
  }

  async function signInAgain(visitor: Visitor, url: string | URL = '/account', account?: Account): Promise<Visited> {
    visitor.cookies.delete('__Host-licet-session')
    return steps.signIn(visitor, await visitor.go(url), account)
  }

  must('R16', 'skips the second factor for thirty days, and the first never', async () => {
    const { visitor } = await remembered()
    assert.match(wordsOf(await signInAgain(visitor)), /Connected applications/)
    assert.deepEqual((await sessionOf(visitor))?.amr, ['pwd'])
    assert.ok(isSignIn(await steps.visitor().go('/account')))
    steps.wait(30 * 86_400)
    assert.ok(isAsked(await signInAgain(visitor)))
  })

  test('is none unless the box was ticked', async () => {
    const { next } = await enrolled()
    const [visitor, page] = await halfway()
    assert.doesNotMatch(/<input id="remember-browser"[^>]*>/.exec(page.body)?.[0] ?? 'checked', /checked/)
    await submitCode(visitor, page, next())
    assert.ok(isAsked(await signInAgain(visitor)))
  })

  test('is not enough where the second factor is asked for, by a client or to change factors', async () => {
    const { visitor } = await remembered()
    const wanted = { acr_values: 'urn:licet:acr:mfa' }
    assert.ok(isAsked(await signInAgain(visitor, authorizationUrl(wanted))))
    await signInAgain(visitor)
    const locked = await visitor.go('/account/security')
    assert.doesNotMatch(locked.body, /id="totp-remove"/)
    const second = await steps.signIn(visitor, await visitor.submit(locked, { press: 'factor=confirm' }))
    assert.ok(isAsked(second))
  })

  test('AC-29: is forgotten on the page by its own person alone', async () => {
    const { visitor } = await remembered()
    const page = await visitor.go('/account/security')
    const remembered_id = /name="remembered_id" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const other = steps.visitor()
    const bobs = await steps.signIn(other, await other.go('/account/security'), steps.bob)
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(bobs.body)?.[1] ?? ''
    const foreign = { csrf_token, factor: 'browser_forget', remembered_id }
    assert.equal((await other.post('/account/security', foreign)).status, 404)
    const done = await visitor.submit(page, { press: 'factor=browser_forget' })
    assert.match(wordsOf(done), /asked for a code again/)
    assert.ok(isAsked(await signInAgain(visitor)))
  })
})

describe('what a client asks for', () => {
  must('OpenID Connect Core §3.1.2.1', 'BR-23: a session by password is no session by two factors', async () => {
    const { visitor, next } = await enrolled()
    assert.equal((await sessionOf(visitor))?.acr, 'urn:licet:acr:pwd')
    const acr = { id_token: { acr: { essential: true, value: 'urn:licet:acr:mfa' } } }
    for (const asked of [{ acr_values: 'urn:licet:acr:mfa' }, { claims: JSON.stringify(acr) }]) {
      const { visitor: fresh, next: code } = await enrolled()
      const page = await fresh.go(authorizationUrl(asked))
      assert.ok(isSignIn(page))
      const second = await steps.signIn(fresh, page)
      assert.ok(isAsked(second))
      const consent = await submitCode(fresh, second, code())
      const end = consent.leaves ? consent : await fresh.submit(consent, { press: 'consent-allow' })
      const code_value = end.leaves?.searchParams.get('code') ?? ''
      const id = steps.parts.secrets.read('authorization_code', code_value)?.id ?? ''
      const standing = await steps.stores.authorizations.findStanding(id)
      assert.deepEqual(
        [standing?.authorization.acr, standing?.authorization.amr],
        ['urn:licet:acr:mfa', ['pwd', 'otp', 'mfa']],
      )
    }
    assert.equal(typeof next(), 'string')
  })

  must(
    'OpenID Connect Core §5.5.1.1',
    'BR-23: who cannot reach an essential one, and sets nothing up that would, is refused',
    async () => {
      await steps.stores.factors.removeAll(steps.bob.account_id)
      const acr = { id_token: { acr: { essential: true, value: 'phr' } } }
      const visitor = steps.visitor()
      const page = await visitor.go(authorizationUrl({ claims: JSON.stringify(acr) }))
      const end = await visitor.submit(await steps.signIn(visitor, page, steps.bob), { press: 'enrolment-decline' })
      assert.equal(end.leaves?.searchParams.get('error'), 'unmet_authentication_requirements')
    },
  )

  test('BR-23: who cannot reach a voluntary one signs in as they can, and the token says so', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl({ acr_values: 'phr urn:licet:acr:mfa' }))
    const consent = await steps.signIn(visitor, page, steps.bob)
    assert.match(consent.body, /id="consent-allow"/)
    assert.equal((await sessionOf(visitor))?.acr, 'urn:licet:acr:pwd')
  })
})
