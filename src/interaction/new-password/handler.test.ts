/** A forgotten password, from the sign-in page over a real mail server and back to where the person was. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { makeAccount } from '../../../testing/account.ts'
import { linkIn, openLetters } from '../../../testing/letters.ts'
import { must } from '../../../testing/must.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { mailTokenLifetimes, newMailToken } from '../../domain/mail-token.ts'
import { passwords } from '../../identity/password.ts'
import { sealTotpSecret } from '../../identity/totp.ts'
import { sql } from '../../storage/sql.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(3600)
})

const chosen = 'mimsy borogoves outgrabe'
const ask = async (visitor: Visitor, email: string, page?: Visited): Promise<Visited> =>
  visitor.submit(page ?? (await visitor.go('/forgotten-password')), { press: 'letter-submit', fields: { email } })

/** Asks for Alice's letter, and answers its link. */
async function linkFor(visitor = steps.visitor(), email = 'alice@example.com'): Promise<string> {
  await ask(visitor, email)
  const [letter] = await letters.arrived()
  assert.ok(letter)
  return linkIn(letter, '/new-password')
}

const set = (visitor: Visitor, page: Visited, new_password = chosen) =>
  visitor.submit(page, { press: 'password-submit', fields: { new_password } })

/** Asks for a letter within a flow in one browser, uses it in one where Bob has signed in, and goes on from there. */
async function onwardBesideBob(asking: Visitor, opening: Visitor): Promise<{ signIn: Visited; again: Visited }> {
  const signIn = await asking.go(authorizationUrl({ client_id: 'own' }))
  const [, way = ''] = /id="forgot-password" href="([^"]+)"/.exec(signIn.body) ?? []
  await ask(asking, 'alice@example.com', await asking.go(way))
  const [letter] = await letters.arrived()
  assert.ok(letter)
  await steps.signIn(opening, await opening.go('/account'), steps.bob)
  const done = await set(opening, await opening.go(linkIn(letter, '/new-password')))
  const [, onward = ''] = /id="go-on"[^>]*href="([^"]+)"/.exec(done.body) ?? []
  return { signIn, again: await opening.go(onward) }
}

/** Gives Alice her old password back. */
async function restore(): Promise<void> {
  const { account_id, password_hash = '' } = steps.alice
  await steps.stores.accounts.setPassword({ account_id, password_hash, at: steps.parts.clock() })
}

describe('a forgotten password', () => {
  test('R3: leads from the sign-in over the letter back to the very request, which then is answered', async () => {
    const visitor = steps.visitor()
    const signIn = await visitor.go(authorizationUrl({ state: 'kept' }))
    const [, way = ''] = /id="forgot-password" href="([^"]+)"/.exec(signIn.body) ?? []
    const sent = await ask(visitor, 'Alice@example.com ', await visitor.go(way))
    assert.match(wordsOf(sent), /Look in your mailbox.*for 30 minutes/)
    const [letter] = await letters.arrived()
    assert.ok(letter)
    assert.deepEqual(letter.to, ['alice@example.com'])
    const page = await visitor.go(linkIn(letter, '/new-password'))
    const done = await set(visitor, page)
    assert.match(wordsOf(done), /Your password is set/)
    const [notice] = await letters.arrived()
    assert.match(notice?.text ?? '', /The password of your account alice at id\.test was changed/)
    const [, onward = ''] = /id="go-on"[^>]*href="([^"]+)"/.exec(done.body) ?? []
    const again = await visitor.go(onward)
    assert.equal(again.url.pathname, signIn.url.pathname)
    assert.equal((await steps.signIn(visitor, again)).status, 400)
    const consent = await visitor.submit(again, {
      press: 'login-submit',
      fields: { username: 'alice', password: chosen },
    })
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
    await restore()
  })

  test('BR-22: sends nobody on as another who has signed in to the same browser meanwhile', async () => {
    await steps.client({ client_id: 'own', first_party: true })
    const visitor = steps.visitor()
    const { signIn, again } = await onwardBesideBob(visitor, visitor)
    assert.equal(again.url.pathname, signIn.url.pathname)
    const fields = { username: 'alice', password: chosen }
    const end = await visitor.submit(again, { press: 'login-submit', fields })
    assert.equal(end.leaves?.origin, 'https://rp1.test')
    await restore()
  })

  test('BR-22: sends nobody on as another in whose browser they open the letter', async () => {
    const { again } = await onwardBesideBob(steps.visitor(), steps.visitor())
    assert.deepEqual([again.leaves, again.body.includes('id="login-submit"')], [undefined, true])
    await restore()
  })

  test('AC-02: is answered the same for every address, with as much done, and only its owner is written to', async () => {
    const rows = async () => (await steps.database.read(sql`select count(*) as rows from mail_tokens`))[0]?.['rows']
    const answers = []
    for (const email of ['alice@example.com', 'nobody@example.com', 'bob@example.com', 'alice@localhost']) {
      const before = Number(await rows())
      const { status, headers, body } = await ask(steps.visitor(), email)
      assert.equal(Number(await rows()), before + 1, email)
      answers.push({ status, headers, words: wordsOf({ body }) })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.deepEqual(
      (await letters.arrived()).map(({ to }) => to),
      [['alice@example.com']],
    )
  })

  test('AC-02: of a disabled account is answered the same, and nobody is written to', async () => {
    await makeAccount({ ...steps.alice, disabled: true }, steps.stores.accounts)
    assert.equal((await ask(steps.visitor(), 'alice@example.com')).status, 200)
    assert.deepEqual(await letters.arrived(), [])
    await makeAccount(steps.alice, steps.stores.accounts)
  })

  test('AC-19: is asked for by one plain address alone', async () => {
    const odd = [
      'a@x.test,alice@example.com',
      '"a@x"@example.com',
      'alice＠example.com',
      'Alice <alice@example.com>',
      'alice@example.com\r\nBcc: eve@example.com',
      `${'a'.repeat(320)}@example.com`,
      '',
    ]
    for (const email of odd) {
      const page = await ask(steps.visitor(), email)
      assert.equal(page.status, 400, email)
      assert.match(wordsOf(page), /That is not an e-mail address/)
    }
    assert.deepEqual(await letters.arrived(), [])
  })

  test('AC-17: sends five letters an hour to one address, whoever asks, and says the same afterwards', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(steps.visitor(), 'alice@example.com')))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal((await letters.arrived()).length, 5)
    assert.equal(steps.log.filter(({ detail }) => detail['reason'] === 'too_many_letters').length, 7)
    steps.wait(3600)
    await ask(steps.visitor(), 'alice@example.com')
    assert.equal((await letters.arrived()).length, 1)
  })

  test('AC-04: five letters are five, however the address is spelled', async () => {
    const spelled = ['alice@example.com', 'ALICE@example.com', ' alice@EXAMPLE.com', 'Alice@Example.Com\t']
    for (let turn = 0; turn < 12; turn += 1) {
      assert.equal((await ask(steps.visitor(), spelled[turn % spelled.length] ?? '')).status, 200)
    }
    assert.equal((await letters.arrived()).length, 5)
    const visitor = steps.visitor()
    let page = await visitor.go('/forgotten-password')
    for (let tries = 0; tries < 11; tries += 1) page = await ask(visitor, spelled[tries % spelled.length] ?? '')
    assert.equal(page.status, 429)
  })

  test('AC-17: one network that asks again and again has to wait', async () => {
    const visitor = steps.visitor()
    let page = await visitor.go('/forgotten-password')
    for (let tries = 0; tries < 11; tries += 1) page = await ask(visitor, 'alice@example.com')
    assert.equal(page.status, 429)
    assert.match(String(page.headers['retry-after']), /^\d+$/)
    assert.match(wordsOf(page), /Too many attempts/)
  })

  test('tells a person, and what reads no page, when to try again where too many passwords are being hashed', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(await linkFor(visitor))
    const { passwords: idle } = steps.parts
    Object.assign(steps.parts, { passwords: passwords({ concurrency: 0, queue: 0 }) })
    const busy = await set(visitor, page)
    Object.assign(steps.parts, { passwords: idle })
    assert.equal(busy.status, 503)
    assert.equal(busy.headers['retry-after'], '5')
    assert.equal((await set(visitor, busy)).status, 200)
    await restore()
  })

  test('AC-32: is not a page where no mail is sent', async () => {
    Object.assign(steps.parts, { audience: { mail: false, webhooks: [] } })
    const visitor = steps.visitor()
    assert.equal((await visitor.go('/forgotten-password')).status, 404)
    assert.equal((await visitor.post('/forgotten-password', { email: 'alice@example.com' })).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'mail_not_configured')
    assert.doesNotMatch((await visitor.go('/account')).body, /forgot-password/)
    Object.assign(steps.parts, { audience: { mail: true, webhooks: [] } })
  })

  test('a form that was made for another browser asks for nothing', async () => {
    const { status, body } = await steps.visitor().post('/forgotten-password', { email: 'alice@example.com' })
    assert.equal(status, 403)
    assert.match(wordsOf({ body }), /open for too long/)
    assert.deepEqual(await letters.arrived(), [])
  })
})

describe('the link of the letter', () => {
  test('AC-12: begins at the issuer, whatever the request said of its host', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go('/forgotten-password')
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' }
    await visitor.submit(page, { press: 'letter-submit', fields: { email: 'alice@example.com' }, headers })
    const [letter] = await letters.arrived()
    assert.doesNotMatch(letter?.text ?? 'evil', /evil/)
  })

  test('AC-16: does nothing when a scanner opens it ten times; the form sets the password, once', async () => {
    const link = await linkFor()
    for (let visit = 0; visit < 10; visit += 1) assert.equal((await steps.visitor().go(link)).status, 200)
    const visitor = steps.visitor()
    const page = await visitor.go(link)
    assert.equal((await set(visitor, page)).status, 200)
    assert.equal((await set(visitor, page)).status, 410)
    const over = await visitor.go(link)
    assert.match(wordsOf(over), /This link no longer works.*Ask for another e-mail/)
    const [, reference] = /<code id="error-reference">([^<]+)<\/code>/.exec(over.body) ?? []
    const line = steps.log.find(({ detail }) => detail['request_id'] === reference)
    assert.equal(line?.detail['reason'], 'mail_link_over')
    await restore()
  })

  test('AC-14: of twenty who race with it one sets the password', async () => {
    const link = await linkFor()
    const racers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const visitor = steps.visitor()
        return { visitor, page: await visitor.go(link) }
      }),
    )
    const ends = await Promise.all(racers.map(({ visitor, page }) => set(visitor, page)))
    assert.equal(ends.filter(({ status }) => status === 200).length, 1)
    assert.equal((await letters.arrived()).length, 1)
    await restore()
  })

  test('AC-14: that is not ours, was changed, or is for another thing sets nothing', async () => {
    const link = await linkFor()
    const [id = '', signed = ''] = link.split('/').at(-1)?.split('.') ?? []
    const forged = [
      `/new-password/${id}`,
      `/new-password/${id}.${'A'.repeat(43)}`,
      `/new-password/${'A'.repeat(22)}.${signed}`,
      `/new-account/${id}.${signed}`,
    ]
    for (const path of forged)
      assert.equal((await steps.visitor().post(path, { new_password: chosen })).status, 404, path)
    assert.equal(steps.log.filter(({ detail }) => detail['reason'] === 'mail_link_unknown').length, forged.length)
    assert.equal((await steps.visitor().go(link)).status, 200)
  })

  test('AC-14: is over after half an hour, and when the address is the account’s no more', async () => {
    const link = await linkFor()
    await makeAccount(
      { ...steps.alice, claims: { email: 'new@example.com', email_verified: true } },
      steps.stores.accounts,
    )
    assert.equal((await steps.visitor().go(link)).status, 410)
    await makeAccount(steps.alice, steps.stores.accounts)
    steps.wait(mailTokenLifetimes.password_reset - 1)
    assert.equal((await steps.visitor().go(link)).status, 200)
    steps.wait(1)
    assert.equal((await steps.visitor().go(link)).status, 410)
  })
})

describe('a new password', () => {
  must('NIST SP 800-63B §3.1.1.2', 'AC-10: is judged before it is set, and the page says what is wrong', async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(await linkFor(visitor))
    const faults = [
      ['short', /too short: at least 15/],
      ['password12345678', /first that are guessed/],
      ['alicealicealicealice', /little more than a name/],
      ['q'.repeat(1025), /too long/],
    ] as const
    for (const [password, told] of faults) {
      const again = await set(visitor, page, password)
      assert.equal(again.status, 400)
      assert.match(wordsOf(again), told)
    }
    assert.equal((await steps.stores.accounts.find(steps.alice.account_id))?.password_hash, steps.alice.password_hash)
  })

  test('AC-15: ends every session, signs nobody in, and is on record', async () => {
    const elsewhere = steps.visitor()
    await steps.signIn(elsewhere, await elsewhere.go('/account'))
    const visitor = steps.visitor()
    const done = await set(visitor, await visitor.go(await linkFor(visitor)))
    assert.equal(done.status, 200)
    for (const one of [elsewhere, visitor]) assert.match(wordsOf(await one.go('/account')), /Sign in/)
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.equal(event?.event, 'password_set')
    assert.deepEqual(event?.detail, { by: 'letter' })
    await letters.arrived()
    await restore()
  })

  for (const by of ['letter', 'operator'] as const) {
    test(`AC-15: ends what was proved by the password before, on the way to a second factor: by ${by}`, async () => {
      await steps.client({ client_id: `bank by ${by}` }, { required_acr: 'urn:licet:acr:mfa' })
      const attacker = steps.visitor()
      const half = await steps.signIn(attacker, await attacker.go(authorizationUrl({ client_id: `bank by ${by}` })))
      assert.match(wordsOf(half), /Set up a second factor/)
      const { account_id } = steps.alice
      const visitor = steps.visitor()
      if (by === 'letter') await set(visitor, await visitor.go(await linkFor(visitor)))
      else await steps.stores.accounts.endAll(account_id, steps.parts.clock())
      const secret = /id="totp-secret"[^>]*>([A-Z2-7]{32})</.exec(half.body)?.[1] ?? ''
      const one_time_code = new TOTP({ secret }).generate({ timestamp: steps.parts.clock() * 1000 })
      const end = await attacker.submit(half, { press: 'totp-confirm', fields: { one_time_code } })
      assert.match(end.body, /id="login-submit"/)
      assert.equal((await steps.stores.factors.held(account_id)).totp, false)
      await restore()
    })
  }

  test('AC-15: lets nobody in by the password before, which was looked at when it was changed', async () => {
    const { account_id } = steps.alice
    const { passwords: door } = steps.parts
    const verify: typeof door.verify = async (...compared) => {
      const verified = await door.verify(...compared)
      assert.equal(verified, 'right')
      steps.wait(1)
      const password_hash = await door.hash(chosen)
      await steps.stores.accounts.setPassword({ account_id, password_hash, at: steps.parts.clock() })
      return verified
    }
    const attacker = steps.visitor()
    const page = await attacker.go('/account')
    Object.assign(steps.parts, { passwords: { ...door, verify } })
    const end = await steps.signIn(attacker, page)
    Object.assign(steps.parts, { passwords: door })
    assert.match(end.body, /id="login-submit"/)
    assert.equal(attacker.cookies.has('__Host-licet-session'), false)
    assert.deepEqual(await steps.stores.sessions.listByAccount(account_id), [])
    await restore()
  })

  for (const what of ['the address goes back', 'another claim is set'] as const) {
    const isOver = what === 'the address goes back'
    test(`AC-18: ${isOver ? 'is not set' : 'is set all the same'} where ${what} while it is hashed`, async () => {
      const { account_id, claims } = steps.alice
      const visitor = steps.visitor()
      const page = await visitor.go(await linkFor(visitor))
      const { passwords: door } = steps.parts
      const hash: typeof door.hash = async (password) => {
        const at = steps.parts.clock()
        const { token, letter } = newMailToken({ purpose: 'address_undo', account_id, language: 'en' }, at)
        await steps.parts.mailTokens.create(token, letter)
        const { token_id } = token
        if (isOver) await steps.stores.accounts.undoAddress({ account_id, token_id, since: at, claims, at: at + 1 })
        else await steps.stores.accounts.changeClaims({ account_id, claims: { nickname: 'Al' }, at: at + 1 })
        return door.hash(password)
      }
      Object.assign(steps.parts, { passwords: { ...door, hash } })
      const end = await set(visitor, page)
      Object.assign(steps.parts, { passwords: door })
      assert.equal(end.status, isOver ? 410 : 200)
      assert.equal((await steps.stores.accounts.find(account_id))?.password_hash === undefined, isOver)
      await steps.stores.accounts.changeClaims({ account_id, claims: { nickname: null }, at: steps.parts.clock() })
      await restore()
    })
  }

  test('AC-15: is set by one of the letters that were asked for before, and the others are over', async () => {
    const visitor = steps.visitor()
    const links = [await linkFor(visitor), await linkFor(visitor)]
    const [first, second] = await Promise.all(links.map((link) => visitor.go(link)))
    assert.ok(first && second)
    steps.wait(1)
    assert.equal((await set(visitor, second)).status, 200)
    for (const late of [await visitor.go(first.url), await set(visitor, first)]) {
      assert.equal(late.status, 410)
      assert.match(late.body, /href="https:\/\/id\.test\/forgotten-password"/)
    }
    await letters.arrived()
    assert.equal((await visitor.go(await linkFor(visitor))).status, 200)
    await restore()
  })

  test('AC-15: spares nobody the second factor, and leaves it as it is', async () => {
    const { account_id } = steps.alice
    const sealed_secret = sealTotpSecret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', account_id, steps.parts)
    const created_at = steps.parts.clock()
    await steps.stores.oneTimeCodes.enrolTotp({ account_id, sealed_secret, last_step: 0, created_at }, ['one'])
    const visitor = steps.visitor()
    const done = await set(visitor, await visitor.go(await linkFor(visitor)))
    assert.equal(done.status, 200)
    const fields = { username: 'alice', password: chosen }
    const next = await visitor.submit(await visitor.go('/account'), { press: 'login-submit', fields })
    assert.match(next.body, /id="one-time-code"/)
    assert.equal(visitor.cookies.has('__Host-licet-session'), false)
    assert.deepEqual(await steps.stores.factors.held(account_id), { totp: true, recovery_codes: 1, passkeys: 0 })
    await steps.stores.factors.removeAll(account_id)
    await letters.arrived()
    await restore()
  })

  test('AC-16: is not set by a form from elsewhere', async () => {
    const link = await linkFor()
    const page = await steps.visitor().post(link, { new_password: chosen }, { origin: 'https://evil.test' })
    assert.equal(page.status, 403)
    assert.equal((await steps.visitor().post(link, { new_password: chosen })).status, 403)
    assert.equal((await steps.stores.accounts.find(steps.alice.account_id))?.password_hash, steps.alice.password_hash)
  })
})
