/** That an interaction is one browser's, its forms are our own, and none of its steps can be skipped. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { authorizationUrl, openSteps, type Steps } from '../../testing/steps.ts'
import { formsOf, wordsOf, type Visited } from '../../testing/visitor.ts'

const steps = await openSteps()
after(() => steps.close())

/** The hidden fields of the page's main form. */
function hiddenOf(page: Visited): Record<string, string> {
  const form = formsOf(page.body).find(({ fields }) => fields.some(([name]) => name === 'csrf_token'))
  return Object.fromEntries(form?.fields ?? [])
}

async function grantsOf({ alice, stores }: Steps): Promise<number> {
  return (await stores.grants.listByAccount(alice.account_id)).length
}

describe('another browser', () => {
  test('BR-10: without any cookie is shown a page that leads on, and nothing of the interaction', async () => {
    const begun = await steps.visitor().go(authorizationUrl())
    const page = await steps.visitor().go(begun.url)
    assert.equal(page.status, 403)
    assert.equal(page.leaves, undefined)
    assert.match(wordsOf(page), /We lost the thread/)
    assert.match(page.body, /id="start-again"[^>]*href="https:\/\/id\.test\/authorize\?client_id=greatapp/)
    assert.doesNotMatch(page.body, /name="password"/)
  })

  test('BR-09: with a cookie of its own gets an interaction of its own, and the first is none the wiser', async () => {
    const attacker = steps.visitor()
    const sent = await attacker.go(authorizationUrl())
    const victim = steps.visitor()
    await victim.go('/account')
    const page = await victim.go(sent.url)
    assert.notEqual(page.url.href, sent.url.href)
    const consent = await steps.signIn(victim, page)
    assert.match(wordsOf(consent), /asks for access/)
    assert.match(wordsOf(await attacker.go(sent.url)), /Sign in/)
    assert.ok(!attacker.cookies.has('__Host-licet-session'))
  })

  test('BR-14: cannot answer with the token of the first', async () => {
    const first = steps.visitor()
    const consent = await steps.signIn(first, await first.go(authorizationUrl()))
    const other = steps.visitor()
    await steps.signIn(other, await other.go('/account'))
    const before = await grantsOf(steps)
    const answer = await other.post(consent.url, { ...hiddenOf(consent), decision: 'allow' })
    assert.equal(answer.status, 403)
    assert.equal(await grantsOf(steps), before)
    assert.match(wordsOf(await first.go(consent.url)), /asks for access/)
  })
})

describe('a form from elsewhere', () => {
  const origins = [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]

  for (const headers of origins) {
    test(`BR-13: signs nobody in: ${JSON.stringify(headers)}`, async () => {
      const victim = steps.visitor()
      const page = await steps.signIn(victim, await victim.go(authorizationUrl({ prompt: 'login' })))
      const session = victim.cookies.get('__Host-licet-session')
      const fresh = await victim.go(authorizationUrl({ prompt: 'login' }))
      const fields = { ...hiddenOf(fresh), username: 'bob', password: 'builder' }
      const answer = await victim.post(fresh.url, fields, headers)
      assert.equal(answer.status, 403)
      assert.match(answer.body, /id="error-code">invalid_request</)
      assert.equal(victim.cookies.get('__Host-licet-session'), session)
      assert.equal(page.status, 200)
    })

    test(`BR-14: allows nothing: ${JSON.stringify(headers)}`, async () => {
      const victim = steps.visitor()
      const consent = await steps.signIn(victim, await victim.go(authorizationUrl()))
      const before = await grantsOf(steps)
      const answer = await victim.submit(consent, { press: 'consent-allow', headers })
      assert.equal(answer.status, 403)
      assert.equal(answer.leaves, undefined)
      assert.equal(await grantsOf(steps), before)
    })
  }

  test('BR-13: without the token of this browser and this interaction signs nobody in', async () => {
    const attacker = steps.visitor()
    const theirs = hiddenOf(await attacker.go(authorizationUrl()))
    const victim = steps.visitor()
    const page = await victim.go(authorizationUrl())
    const other = hiddenOf(await victim.go(authorizationUrl()))
    for (const csrf_token of [theirs['csrf_token'], other['csrf_token'], '', 'x'.repeat(43)]) {
      const fields = { csrf_token: csrf_token ?? '', step: 'sign-in', username: 'bob', password: 'builder' }
      const answer = await victim.post(page.url, fields)
      assert.equal(answer.status, 403)
      assert.match(answer.body, /id="login-submit"/)
      assert.ok(!victim.cookies.has('__Host-licet-session'))
    }
  })
})

test('BR-13: on the way to our own page, too, a form without the token signs nobody in', async () => {
  const visitor = steps.visitor()
  const page = await visitor.go('/account')
  const fields = { step: 'sign-in', username: 'bob', password: 'builder', csrf_token: 'x'.repeat(43) }
  const answer = await visitor.post(page.url, fields)
  assert.equal(answer.status, 403)
  assert.ok(!visitor.cookies.has('__Host-licet-session'))
})

describe('steps', () => {
  test('BR-17: cannot be skipped: whatever is posted before signing in, the sign-in page is next', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl())
    const { csrf_token = '' } = hiddenOf(page)
    const forms = [
      {},
      { step: 'consent', decision: 'allow' },
      { step: 'continue' },
      { step: 'finish' },
      { decision: 'allow' },
    ]
    for (const form of forms) {
      const answer = await visitor.post(page.url, { csrf_token, access_for: '30d', ...form })
      assert.equal(answer.leaves, undefined)
      assert.equal(answer.answers[0]?.status, 303)
      assert.match(answer.body, /id="login-submit"/)
    }
  })

  test('BR-17: replaying the sign-in after it leads to consent, not to a code', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl())
    await steps.signIn(visitor, page)
    const again = await steps.signIn(visitor, page)
    assert.match(again.body, /id="consent-allow"/)
  })

  test('BR-12: what the form or the link says of the request is ignored', async () => {
    const visitor = steps.visitor()
    const consent = await steps.signIn(visitor, await visitor.go(authorizationUrl()))
    const edited = {
      client_id: 'other',
      redirect_uri: 'https://evil.test/cb',
      response_type: 'token',
      scope: 'postcards.send',
      state: 'another state',
    }
    consent.url.search = new URLSearchParams(edited).toString()
    const answer = await visitor.submit(consent, { press: 'consent-allow', fields: edited })
    assert.equal(answer.leaves?.origin, 'https://rp1.test')
    assert.equal(answer.leaves.searchParams.get('state'), 'the state')
    const [grant] = await steps.stores.grants.listByAccount(steps.alice.account_id)
    assert.deepEqual(grant?.permissions.map(({ scope }) => scope).sort(), ['openid', 'postcards.read'])
  })

  test('BR-30: after signing in the browser goes to our own page, whatever else is asked for', async () => {
    for (const there of [
      '//evil.test',
      '/\\evil.test',
      'https:evil.test',
      '%2f%2fevil.test',
      '/%09/evil.test',
      'javascript:0',
    ]) {
      const visitor = steps.visitor()
      const page = await visitor.go(`/account?return_to=${there}&next=${there}`)
      page.url.search = `return_to=${there}`
      const answer = await visitor.submit(page, {
        press: 'login-submit',
        fields: { username: 'alice', password: 'wonderland', return_to: there },
      })
      assert.equal(answer.url.href, 'https://id.test/account')
    }
  })
})

describe('cookies', () => {
  test('BR-07: are for this host alone, and out of reach of scripts', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl())
    const signedIn = await steps.signIn(visitor, page)
    const answers = [...page.answers, ...signedIn.answers]
    const lines = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat())
    assert.equal(lines.length, 3)
    for (const line of lines) {
      assert.match(line, /^__Host-licet-[a-z]+=[^;]+; .*Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      assert.doesNotMatch(line, /domain=/i)
      assert.ok(line.length < 4096)
    }
  })

  test('BR-18: that are not exactly ours are nobody’s', async () => {
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'))
    const session = visitor.cookies.get('__Host-licet-session') ?? ''
    const other = steps.visitor()
    await steps.signIn(other, await other.go('/account'), steps.bob)
    const theirs = other.cookies.get('__Host-licet-session') ?? ''
    const broken = [
      'garbage',
      session.slice(0, -1),
      session.slice(0, 20) + theirs.slice(20),
      session.toUpperCase(),
      `${session}; __Host-licet-session=${theirs}`,
      `${session}; __Host-licet-session=${session}`,
      '%00',
      session.replace('le_', 'lb_'),
    ]
    for (const value of broken) {
      visitor.cookies.set('__Host-licet-session', value)
      const page = await visitor.go('/account')
      assert.match(page.body, /id="login-submit"/, value)
    }
    visitor.cookies.set('__Host-licet-session', session)
    assert.match((await visitor.go('/account')).body, /Alice Liddell/)
  })
})
