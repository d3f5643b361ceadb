/** R3: whatever a person does with tabs, buttons, clocks and cookies, they end at the client or on a page that leads on. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { authorizationUrl, openSteps, type Steps } from '../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../testing/visitor.ts'
import { Parameters } from '../kernel/parameters.ts'
import { push } from '../protocol/par/push.ts'

const steps = await openSteps()
after(() => steps.close())

function codeOf(page: Visited): string | undefined {
  return page.leaves?.searchParams.get('code') ?? undefined
}

function linkOf(page: Visited, id: string): string {
  const [, tag = ''] = new RegExp(`<a ([^>]*id="${id}"[^>]*)>`).exec(page.body) ?? []
  return /href="([^"]*)"/.exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? ''
}

async function signedInVisitor({ signIn, visitor }: Steps): Promise<Visitor> {
  const person = visitor()
  await signIn(person, await person.go('/account'))
  return person
}

async function redeem(code: string | undefined): Promise<void> {
  const { authorizations } = steps.stores
  const { id } = steps.parts.secrets.read('authorization_code', code ?? '') ?? { id: '' }
  const at = steps.parts.clock()
  assert.equal(await authorizations.redeem(id, undefined, at + 600, at), 'redeemed')
}

test('R3: ten tabs of two clients, finished in reverse order, each end with its own state', async () => {
  await steps.client({ client_id: 'other' }, { redirect_uris: ['https://rp2.test/cb'] })
  const visitor = steps.visitor()
  const tabs: { page: Visited; state: string; origin: string }[] = []
  for (let index = 0; index < 10; index += 1) {
    const other = index % 2 === 1 && { client_id: 'other', redirect_uri: 'https://rp2.test/cb' }
    const state = `state of tab ${index}`
    const page = await visitor.go(authorizationUrl({ ...other, state }))
    tabs.push({ page, state, origin: other ? 'https://rp2.test' : 'https://rp1.test' })
  }
  const codes = new Set<string | undefined>()
  for (const { page, state, origin } of tabs.reverse()) {
    const consent = await steps.signIn(visitor, page)
    const end = consent.leaves ? consent : await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.origin, origin)
    assert.equal(end.leaves.searchParams.get('state'), state)
    codes.add(codeOf(end))
  }
  assert.equal(codes.size, 10)
})

describe('an answer that was given', () => {
  test('R3: is sent again to whoever reloads, until its code is redeemed; then there is a way to begin again', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    const first = await visitor.submit(consent, { press: 'consent-allow' })
    const back = await visitor.go(consent.url)
    assert.equal(back.leaves?.href, first.leaves?.href)
    await redeem(codeOf(first))
    const late = await visitor.go(consent.url)
    assert.equal(late.status, 410)
    assert.match(wordsOf(late), /This is done already/)
    assert.match((await visitor.go(linkOf(late, 'start-again'))).body, /id="consent-allow"/)
  })

  test('R3: is sent again only as long as its code can be redeemed', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    await visitor.submit(consent, { press: 'consent-allow' })
    steps.wait(60)
    assert.equal((await visitor.go(consent.url)).status, 410)
  })

  test('LO-05: is not sent to the next person at the same browser', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    const first = await visitor.submit(consent, { press: 'consent-allow' })
    await visitor.submit(await visitor.go('/account'), { press: 'sign-out' })
    await steps.signIn(visitor, await visitor.go('/account'), steps.bob)
    const next = await visitor.go(consent.url)
    assert.equal(next.leaves, undefined)
    assert.doesNotMatch(next.body, new RegExp(codeOf(first) ?? 'lc_'))
  })

  test('BR-16: stays a no when the person comes back', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    const no = await visitor.submit(consent, { press: 'consent-deny' })
    assert.equal(no.leaves?.searchParams.get('error'), 'access_denied')
    const yes = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(yes.leaves?.href, no.leaves?.href)
  })
})

describe('a page left open', () => {
  test('R3: for 31 minutes leads to the same request again', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl({ state: 'kept for long' }))
    steps.wait(31 * 60)
    const late = await steps.signIn(visitor, page)
    assert.equal(late.status, 410)
    assert.match(wordsOf(late), /This took too long .* rp1\.test/)
    const consent = await steps.signIn(visitor, await visitor.go(linkOf(late, 'start-again')))
    const end = consent.leaves ? consent : await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept for long')
  })

  test('R3: until its row is gone leads to the person’s own page', async () => {
    const page = await steps.visitor().go('/interaction/AAAAAAAAAAAAAAAAAAAAAA')
    assert.equal(page.status, 410)
    assert.match(page.body, /<main>.*href="https:\/\/id\.test\/account".*<\/main>/s)
  })

  test('R3: for our own page leads to our own page', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go('/account')
    steps.wait(31 * 60)
    const late = await steps.signIn(visitor, page)
    assert.equal(linkOf(late, 'start-again'), 'https://id.test/account')
  })
})

describe('cookies deleted', () => {
  test('R3: before signing in: the request begins again', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl())
    visitor.cookies.clear()
    const lost = await steps.signIn(visitor, page)
    assert.equal(lost.status, 403)
    assert.match((await visitor.go(linkOf(lost, 'start-again'))).body, /id="login-submit"/)
  })

  test('R3: before deciding: nothing is decided, and the request begins again', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    visitor.cookies.clear()
    const lost = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(lost.leaves, undefined)
    assert.match((await visitor.go(linkOf(lost, 'start-again'))).body, /id="login-submit"/)
  })

  test('R3: the session alone: signing in again goes on in the same interaction', async () => {
    const visitor = await signedInVisitor(steps)
    const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
    visitor.cookies.delete('__Host-licet-session')
    const page = await visitor.submit(consent, { press: 'consent-allow' })
    assert.match(page.body, /id="login-submit"/)
    const again = await steps.signIn(visitor, page)
    assert.equal(again.url.href, consent.url.href)
    assert.match(again.body, /id="consent-allow"/)
  })
})

describe('a client that is no longer what it was', () => {
  test('AZ-36: is switched off meanwhile: the person is told, and nothing is sent', async () => {
    const client = await steps.client({ client_id: 'switched-off' })
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl({ client_id: 'switched-off' }))
    await steps.stores.clients.update({ ...client, disabled: true })
    const told = await steps.signIn(visitor, page)
    assert.equal(told.leaves, undefined)
    assert.match(wordsOf(told), /switched off/)
    assert.match(told.body, /id="error-reference"/)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'client_disabled')
  })

  test('R3: may no longer ask for a scope: it is told so, at its own address', async () => {
    const client = await steps.client({ client_id: 'narrowed' })
    const visitor = steps.visitor()
    const page = await visitor.go(authorizationUrl({ client_id: 'narrowed' }))
    await steps.stores.clients.update({ ...client, metadata: { ...client.metadata, scope: 'openid' } })
    const told = await steps.signIn(visitor, page)
    assert.equal(told.leaves?.searchParams.get('error'), 'invalid_scope')
  })

  test('AZ-32, A4: chose its own name: a no is told only after the person has seen where it goes', async () => {
    await steps.client(
      { client_id: 'stranger', registered_by: 'registration' },
      { redirect_uris: ['https://evil.test/cb'] },
    )
    const visitor = await signedInVisitor(steps)
    const stranger = { client_id: 'stranger', redirect_uri: 'https://evil.test/cb' }
    const warning = await visitor.submit(await visitor.go(authorizationUrl(stranger)), { press: 'consent-deny' })
    assert.equal(warning.leaves, undefined)
    assert.match(wordsOf(warning), /You are about to go to evil\.test/)
    const gone = await visitor.submit(warning, { press: 'continue' })
    assert.equal(gone.leaves?.searchParams.get('error'), 'access_denied')
    assert.equal(gone.leaves.origin, 'https://evil.test')
  })

  test('A4: chose its own name: an error, too, reaches it only after the person signed in and saw where it goes', async () => {
    await steps.client(
      { client_id: 'stranger-errs', registered_by: 'metadata_document' },
      { redirect_uris: ['https://evil.test/cb'] },
    )
    const visitor = steps.visitor()
    const asked = { client_id: 'stranger-errs', redirect_uri: 'https://evil.test/cb', scope: 'nonsense' }
    const page = await visitor.go(authorizationUrl(asked))
    assert.equal(page.leaves, undefined)
    assert.match(page.body, /id="login-submit"/)
    const warning = await steps.signIn(visitor, page)
    assert.equal(warning.leaves, undefined)
    assert.match(wordsOf(warning), /You are about to go to evil\.test/)
    assert.match(wordsOf(warning), /its request did not work/)
    const gone = await visitor.submit(warning, { press: 'continue' })
    assert.deepEqual(
      [gone.leaves?.origin, gone.leaves?.searchParams.get('error')],
      ['https://evil.test', 'invalid_scope'],
    )
  })

  test('A4: chose its own name: the same holds for what it signed, and for what it pushed', async () => {
    const client_id = 'stranger-signs'
    const asked = { client_id, redirect_uri: 'https://evil.test/cb' }
    await steps.client({ client_id, registered_by: 'registration' }, { redirect_uris: [asked.redirect_uri] })
    const parameters = Parameters.from({ ...asked, response_type: 'code', scope: 'nonsense' })
    const { request_uri } = await push(asked, parameters, steps.parts)
    for (const [error, more] of [
      ['invalid_request_object', { request: 'no.request.object' }],
      ['invalid_scope', { request_uri }],
    ] as const) {
      const visitor = steps.visitor()
      const page = await visitor.go(authorizationUrl({ ...asked, ...more }))
      assert.equal(page.leaves, undefined)
      const gone = await visitor.submit(await steps.signIn(visitor, page), { press: 'continue' })
      assert.deepEqual([gone.leaves?.origin, gone.leaves?.searchParams.get('error')], ['https://evil.test', error])
    }
  })

  test('A4: chose its own name: what may show nothing is answered at once, as OpenID Connect has it', async () => {
    await steps.client(
      { client_id: 'stranger-silent', registered_by: 'registration' },
      { redirect_uris: ['https://evil.test/cb'] },
    )
    const silent = { client_id: 'stranger-silent', redirect_uri: 'https://evil.test/cb', prompt: 'none' }
    const { leaves } = await steps.visitor().go(authorizationUrl(silent))
    assert.equal(leaves?.searchParams.get('error'), 'login_required')
  })
})

test('R5: a page for a lost thread has the machine code, and the reference of the log line that says why', async () => {
  const expired = await steps.visitor().go('/interaction/AAAAAAAAAAAAAAAAAAAAAA')
  const elsewhere = await steps.visitor().go((await steps.visitor().go(authorizationUrl())).url)
  const visitor = await signedInVisitor(steps)
  const consent = await visitor.go(authorizationUrl({ prompt: 'consent' }))
  await redeem(codeOf(await visitor.submit(consent, { press: 'consent-allow' })))
  const finished = await visitor.go(consent.url)
  const told = [
    ['interaction_expired', expired],
    ['interaction_elsewhere', elsewhere],
    ['interaction_finished', finished],
  ] as const
  for (const [reason, { body }] of told) {
    assert.match(body, /<code id="error-code">invalid_request<\/code>/, reason)
    const [, reference] = /<code id="error-reference">([^<]+)<\/code>/.exec(body) ?? []
    const line = steps.log.find(({ detail }) => detail['request_id'] === reference)
    assert.deepEqual([line?.event, line?.detail['reason']], ['refused', reason])
  }
})
