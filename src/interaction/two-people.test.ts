/** That what was opened for one person does nothing to, and tells nothing to, another who signed in to the same browser. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe } from 'node:test'
import { TOTP } from 'otpauth'
import { must } from '../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../testing/steps.ts'
import { formsOf, wordsOf, type Filling, type Visited, type Visitor } from '../../testing/visitor.ts'
import type { Account } from '../domain/account.ts'
import { sealTotpSecret } from '../identity/totp.ts'

const steps = await openSteps()
after(() => steps.close())
const { alice, bob, stores } = steps

// On a device of hers, so that there is a session to end from another one.
before(() => signInAs(steps.visitor(), alice))

/** What each of the person's own pages has that changes something: the page, the button, and what is typed. */
const deeds = [
  ['/account', 'remove=greatapp'],
  ['/account/security', 'end_others=yes'],
  ['/account/password', 'password-submit', { new_password: 'correct horse battery staple' }],
  ['/account/profile', 'profile-submit', { nickname: 'Ali' }],
  ['/account/delete', 'account-delete'],
  ['/account/sign-ins', 'disown'],
  ['/account', 'sign-out'],
  ['/logout', 'logout-confirm'],
] as const satisfies readonly (readonly [path: string, press: string, fields?: Filling['fields']])[]

/** Signs somebody in, whoever is signed in, and lets them allow `greatapp` what it asks for. */
async function signInAs(visitor: Visitor, account: Account): Promise<void> {
  const page = await visitor.go(authorizationUrl({ prompt: 'select_account' }))
  const next = await steps.signIn(visitor, page, account)
  if (next.leaves === undefined) await visitor.submit(next, { press: 'consent-allow' })
}

/** Spells a button that has a name, but neither an id nor a value known beforehand. */
function spelled(press: string, page: Visited): string {
  const button = formsOf(page.body)
    .flatMap(({ buttons }) => buttons)
    .find(({ name }) => name === press)
  return button === undefined ? press : `${press}=${button.value}`
}

/** All of Bob that those pages change. */
async function stateOfBob(): Promise<unknown> {
  const { account_id } = bob
  const grants = await stores.grants.listByAccount(account_id)
  const sessions = await stores.sessions.listByAccount(account_id)
  const account = await stores.accounts.find(account_id)
  assert.ok(grants.length > 0 && sessions.length > 0)
  return { account, grants, sessions: sessions.map(({ session_id }) => session_id) }
}

describe('while somebody else has signed in in another tab', () => {
  for (const [path, press, fields] of deeds) {
    must(
      'R3',
      `BR-14: ${press} on ${path}, as it was opened for Alice, does nothing to Bob, and names him`,
      async () => {
        const visitor = steps.visitor()
        await signInAs(visitor, alice)
        const page = await visitor.go(path)
        await signInAs(visitor, bob)
        const untouched = await stateOfBob()
        const answer = await visitor.submit(page, { press: spelled(press, page), ...(fields && { fields }) })
        assert.equal(answer.status, 403)
        assert.match(
          wordsOf(answer),
          /^.*(?:Sign out\?.* bob |\bbob .*This page was out of date, so nothing was changed)/,
        )
        assert.deepEqual(await stateOfBob(), untouched)
      },
    )
  }
})

must(
  'R3',
  'LO-05: the answer given to one person is not sent again for the next, where the cookie was lost',
  async () => {
    const visitor = steps.visitor()
    await steps.client({ client_id: 'fresh' })
    const consent = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'fresh' })))
    const first = await visitor.submit(consent, { press: 'consent-allow' })
    assert.deepEqual((await visitor.go(consent.url)).leaves, first.leaves)
    visitor.cookies.delete('__Host-licet-session')
    for (const signIn of [undefined, signInAs]) {
      await signIn?.(visitor, bob)
      const again = await visitor.go(consent.url)
      assert.equal(again.leaves, undefined)
      assert.match(wordsOf(again), /This is done already/)
    }
  },
)

must('R3', 'BR-22: nor for somebody who types another name into the page as it was', async () => {
  const visitor = steps.visitor()
  await steps.client({ client_id: 'ours', first_party: true })
  const page = await visitor.go(authorizationUrl({ client_id: 'ours' }))
  const first = await steps.signIn(visitor, page)
  assert.equal(first.leaves?.origin, 'https://rp1.test')
  assert.deepEqual((await steps.signIn(visitor, page)).leaves, first.leaves)
  assert.match(wordsOf(await steps.signIn(visitor, page, bob)), /This is done already/)
})

describe('the second factor of one person', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  before(() => steps.client({ client_id: 'own', first_party: true }))
  afterEach(() => stores.factors.removeAll(bob.account_id))

  async function enrol({ account_id }: Account, secret: string): Promise<void> {
    const sealed_secret = sealTotpSecret(secret, account_id, steps.parts)
    await stores.factors.removeAll(account_id)
    await stores.oneTimeCodes.enrolTotp(
      { account_id, sealed_secret, last_step: 0, created_at: steps.parts.clock() },
      [],
    )
  }

  /** Alice’s browser, between her password and her code. */
  async function halfway(): Promise<readonly [Visitor, Visited]> {
    await enrol(alice, secret)
    const visitor = steps.visitor()
    const page = await steps.signIn(visitor, await visitor.go(authorizationUrl({ client_id: 'own' })))
    assert.match(wordsOf(page), /One more step Alice/)
    return [visitor, page]
  }

  const submit = (visitor: Visitor, page: Visited): Promise<Visited> => {
    const one_time_code = new TOTP({ secret }).generate({ timestamp: steps.parts.clock() * 1000 })
    return visitor.submit(page, { press: 'second-factor-submit', fields: { one_time_code } })
  }

  must('R3', 'BR-22: sends nobody on as another, once her password was too long ago', async () => {
    const [visitor, page] = await halfway()
    await signInAs(visitor, bob)
    steps.wait(600)
    const end = await submit(visitor, page)
    assert.equal(end.leaves, undefined)
    assert.match(wordsOf(end), /Sign in with the account you want to use/)
  })

  must('R3', 'BR-22: is not tried at the account of another who began in the same place meanwhile', async () => {
    const [visitor, page] = await halfway()
    await enrol(bob, 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK')
    const theirs = await steps.signIn(visitor, await visitor.submit(page, { press: 'start-again' }), bob)
    assert.match(wordsOf(theirs), /One more step bob/)
    const end = await submit(visitor, page)
    assert.equal(end.status, 200)
    assert.equal(wordsOf(end), wordsOf(theirs))
  })

  must('R3', 'BR-22: does not bring her the answer that another gave in the same place', async () => {
    const [visitor, page] = await halfway()
    const theirs = await steps.signIn(visitor, await visitor.submit(page, { press: 'start-again' }), bob)
    assert.equal(theirs.leaves?.origin, 'https://rp1.test')
    assert.match(wordsOf(await submit(visitor, page)), /This is done already/)
  })

  must('R3', 'is taken once where it is sent twice, and the person goes on', async () => {
    const [visitor, page] = await halfway()
    const ends = [await submit(visitor, page), await submit(visitor, page)]
    assert.deepEqual(ends[1]?.leaves, ends[0]?.leaves)
    assert.equal(ends[0]?.leaves?.origin, 'https://rp1.test')
  })
})
