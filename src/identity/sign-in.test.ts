/** Signing in by password: the same way and the same words for everybody. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { hash as argon2Hash } from '@node-rs/argon2'
import { makeAccount } from '../../testing/account.ts'
import { openSteps } from '../../testing/steps.ts'
import { normalizedLogin, type Accounts } from '../domain/account.ts'
import { isLive } from '../domain/session.ts'
import { networks } from '../kernel/network.ts'
import type { Attempts } from '../domain/attempts.ts'
import { rememberDevice } from './known-device.ts'
import { openThrottle } from './throttle.ts'
import { completeSignIn, provePassword, type Credentials, type PasswordOutcome, type SignInParts } from './sign-in.ts'

const steps = await openSteps()
after(() => steps.close())

let hashed = 0
const parts: SignInParts = {
  ...steps.parts,
  passwords: {
    ...steps.parts.passwords,
    verify: (...given) => {
      hashed += 1
      return steps.parts.passwords.verify(...given)
    },
  },
}

let addresses = 0

function attempt(otherwise: Partial<Credentials> = {}): Promise<PasswordOutcome> {
  return provePassword(credentialsOf(otherwise), parts)
}

function credentialsOf(otherwise: Partial<Credentials>): Credentials {
  return {
    login: 'alice',
    password: 'wonderland',
    device: undefined,
    session: undefined,
    address: `203.0.113.${(addresses += 1) % 250}`,
    user_agent: 'a browser',
    request_id: 'request',
    ...otherwise,
  }
}

async function signedIn(otherwise: Partial<Credentials> = {}) {
  const outcome = await attempt(otherwise)
  if (typeof outcome === 'string' || 'retry_after' in outcome)
    throw new Error(`not signed in: ${JSON.stringify(outcome)}`)
  const { proved } = outcome
  const begun = await completeSignIn(proved, { amr: ['pwd'] }, credentialsOf(otherwise), parts)
  if (begun === 'outdated') throw new Error(begun)
  return { signed_in: proved, ...begun }
}

describe('who signs in', () => {
  test('is found by user name or verified e-mail address, however these are written', async () => {
    for (const login of ['alice', ' Alice ', 'ALICE', 'alice@example.com', 'Alice@Example.COM']) {
      assert.equal((await signedIn({ login })).signed_in.account_id, steps.alice.account_id, login)
    }
  })

  test('gets a session by password that begins now', async () => {
    const { session, session_cookie } = await signedIn()
    const kept = await steps.stores.sessions.find(session.session_id)
    assert.deepEqual(kept, session)
    assert.deepEqual([session.amr, session.acr], [['pwd'], 'urn:licet:acr:pwd'])
    assert.equal(session.auth_time, steps.parts.clock())
    assert.equal(steps.parts.secrets.read('session', session_cookie)?.hash, session.session_hash)
    assert.notEqual(session_cookie, session.session_hash)
  })

  test('AD-13: is in the audit trail, without a secret', async () => {
    const { session_cookie, session } = await signedIn()
    const [event] = await steps.stores.auditEvents.list({ account_id: steps.alice.account_id, limit: 1 })
    assert.equal(event?.event, 'signed_in')
    assert.equal(event.detail['session_id'], session.session_id)
    assert.doesNotMatch(JSON.stringify(event), new RegExp(`${session_cookie}|wonderland`))
  })

  const live = async (id: string): Promise<boolean> => {
    const session = await steps.stores.sessions.find(id)
    return session !== undefined && isLive(session, steps.parts.clock())
  }

  test('BR-08: with the cookie of before replaces what came in its place, and as somebody else ends nothing by it', async () => {
    const before = await signedIn()
    const first = await signedIn({ session: before.session_cookie })
    await signedIn({ login: 'bob', password: 'builder', session: before.session_cookie })
    assert.equal(await live(first.session.session_id), true)
    const second = await signedIn({ session: before.session_cookie })
    assert.deepEqual([await live(first.session.session_id), await live(second.session.session_id)], [false, true])
  })

  test('BR-08: ends the session that the browser had, and no other', async () => {
    const elsewhere = await signedIn()
    const before = await signedIn()
    await signedIn({ session: before.session_cookie })
    assert.equal(await live(before.session.session_id), false)
    assert.equal(await live(elsewhere.session.session_id), true)
  })
})

test('AC-11: a hash of other parameters is replaced at sign-in', async () => {
  const salt = Buffer.alloc(16, 1)
  const old = await argon2Hash('wonderland', { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1, salt })
  await makeAccount({ ...steps.alice, password_hash: old }, steps.stores.accounts)
  await signedIn()
  const account = await steps.stores.accounts.find(steps.alice.account_id)
  assert.match(account?.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.ok(await signedIn())
})

describe('who does not', () => {
  test('AC-01: costs one hash and gets one word, whatever is wrong', async () => {
    const disabled = { ...steps.bob, disabled: true }
    await makeAccount(disabled, steps.stores.accounts)
    const wrong = [
      { password: 'wrong' },
      { login: 'nobody' },
      { login: 'nobody', password: '' },
      { login: '' },
      { login: 'a\u0000b' },
      { login: 'x'.repeat(100_000) },
      { login: 'bob', password: 'builder' },
      { login: 'bob', password: 'wrong' },
    ]
    for (const given of wrong) {
      const before = hashed
      assert.equal(await attempt(given), 'wrong')
      assert.equal(hashed, before + 1)
    }
    await makeAccount(steps.bob, steps.stores.accounts)
  })

  test('AC-08: is told to the operator by reason, and what was typed to nobody', async () => {
    await makeAccount({ ...steps.bob, disabled: true }, steps.stores.accounts)
    await attempt({ login: 'bob', password: 'builder' })
    await attempt({ login: 'my password by mistake', password: 'a secret' })
    await makeAccount(steps.bob, steps.stores.accounts)
    const [disabled, unknown] = steps.log.slice(-2)
    assert.equal(disabled?.detail['reason'], 'account_disabled')
    assert.equal(unknown?.detail['reason'], 'password_wrong')
    assert.doesNotMatch(JSON.stringify(steps.log), /mistake|a secret|builder/)
  })

  test('AC-03: of 200 wrong passwords at once from one place ten are looked at', async () => {
    const before = hashed
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () => attempt({ login: 'guessed', password: 'wrong', address: '192.0.2.99' })),
    )
    assert.equal(hashed, before + 10)
    assert.equal(outcomes.filter((outcome) => outcome === 'wrong').length, 10)
    assert.equal(outcomes.filter((outcome) => typeof outcome === 'object' && 'retry_after' in outcome).length, 190)
  })

  const spelled = {
    alice: [
      'alice',
      'ALICE',
      ' Alice\t',
      'ａｌｉｃｅ',
      'alice@example.com',
      'Alice@EXAMPLE.com ',
      'ａlice＠example．com',
    ],
    nobody: ['señor-nobody', 'SEÑOR-nobody', ' sen\u0303or-nobody ', 'ｓen\u0303or-nobody', 'señor-nobody\u3000'],
  }
  for (const [who, logins] of Object.entries(spelled)) {
    test(`AC-04: of ${who} has ten tries, however the name is spelled and whichever name it is`, async () => {
      const before = hashed
      const outcomes = []
      for (let turn = 0; turn < 30; turn += 1) {
        const login = logins[turn % logins.length] ?? ''
        outcomes.push(await attempt({ login, password: 'wrong', address: '192.0.2.98' }))
      }
      assert.equal(hashed, before + 10)
      assert.deepEqual(new Set(outcomes.slice(0, 10)), new Set(['wrong']))
      for (const outcome of outcomes.slice(10)) assert.ok(typeof outcome === 'object' && 'retry_after' in outcome)
    })
  }

  test('AC-04: is one account for all strangers together, by whichever of its names they try it', async () => {
    steps.wait(3600)
    const before = hashed
    for (let turn = 0; turn < 150; turn += 1) {
      const login = spelled.alice[turn % spelled.alice.length] ?? ''
      await attempt({ login, password: 'wrong', address: `2001:db8:4:${turn.toString(16)}::1` })
    }
    assert.equal(hashed, before + 100)
    steps.wait(3600)
  })

  test('AC-04: is counted as it is looked up: to spell a login twice changes nothing more', () => {
    for (let code = 1; code < 0x3_0000; code += 1) {
      if (code >= 0xd800 && code < 0xe000) continue
      const once = normalizedLogin(`a${String.fromCodePoint(code)}b${String.fromCodePoint(code)}`)
      if (normalizedLogin(once) !== once) assert.fail(code.toString(16))
    }
  })

  test('AC-03: that turn out right are not held against the person', async () => {
    for (let tries = 0; tries < 25; tries += 1) {
      const password = tries % 5 === 4 ? 'wonderland' : 'wrong'
      const outcome = await attempt({ password, address: '192.0.2.150' })
      assert.ok(outcome === 'wrong' || 'proved' in Object(outcome), `attempt ${tries}`)
    }
  })

  test('RL-23: is neither looked up nor counted where there is no room to look at the password, and the owner gets in all the same', async () => {
    const { device_cookie } = await signedIn()
    const counted: string[] = []
    const lookedUp: string[] = []
    const accounts: Accounts = {
      ...steps.stores.accounts,
      findByLogin(login) {
        lookedUp.push(login)
        return steps.stores.accounts.findByLogin(login)
      },
    }
    const attempts: Attempts = {
      ...steps.stores.attempts,
      count(key, ...rest) {
        counted.push(key)
        return steps.stores.attempts.count(key, ...rest)
      },
    }
    const full: SignInParts = {
      ...parts,
      accounts,
      throttle: openThrottle({ ...steps.parts, attempts, exempt: networks([]) }),
      passwords: { ...parts.passwords, turnsAway: (asker) => asker === 'stranger' },
    }
    for (const login of ['alice', 'nobody']) {
      assert.equal(await provePassword(credentialsOf({ login }), full), 'busy')
    }
    assert.deepEqual(lookedUp, [])
    const another = credentialsOf({ device: rememberDevice(parts.secrets, undefined, 'another') })
    assert.equal(await provePassword(another, full), 'busy')
    assert.deepEqual([lookedUp, counted], [['alice'], []])
    assert.ok('proved' in Object(await provePassword(credentialsOf({ device: device_cookie }), full)))
    assert.equal(counted.length, 1)
  })

  test('AC-06: does not keep out the owner, at a device that is known', async () => {
    const { device_cookie } = await signedIn()
    for (let index = 0; index < 150; index += 1) {
      await attempt({ password: 'wrong', address: `2001:db8:${index.toString(16)}::1` })
    }
    const stranger = await attempt({ address: '192.0.2.200' })
    assert.ok(typeof stranger === 'object' && 'retry_after' in stranger)
    assert.ok(await signedIn({ device: device_cookie, address: '192.0.2.201' }))
  })
})
