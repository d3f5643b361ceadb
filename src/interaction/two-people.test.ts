/** That a page which was opened for one person does nothing to the account of another who signed in in another tab. */
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { must } from '../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../testing/steps.ts'
import { formsOf, wordsOf, type Filling, type Visited, type Visitor } from '../../testing/visitor.ts'
import type { Account } from '../domain/account.ts'

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
