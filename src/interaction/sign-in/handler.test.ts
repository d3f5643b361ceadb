/** Who is signed in, in which session, and since when. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { makeAccount } from '../../../testing/account.ts'
import { must } from '../../../testing/must.ts'
import { accountRecord } from '../../../testing/records.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { formsOf, wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import type { Session } from '../../domain/session.ts'
import { passwords } from '../../identity/password.ts'
import type { Standing } from '../../domain/authorization.ts'

const steps = await openSteps()
after(() => steps.close())

async function sessionOf(visitor: Visitor): Promise<Session | undefined> {
  const value = visitor.cookies.get('__Host-licet-session') ?? ''
  return steps.stores.sessions.find(steps.parts.secrets.read('session', value)?.id ?? '')
}

async function answeredAs(page: Visited): Promise<Standing | undefined> {
  const code = page.leaves?.searchParams.get('code') ?? ''
  return steps.stores.authorizations.findStanding(steps.parts.secrets.read('authorization_code', code)?.id ?? '')
}

/** A person who has allowed `greatapp` what it asks for, and is signed in. */
async function regular(account = steps.alice): Promise<Visitor> {
  const visitor = steps.visitor()
  await visitor.submit(
    await steps.signIn(visitor, await visitor.go(authorizationUrl({ prompt: 'consent' })), account),
    {
      press: 'consent-allow',
    },
  )
  return visitor
}

test('the page says what waits behind it, where that is a page of ours', async () => {
  const goals = [
    ['/account', /Sign in to see and end what you allowed\./],
    ['/device?user_code=BCDF-GHJK', /Sign in to connect a device\./],
    ['/account/security', /Sign in to go on to your account\./],
  ] as const
  for (const [path, goal] of goals) assert.match(wordsOf(await steps.visitor().go(path)), goal)
})

describe('a session', () => {
  test('BR-08: is another one after every sign-in, and the one before is dead', async () => {
    const visitor = await regular()
    const before = await sessionOf(visitor)
    const cookie = visitor.cookies.get('__Host-licet-session') ?? ''
    await steps.signIn(visitor, await visitor.go(authorizationUrl({ prompt: 'login' })))
    const session = await sessionOf(visitor)
    assert.notEqual(session?.session_id, before?.session_id)
    const thief = steps.visitor()
    thief.cookies.set('__Host-licet-session', cookie)
    assert.match((await thief.go('/account')).body, /id="login-submit"/)
  })

  test('BR-08: that was planted before the sign-in is not the one after it', async () => {
    const attacker = await regular(steps.bob)
    const planted = attacker.cookies.get('__Host-licet-session') ?? ''
    const victim = steps.visitor()
    const page = await victim.go(authorizationUrl({ prompt: 'login' }))
    victim.cookies.set('__Host-licet-session', planted)
    await steps.signIn(victim, page)
    assert.notEqual(victim.cookies.get('__Host-licet-session'), planted)
    assert.equal((await sessionOf(victim))?.account_id, steps.alice.account_id)
  })

  test('BR-33: ends when it is not used, and at its end however much it is used', async () => {
    const visitor = await regular()
    steps.wait(8 * 3600 - 1)
    assert.match((await visitor.go('/account')).body, /Alice/)
    steps.wait(8 * 3600)
    const page = await visitor.go('/account')
    assert.match(wordsOf(page), /Your session has ended/)

    await steps.signIn(visitor, page)
    for (let hours = 7; hours < 7 * 24; hours += 7) {
      steps.wait(7 * 3600)
      assert.match((await visitor.go('/account')).body, /Alice/, `after ${hours} hours`)
    }
    steps.wait(7 * 3600)
    assert.match((await visitor.go('/account')).body, /id="login-submit"/)
  })

  test('AC-08: of an account that is disabled signs nobody in', async () => {
    const visitor = await regular(steps.bob)
    await makeAccount({ ...steps.bob, disabled: true }, steps.stores.accounts)
    assert.match((await visitor.go('/account')).body, /id="login-submit"/)
    const page = await visitor.go(authorizationUrl())
    assert.match(page.body, /id="login-submit"/)
    assert.match(wordsOf(await steps.signIn(visitor, page, steps.bob)), /is not right/)
    await makeAccount(steps.bob, steps.stores.accounts)
  })
})

describe('proving it again', () => {
  must(
    'OpenID Connect Core §3.1.2.1',
    'BR-21: prompt=login asks a signed-in person to sign in, and tells when',
    async () => {
      const visitor = await regular()
      const before = await sessionOf(visitor)
      steps.wait(100)
      const page = await visitor.go(authorizationUrl({ prompt: 'login' }))
      assert.match(wordsOf(page), /asks you to confirm/)
      const end = await steps.signIn(visitor, page)
      const standing = await answeredAs(end)
      assert.equal(standing?.authorization.auth_time, (before?.auth_time ?? 0) + 100)
    },
  )

  must('OpenID Connect Core §3.1.2.1', 'BR-21: max_age asks a person who signed in longer ago', async () => {
    const visitor = await regular()
    steps.wait(100)
    assert.ok((await visitor.go(authorizationUrl({ max_age: '100' }))).leaves)
    assert.match(wordsOf(await visitor.go(authorizationUrl({ max_age: '99' }))), /You signed in a while ago/)
    assert.match(wordsOf(await visitor.go(authorizationUrl({ max_age: '0' }))), /asks you to confirm/)
  })

  test('BR-21: cannot be dropped by going back, reloading, or editing the address', async () => {
    const visitor = await regular()
    const page = await visitor.go(authorizationUrl({ prompt: 'login' }))
    for (const query of ['', '?prompt=', '?prompt=none', '?switch_account=no']) {
      assert.match((await visitor.go(page.url.href + query)).body, /id="login-submit"/)
    }
  })

  test('BR-21: in one interaction proves nothing in another', async () => {
    const visitor = await regular()
    const first = await visitor.go(authorizationUrl({ prompt: 'login' }))
    const second = await visitor.go(authorizationUrl({ prompt: 'login' }))
    assert.ok((await steps.signIn(visitor, first)).leaves)
    assert.match((await visitor.go(second.url)).body, /id="login-submit"/)
  })

  test('BR-22: as somebody else ends the first session, and the answer is the second person’s alone', async () => {
    const visitor = await regular()
    await regular(steps.bob)
    const before = await sessionOf(visitor)
    const end = await steps.signIn(visitor, await visitor.go(authorizationUrl({ prompt: 'login' })), steps.bob)
    const standing = await answeredAs(end)
    assert.equal(standing?.account?.sub, steps.bob.sub)
    const after = await steps.stores.sessions.find(standing?.authorization.session_id ?? '')
    assert.equal(after?.account_id, steps.bob.account_id)
    assert.notEqual((await steps.stores.sessions.find(before?.session_id ?? ''))?.ended_at, undefined)
  })
})

describe('another account', () => {
  test('can be chosen on the consent page without losing the request', async () => {
    const visitor = steps.visitor()
    const consent = await steps.signIn(
      visitor,
      await visitor.go(authorizationUrl({ prompt: 'consent', state: 'kept' })),
    )
    const page = await visitor.submit(consent, { press: 'switch_account=yes' })
    assert.match(wordsOf(page), /Sign in with the account you want to use/)
    const again = await steps.signIn(visitor, page, steps.bob)
    assert.equal(again.url.href, consent.url.href)
    assert.match(wordsOf(again), /With your account bob/)
    const end = await visitor.submit(again, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    assert.equal((await answeredAs(end))?.account?.sub, steps.bob.sub)
  })

  test('BR-22: typed in an old tab is who goes on, not who signed in elsewhere meanwhile', async () => {
    await regular(steps.bob)
    const visitor = steps.visitor()
    const old = await visitor.go(authorizationUrl())
    await steps.signIn(visitor, await visitor.go('/account'))
    const end = await steps.signIn(visitor, old, steps.bob)
    assert.equal((await answeredAs(end))?.account?.sub, steps.bob.sub)
  })

  test('prompt=select_account asks for it', async () => {
    const visitor = await regular()
    assert.match(wordsOf(await visitor.go(authorizationUrl({ prompt: 'select_account' }))), /account you want to use/)
  })
})

test('the page has one form, whose passkey and other providers are further ways to answer it', async () => {
  const visitor = steps.visitor()
  const page = await visitor.go(authorizationUrl({ prompt: 'consent' }))
  assert.equal(formsOf(page.body).length, 1)
  const fields = { username: 'alice', password: 'wonderland', credential: '{}' }
  assert.match(wordsOf(await visitor.submit(page, { press: 'login-submit', fields })), /passkey did not work/)
  const { username, password } = fields
  const end = await visitor.submit(page, { press: 'login-submit', fields: { username, password } })
  assert.match(wordsOf(end), /asks (again )?for access/)
})

describe('a refusal', () => {
  test('AC-01: reads the same for a wrong password, an unknown account, one that is shut out and one without a password', async () => {
    const shutOut = accountRecord({
      username: 'shut out',
      password_hash: steps.alice.password_hash ?? '',
      disabled: true,
    })
    const { password_hash: _, ...without } = accountRecord({ username: 'without' })
    await steps.stores.accounts.create(shutOut)
    await steps.stores.accounts.create(without)
    const answers = []
    const names = ['alice', 'nobody', 'alice@example.com', 'nobody@example.com', 'shut out', 'without']
    for (const username of names) {
      const visitor = steps.visitor()
      const page = await visitor.go(authorizationUrl())
      const cookies = [...visitor.cookies]
      const { status, headers, body } = await visitor.submit(page, {
        press: 'login-submit',
        fields: { username, password: 'wrong' },
      })
      assert.deepEqual([...visitor.cookies], cookies)
      answers.push({ status, headers, words: wordsOf({ body }) })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.status, 400)
    // The right password of whoever is shut out is no more right than any other.
    const visitor = steps.visitor()
    const fields = { username: 'shut out', password: 'wonderland' }
    const page = await visitor.submit(await visitor.go(authorizationUrl()), { press: 'login-submit', fields })
    assert.deepEqual({ status: page.status, headers: page.headers, words: wordsOf(page) }, answers[0])
  })

  test('AC-01: reads the same where there were too many tries, whoever they were for', async () => {
    const answers = []
    for (const username of ['alice', 'nobody at all', 'without']) {
      const visitor = steps.visitor()
      const page = await visitor.go(authorizationUrl())
      const fields = { username, password: 'wrong' }
      for (let tries = 0; tries < 10; tries += 1) await visitor.submit(page, { press: 'login-submit', fields })
      const { status, headers, body } = await visitor.submit(page, { press: 'login-submit', fields })
      answers.push({ status, headers, words: wordsOf({ body }) })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.status, 429)
  })

  test('AC-02: a name that an application brings along asks for the same, passkey and all, whoever has it', async () => {
    const pages = []
    for (const login_hint of ['alice', 'without', 'nobody']) {
      const { status, body } = await steps.visitor().go(authorizationUrl({ login_hint }))
      const changing = /value="[^"]*"|&quot;challenge&quot;:&quot;[^&]*&quot;|\/interaction\/[A-Za-z0-9_-]+/g
      pages.push({ status, body: body.replaceAll(changing, '') })
    }
    for (const page of pages) assert.deepEqual(page, pages[0])
    assert.match(pages[0]?.body ?? '', /id="passkey-login"/)
  })

  test('keeps the user name that was typed, and says what to do', async () => {
    const visitor = steps.visitor()
    const fields = { username: '"><b>alice', password: 'wrong' }
    const page = await visitor.submit(await visitor.go('/account'), { press: 'login-submit', fields })
    assert.match(page.body, /value="&quot;&gt;&lt;b&gt;alice"/)
    assert.match(wordsOf(page), /The user name or the password is not right/)
  })

  test('AC-03: of too many tries says how long to wait', async () => {
    const visitor = steps.visitor()
    let page = await visitor.go('/account')
    const fields = { username: 'mallory', password: 'wrong' }
    for (let tries = 0; tries < 10; tries += 1) page = await visitor.submit(page, { press: 'login-submit', fields })
    assert.equal(page.status, 400)
    page = await visitor.submit(page, { press: 'login-submit', fields })
    assert.equal(page.status, 429)
    assert.match(String(page.headers['retry-after']), /^[1-9][0-9]*$/)
    assert.match(wordsOf(page), /Too many attempts. Please wait \d+ (minute|second)/)
  })
})

test('RL-23: those for whom there is no room keep their form, as long as they may be people', async () => {
  const { passwords: idle } = steps.parts
  Object.assign(steps.parts, { passwords: passwords({ concurrency: 0, queue: 0 }) })
  const visitor = steps.visitor()
  const busy = await steps.signIn(visitor, await visitor.go('/account'))
  Object.assign(steps.parts, { passwords: idle })
  assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '5'])
  assert.match(busy.body, /name="username"[^>]* value="alice"/)
})

test('login_hint stands in the user name field', async () => {
  const page = await steps.visitor().go(authorizationUrl({ login_hint: 'alice@example.com' }))
  assert.match(page.body, /name="username"[^>]* value="alice@example\.com"/)
})

test('the first visit is told that signing in shares nothing; later ones are not', async () => {
  const visitor = steps.visitor()
  assert.match(wordsOf(await visitor.go(authorizationUrl())), /Signing in shares nothing yet/)
  await steps.signIn(visitor, await visitor.go('/account'))
  assert.doesNotMatch(wordsOf(await visitor.go(authorizationUrl({ prompt: 'login' }))), /Signing in shares nothing yet/)
})
