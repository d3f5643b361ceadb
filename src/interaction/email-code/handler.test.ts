/** Signing in by a code from a letter: whom it lets in, once, where, and what it is worth. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { makeAccount } from '../../../testing/account.ts'
import { openLetters } from '../../../testing/letters.ts'
import { authorizationUrl, openSteps } from '../../../testing/steps.ts'
import { wordsOf, type Visited, type Visitor } from '../../../testing/visitor.ts'
import { mailTokenLifetimes } from '../../domain/mail-token.ts'
import { sealTotpSecret, stepOf } from '../../identity/totp.ts'
import { sql } from '../../storage/sql.ts'

const steps = await openSteps()
const letters = await openLetters(steps)
Object.assign(steps.parts.settings, { email_codes: 'on' })
after(async () => {
  await letters.close()
  await steps.close()
})
beforeEach(async () => {
  await letters.arrived()
  steps.wait(3600)
})

/** Asks for a code on the way to somewhere. */
async function asked(visitor: Visitor, email = 'alice@example.com', address: string | URL = '/account') {
  const signIn = await visitor.go(address)
  const [, way = ''] = /id="by-email" href="([^"]+)"/.exec(signIn.body) ?? []
  return visitor.submit(await visitor.go(way), { press: 'letter-submit', fields: { email } })
}

async function arrivedCode(): Promise<string> {
  const [letter] = await letters.arrived()
  const [code] = /^[0-9]{8}$/m.exec((letter?.text ?? '').replaceAll('\r', '')) ?? []
  assert.ok(code)
  return code
}

const type = (visitor: Visitor, page: Visited, email_code: string) =>
  visitor.submit(page, { press: 'email-code-submit', fields: { email_code } })

async function sessionOf(visitor: Visitor) {
  const value = visitor.cookies.get('__Host-licet-session') ?? ''
  return steps.stores.sessions.find(steps.parts.secrets.read('session', value)?.id ?? '')
}

describe('a code by mail', () => {
  test('R3: signs in on the way to the very request, and tells the truth of how', async () => {
    const visitor = steps.visitor()
    const page = await asked(visitor, ' Alice@Example.com', authorizationUrl({ state: 'kept' }))
    assert.match(wordsOf(page), /It works in this browser, once, for 10 minutes/)
    assert.equal((await visitor.go(page.url)).body.includes('id="email-code"'), true)
    const code = await arrivedCode()
    const consent = await type(visitor, page, ` ${code.slice(0, 4)} ${code.slice(4)}`)
    const session = await sessionOf(visitor)
    assert.deepEqual([session?.amr, session?.acr], [['otp'], 'urn:licet:acr:email'])
    const end = await visitor.submit(consent, { press: 'consent-allow' })
    assert.equal(end.leaves?.searchParams.get('state'), 'kept')
  })

  test('R3, BR-22: a second press goes on where the first has signed in the same person, and nobody else', async () => {
    await steps.client({ client_id: 'twice' })
    const [visitor, tab] = [steps.visitor(), steps.visitor()]
    const address = authorizationUrl({ client_id: 'twice' })
    const page = await asked(visitor, 'alice@example.com', address)
    const code = await arrivedCode()
    await type(visitor, page, code)
    const again = await type(visitor, page, code)
    assert.deepEqual([again.status, again.url.href], [200, again.url.origin + page.url.pathname])
    assert.ok(again.body.includes('id="consent-allow"'))
    const other = await asked(tab, 'alice@example.com', address)
    await arrivedCode()
    await steps.signIn(tab, await tab.go(`${other.url.origin}${other.url.pathname}`), steps.bob)
    assert.equal((await type(tab, other, '12345678')).status, 400)
  })

  test('BR-23: is less than a password: whoever is asked for that types it', async () => {
    const visitor = steps.visitor()
    const page = await asked(visitor, undefined, authorizationUrl({ acr_values: 'urn:licet:acr:pwd' }))
    const signIn = await type(visitor, page, await arrivedCode())
    assert.match(signIn.body, /id="login-submit"/)
    assert.equal(await sessionOf(visitor), undefined)
    const end = await steps.signIn(visitor, signIn)
    assert.ok(end.leaves)
    assert.equal((await sessionOf(visitor))?.acr, 'urn:licet:acr:pwd')
  })

  test('AC-15: does not spare the second factor', async () => {
    const { account_id } = steps.alice
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    const created_at = steps.parts.clock()
    const sealed_secret = sealTotpSecret(secret, account_id, steps.parts)
    await steps.stores.oneTimeCodes.enrolTotp({ account_id, sealed_secret, last_step: 0, created_at }, [])
    const visitor = steps.visitor()
    const next = await type(visitor, await asked(visitor), await arrivedCode())
    assert.equal(await sessionOf(visitor), undefined)
    const one_time_code = new TOTP({ secret }).generate({ timestamp: created_at * 1000 })
    assert.ok(stepOf(one_time_code, secret, created_at))
    const done = await visitor.submit(next, { press: 'second-factor-submit', fields: { one_time_code } })
    assert.equal(done.url.pathname, '/account')
    assert.equal((await sessionOf(visitor))?.acr, 'urn:licet:acr:mfa')
    await steps.stores.oneTimeCodes.removeTotp(account_id)
  })

  test('AC-14: lets in one of five who race with it', async () => {
    const visitor = steps.visitor()
    const page = await asked(visitor)
    const code = await arrivedCode()
    const ends = await Promise.all(Array.from({ length: 5 }, () => type(visitor, page, code)))
    assert.ok(ends.some(({ url }) => url.pathname === '/account'))
    const [{ signed_in } = {}] = await steps.database.read(
      sql`select count(*) as signed_in from audit_events where event = 'signed_in' and at = ${steps.parts.clock()}`,
    )
    assert.equal(signed_in, 1)
  })

  test('is good in the browser and for the request where it was asked for alone', async () => {
    const [here, there] = [steps.visitor(), steps.visitor()]
    const page = await asked(here)
    const code = await arrivedCode()
    const other = await asked(there, 'nobody@example.com')
    assert.equal((await type(there, other, code)).status, 400)
    const [, token_id = ''] = /name="token_id" value="([^"]+)"/.exec(page.body) ?? []
    const planted = { ...other, body: other.body.replace(/(name="token_id" value=")[^"]+/, `$1${token_id}`) }
    assert.match((await type(there, planted, code)).body, /id="login-submit"/)
    assert.equal(await sessionOf(there), undefined)
    assert.equal((await type(here, page, code)).url.pathname, '/account')
  })

  test('is over after ten minutes, and after five wrong ones', async () => {
    const visitor = steps.visitor()
    const page = await asked(visitor)
    const code = await arrivedCode()
    steps.wait(mailTokenLifetimes.sign_in_code)
    assert.equal((await type(visitor, page, code)).status, 400)
    const again = await asked(visitor)
    const other = await arrivedCode()
    for (const wrong of ['00000000', '', 'x', '１２３４５６７８', '9'.repeat(5000)]) {
      assert.equal((await type(visitor, again, wrong)).status, 400)
    }
    const late = await type(visitor, again, other)
    assert.match(wordsOf(late), /That code is not right, or no longer works/)
  })

  test('AC-02: wrong ones are answered the same whoever has the address, however many letters they are of', async () => {
    const answers = []
    for (const email of ['alice@example.com', 'nobody@example.com']) {
      const [statuses, visitor] = [[] as number[], steps.visitor()]
      for (let letter = 0; letter < 3; letter += 1) {
        const page = await asked(visitor, email)
        for (let tries = 0; tries < 5; tries += 1) statuses.push((await type(visitor, page, '00000000')).status)
      }
      answers.push(statuses)
      steps.wait(3600)
    }
    assert.deepEqual(answers[0], answers[1])
  })

  test('AC-08: signs nobody in whose account was disabled, or has another address meanwhile', async () => {
    for (const change of [{ disabled: true }, { claims: { email: 'new@example.com', email_verified: true } }]) {
      const visitor = steps.visitor()
      const page = await asked(visitor)
      const code = await arrivedCode()
      await makeAccount({ ...steps.alice, ...change }, steps.stores.accounts)
      assert.equal((await type(visitor, page, code)).status, 400)
      await makeAccount(steps.alice, steps.stores.accounts)
    }
  })
})

describe('asking for it', () => {
  test('AC-02: is answered the same for every address, with as much done, and only its owner is written to', async () => {
    const answers = []
    for (const email of ['alice@example.com', 'nobody@example.com', 'bob@example.com', 'alice@localhost']) {
      const visitor = steps.visitor()
      const page = await asked(visitor, email)
      const wrong = await type(visitor, page, '00000000')
      answers.push([page, wrong].map(({ status, body }) => ({ status, words: wordsOf({ body }) })))
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.deepEqual(
      (await letters.arrived()).map(({ to }) => to),
      [['alice@example.com']],
    )
  })

  test('AC-17, AC-19: takes one plain address, sends five letters an hour, and slows down who asks on', async () => {
    const visitor = steps.visitor()
    assert.match(wordsOf(await asked(visitor, 'a@x.test,b@x.test')), /That is not an e-mail address/)
    let page = await asked(visitor)
    for (let tries = 0; tries < 9; tries += 1) page = await asked(visitor)
    assert.equal(page.status, 200)
    assert.equal((await asked(visitor)).status, 429)
    assert.equal((await letters.arrived()).length, 5)
  })

  test('AC-06: codes that strangers ask for take from nobody their own at home, nor a new password elsewhere', async () => {
    const home = steps.visitor()
    await type(home, await asked(home), await arrivedCode())
    for (let count = 0; count < 9; count += 1) await asked(steps.visitor())
    assert.equal((await letters.arrived()).length, 4)
    home.cookies.delete('__Host-licet-session')
    await type(home, await asked(home), await arrivedCode())
    assert.notEqual(await sessionOf(home), undefined)
    const elsewhere = steps.visitor()
    const forgotten = await elsewhere.go('/forgotten-password')
    await elsewhere.submit(forgotten, { press: 'letter-submit', fields: { email: 'alice@example.com' } })
    assert.match((await letters.arrived())[0]?.text ?? '', /\/new-password\//)
    // At home, too, five are sent.
    for (let count = 0; count < 9; count += 1) {
      home.cookies.delete('__Host-licet-session')
      await asked(home)
    }
    assert.equal((await letters.arrived()).length, 4)
  })

  test('AC-32: where it is off there is no such way', async () => {
    const visitor = steps.visitor()
    const page = await asked(visitor)
    const way = page.url.pathname
    Object.assign(steps.parts.settings, { email_codes: 'off' })
    assert.doesNotMatch((await visitor.go('/account')).body, /by-email/)
    assert.match((await visitor.go(`${way}?by=email`)).body, /id="login-submit"/)
    assert.equal((await type(visitor, page, '1')).status, 404)
    assert.equal(steps.log.at(-1)?.detail['reason'], 'email_codes_off')
    Object.assign(steps.parts.settings, { email_codes: 'on' })
  })
})
