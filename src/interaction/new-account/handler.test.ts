/** Making an account: by oneself where that is open, by invitation where it is not, over a real mail server. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { linkIn, openLetters } from '../../../testing/letters.ts'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { mailTokenLifetimes } from '../../domain/mail-token.ts'
import { newOpaqueId } from '../../kernel/ids.ts'
import { invite } from '../../management/invitations.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(3600)
  open('any')
})

const chosen = 'mimsy borogoves outgrabe'

function open(account_registration: 'off' | 'any' | readonly string[]): void {
  Object.assign(steps.parts.settings, { account_registration })
}

const ask = async (email: string, visitor = steps.visitor()): Promise<Visited> =>
  visitor.submit(await visitor.go('/new-account'), { press: 'letter-submit', fields: { email } })

async function linkFor(email: string): Promise<string> {
  await ask(email)
  const [letter] = await letters.arrived()
  assert.ok(letter)
  return linkIn(letter, '/new-account')
}

const make = (visitor: Visitor, page: Visited, username: string, new_password = chosen) =>
  visitor.submit(page, { press: 'account-submit', fields: { username, new_password } })

describe('an account of one’s own', () => {
  test('R3: is made on the way, from the sign-in over the letter to the very request, with its address verified', async () => {
    const visitor = steps.visitor()
    const signIn = await visitor.go(authorizationUrl({ state: 'kept' }))
    const [, way = ''] = /id="register" href="([^"]+)"/.exec(signIn.body) ?? []
    const page = await visitor.go(way)
    await visitor.submit(page, { press: 'letter-submit', fields: { email: 'carol@example.com' } })
    const [letter] = await letters.arrived()
    assert.ok(letter)
    assert.equal(await steps.stores.accounts.findByLogin('carol@example.com'), undefined)
    const done = await make(visitor, await visitor.go(linkIn(letter, '/new-account')), 'carol')
    assert.match(wordsOf(done), /Your account is ready/)
    const [, onward = ''] = /id="go-on"[^>]*href="([^"]+)"/.exec(done.body) ?? []
    const fields = { username: 'carol@example.com', password: chosen }
    const consent = await visitor.submit(await visitor.go(onward), { press: 'login-submit', fields })
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    const carol = await steps.stores.accounts.findByLogin('carol')
    assert.deepEqual(carol?.claims, { email: 'carol@example.com', email_verified: true })
  })

  must(
    'Initiating User Registration 1.0 §4.1',
    'prompt=create leads to the page where an account is made, and back to sign in',
    async () => {
      const visitor = steps.visitor()
      await steps.signIn(visitor, await visitor.go('/account'))
      const page = await visitor.go(authorizationUrl({ prompt: 'create', state: 'kept' }))
      assert.equal(page.url.pathname, '/new-account')
      await visitor.submit(page, { press: 'letter-submit', fields: { email: 'laura@example.com' } })
      const [letter] = await letters.arrived()
      assert.ok(letter)
      const done = await make(visitor, await visitor.go(linkIn(letter, '/new-account')), 'laura')
      const [, onward = ''] = /id="go-on"[^>]*href="([^"]+)"/.exec(done.body) ?? []
      const fields = { username: 'laura', password: chosen }
      const consent = await visitor.submit(await visitor.go(onward), { press: 'login-submit', fields })
      const end = await visitor.submit(consent, { press: 'consent-allow' })
      assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    },
  )

  test('AC-02: is begun with the same answer where the address has one already, and the letter tells the truth', async () => {
    const [known, unknown] = [await ask('alice@example.com'), await ask('nobody@example.com')]
    const answers = [known, unknown].map(({ status, headers, body }) => ({ status, headers, words: wordsOf({ body }) }))
    assert.deepEqual(answers[0], answers[1])
    const arrived = await letters.arrived()
    const [toAlice, toNobody] = ['alice', 'nobody'].map((name) =>
      arrived.find(({ to }) => to[0] === `${name}@example.com`),
    )
    assert.match(toAlice?.text ?? '', /There is one already: alice\./)
    assert.doesNotMatch(toAlice?.text ?? '/new-account/', /\/new-account\//)
    assert.match(toNobody?.text ?? '', /\/new-account\//)
  })

  test('AC-32: cannot be begun or made where nobody may: the pages are not there', async () => {
    const link = await linkFor('dave@example.com')
    open('off')
    const visitor = steps.visitor()
    assert.equal((await visitor.go('/new-account')).status, 404)
    assert.equal((await visitor.post('/new-account', { email: 'dave@example.com' })).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'registration_off')
    assert.equal((await visitor.post(link, { username: 'dave', new_password: chosen })).status, 410)
    assert.doesNotMatch((await visitor.go('/account')).body, /id="register"/)
  })

  test('AC-32: is for addresses of the domains that are let in, also when they change', async () => {
    open(['example.com'])
    const page = await ask('eve@sub.example.com')
    assert.equal(page.status, 403)
    assert.match(wordsOf(page), /other domains/)
    const link = await linkFor('eve@EXAMPLE.com')
    open(['example.org'])
    assert.equal((await steps.visitor().go(link)).status, 410)
  })

  test('AC-07: has no name that could be taken for another', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(await linkFor('frank@example.com'))
    const faults = [
      ['Admin', 400, /kept for those who run/],
      ['аdmin', 400, /3 to 64 letters/],
      ['bob ', 400, /3 to 64 letters/],
      ['alice@example.com', 400, /3 to 64 letters/],
      ['BOB', 409, /taken/],
    ] as const
    for (const [username, status, told] of faults) {
      const again = await make(visitor, page, username)
      assert.equal(again.status, status, username)
      assert.match(wordsOf(again), told)
    }
    assert.equal((await make(visitor, page, 'frank')).status, 200)
  })

  test('AC-10: has a password that is judged', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(await linkFor('grace@example.com'))
    assert.match(wordsOf(await make(visitor, page, 'grace', 'gracegracegrace1')), /little more than a name/)
    assert.match(wordsOf(await make(visitor, page, 'grace', 'short')), /at least 15 characters/)
  })

  test('AC-18: of twenty who race for one address one has it, by however many letters', async () => {
    const links = [await linkFor('heidi@example.com'), await linkFor('heidi@example.com')]
    const racers = await Promise.all(
      Array.from({ length: 20 }, async (_, each) => {
        const visitor = steps.visitor()
        return { visitor, page: await visitor.go(links[each % 2] ?? ''), username: `heidi${each}` }
      }),
    )
    const ends = await Promise.all(racers.map(({ visitor, page, username }) => make(visitor, page, username)))
    assert.equal(ends.filter(({ status }) => status === 200).length, 1)
  })

  test('is not made by a form that was made for another browser', async () => {
    const link = await linkFor('ivan@example.com')
    assert.equal((await steps.visitor().post(link, { username: 'ivan', new_password: chosen })).status, 403)
    assert.equal(await steps.stores.accounts.findByLogin('ivan'), undefined)
  })
})

describe('an invitation', () => {
  const invited = async (address: string) => {
    const { parts, stores } = steps
    const management = { ...stores, clock: parts.clock, actor: 'operator:test', audience: parts.audience }
    assert.equal(await invite(address, 'de', management), 'done')
    const [letter] = await letters.arrived()
    assert.ok(letter)
    return letter
  }

  test('AC-33: makes one account for its address, although nobody else may make one, in the language it was written in', async () => {
    open('off')
    const letter = await invited('judy@example.com')
    assert.match(letter.text, /Sie sind eingeladen/)
    const link = linkIn(letter, '/new-account')
    const [visitor, other] = [steps.visitor(), steps.visitor()]
    const [page, second] = [await visitor.go(link), await other.go(link)]
    assert.match(wordsOf(page), /judy@example\.com/)
    assert.equal((await make(visitor, page, 'judy')).status, 200)
    assert.equal((await make(other, second, 'judy2')).status, 410)
    assert.deepEqual((await steps.stores.accounts.findByLogin('judy'))?.claims, {
      email: 'judy@example.com',
      email_verified: true,
    })
  })

  test('AC-33: is over at its last second', async () => {
    const link = linkIn(await invited('ken@example.com'), '/new-account')
    steps.wait(mailTokenLifetimes.invitation - 1)
    assert.equal((await steps.visitor().go(link)).status, 200)
    steps.wait(1)
    const page = await steps.visitor().go(link)
    assert.equal(page.status, 410)
    assert.doesNotMatch(wordsOf(page), /Ask for another e-mail/)
  })

  test('BR-22: leads on to the sign-in of whom it is for, where somebody else is signed in', async () => {
    const letter = await invited('mallory@example.com')
    const visitor = steps.visitor()
    await steps.signIn(visitor, await visitor.go('/account'))
    const done = await make(visitor, await visitor.go(linkIn(letter, '/new-account')), 'mallory')
    const [, onward = ''] = /id="go-on"[^>]*href="([^"]+)"/.exec(done.body) ?? []
    const signIn = await visitor.go(onward)
    assert.doesNotMatch(wordsOf(signIn), /alice/i)
    const fields = { username: 'mallory', password: chosen }
    const own = await visitor.submit(signIn, { press: 'login-submit', fields })
    assert.deepEqual([own.url.pathname, own.body.includes('mallory@example.com')], ['/account', true])
  })

  test('a link that we never made leads nowhere', async () => {
    const path = `/new-account/${newOpaqueId()}.${'A'.repeat(43)}`
    assert.equal((await steps.visitor().go(path)).status, 404)
  })
})
