import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import type { Attempts } from '../domain/attempts.ts'
import type { EventLog } from '../domain/event-log.ts'
import { networks } from '../kernel/network.ts'
import type { Seconds } from '../kernel/time.ts'
import { openStores } from '../storage/stores.ts'
import { openThrottle, usualLimits, type SignInAttempt, type Throttled, type ThrottleLimits } from './throttle.ts'

const few: ThrottleLimits = {
  stranger: { attempts: 10, window: 600 },
  knownDevice: { attempts: 5, window: 300 },
  network: { attempts: 30, window: 600 },
  account: { attempts: 50, window: 3600 },
  everybody: { attempts: 100, window: 600 },
  networkUnderSpraying: { attempts: 3, window: 600 },
}
const start = 1_800_000_000

const allowed = (turns: readonly Throttled[]): number => turns.filter((turn) => 'allowed' in turn).length
const from = (number: number): string => `203.0.${Math.floor(number / 250)}.${number % 250}`

for (const [name, database] of await openEach()) {
  const { attempts } = openStores(database)

  /** A throttle of its own over the one database: every test has accounts and a day to itself. */
  let day = 0
  function throttleOf(limits: ThrottleLimits = few) {
    let at = start + (day += 1) * 86_400
    const events: string[] = []
    const log: EventLog = { info: () => undefined, warn: (event) => void events.push(event), error: () => undefined }
    const counted: string[] = []
    const count: Attempts['count'] = (key, window, now) => {
      counted.push(key)
      return attempts.count(key, window, now)
    }
    const parts = {
      attempts: { ...attempts, count },
      log,
      limits,
      clock: () => at,
      exempt: networks(['127.0.0.0/8']),
    }
    return {
      throttle: openThrottle(parts),
      other: openThrottle(parts),
      events,
      counted,
      pass: (time: Seconds) => void (at += time),
    }
  }

  describe(`throttling over ${name}`, () => {
    after(() => database.close())

    test('AC-03: of 200 attempts at once, on two nodes, ten get as far as the password', async () => {
      const { throttle, other, pass } = throttleOf()
      const attempt: SignInAttempt = { account: 'alice', address: '203.0.113.1' }
      const turns = await Promise.all(
        Array.from({ length: 200 }, (_, number) => (number % 2 === 0 ? throttle : other).attempt(attempt)),
      )
      assert.equal(allowed(turns), 10)
      pass(100)
      assert.deepEqual(await throttle.attempt(attempt), { retry_after: 500 })
      pass(499)
      assert.deepEqual(await throttle.attempt(attempt), { retry_after: 1 })
      pass(1)
      assert.deepEqual(await throttle.attempt(attempt), { allowed: true })
    })

    test('DS-03: a flood from one network costs a count a second, not one a try', async () => {
      const { throttle, counted, pass } = throttleOf()
      const flood = async (name: string, tries: number): Promise<number> => {
        const before = counted.length
        for (let number = 0; number < tries; number += 1) {
          await throttle.attempt({ account: `${name} ${number}`, address: '203.0.113.1' })
        }
        return counted.length - before
      }
      await flood('first', few.network.attempts + 1)
      assert.equal(await flood('others', 100), 0)
      pass(1)
      assert.equal(await flood('again', 100), 2)
    })

    test('RL-23: what is known without counting is told without counting, for as long as it is known', async () => {
      const { throttle, counted, pass } = throttleOf()
      const stranger: SignInAttempt = { account: 'alice', address: '203.0.113.1' }
      assert.equal(throttle.known(stranger), undefined)
      for (let number = 0; number <= few.account.attempts; number += 1) {
        await throttle.attempt({ account: 'alice', address: from(number) })
      }
      const before = counted.length
      assert.deepEqual(throttle.known(stranger), { retry_after: 3600 })
      assert.equal(throttle.known({ ...stranger, known_device: 'phone' }), undefined)
      assert.equal(throttle.known({ ...stranger, address: '127.0.0.1' }), undefined)
      assert.equal(throttle.known({ ...stranger, account: 'bob' }), undefined)
      pass(1)
      assert.equal(throttle.known(stranger), undefined)
      assert.equal(counted.length, before)
    })

    test('AC-05: a network is one, however its addresses are spelled and rotated', async () => {
      const { throttle } = throttleOf()
      const turns: Throttled[] = []
      for (let number = 0; number < 20; number += 1) {
        turns.push(await throttle.attempt({ account: 'alice', address: `2001:db8:1:2:${number.toString(16)}::1` }))
      }
      assert.equal(allowed(turns), 10)
      const mapped = ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:c000:209']
      const others = await Promise.all(
        Array.from({ length: 30 }, (_, number) =>
          throttle.attempt({ account: 'bob', address: mapped[number % 3] ?? '' }),
        ),
      )
      assert.equal(allowed(others), 10)
    })

    test('AC-06: whatever strangers do, a device that the account knows gets in', async () => {
      const { throttle } = throttleOf()
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(
          Array.from({ length: 500 }, (_, number) =>
            throttle.attempt({ account: 'alice', address: from(number % 100) }),
          ),
        )
      }
      assert.ok('retry_after' in (await throttle.attempt({ account: 'alice', address: '198.51.100.1' })))
      const owner = { account: 'alice', address: from(1), known_device: 'kitchen' }
      for (let morning = 0; morning < 20; morning += 1) {
        assert.deepEqual(await throttle.attempt(owner), { allowed: true })
        await throttle.succeeded(owner)
      }
    })

    test('AC-06: a stolen device guesses no more than its own few, and the owner has another', async () => {
      const { throttle } = throttleOf()
      const stolen = { account: 'alice', address: '203.0.113.1', known_device: 'stolen' }
      assert.equal(allowed(await Promise.all(Array.from({ length: 50 }, () => throttle.attempt(stolen)))), 5)
      assert.deepEqual(await throttle.attempt({ ...stolen, known_device: 'kitchen' }), { allowed: true })
      assert.deepEqual(await throttle.attempt({ account: 'alice', address: '203.0.113.1' }), { allowed: true })
    })

    test('a right password ends the count of its account, and no one’s network count', async () => {
      const { throttle } = throttleOf()
      const mistyped = { account: 'alice', address: '203.0.113.1' }
      for (let round = 0; round < 3; round += 1) {
        for (let slip = 0; slip < 9; slip += 1) assert.deepEqual(await throttle.attempt(mistyped), { allowed: true })
        assert.deepEqual(await throttle.attempt(mistyped), { allowed: true })
        await throttle.succeeded(mistyped)
      }
      // Twenty-seven slips stayed counted for the network; three more make its thirty.
      const turns = await Promise.all(
        Array.from({ length: 10 }, (_, number) =>
          throttle.attempt({ account: `other ${number}`, address: '203.0.113.1' }),
        ),
      )
      assert.equal(allowed(turns), 3)
    })

    test('an office behind one address is not slowed down by signing in', async () => {
      const { throttle } = throttleOf()
      for (let person = 0; person < 120; person += 1) {
        const attempt = { account: `person ${person}`, address: '203.0.113.1' }
        assert.deepEqual(await throttle.attempt(attempt), { allowed: true })
        await throttle.succeeded(attempt)
      }
    })

    test('AC-09: from one network, one password at 5,000 accounts is tried at few', async () => {
      const { throttle } = throttleOf()
      const turns = await Promise.all(
        Array.from({ length: 500 }, (_, number) =>
          throttle.attempt({ account: `person ${number}`, address: '203.0.113.1' }),
        ),
      )
      assert.equal(allowed(turns), 30)
    })

    test('AC-09: from many networks, spraying is noticed once, and each network is left with less', async () => {
      const { throttle, events } = throttleOf()
      const turns: Throttled[] = []
      for (let number = 0; number < 500; number += 1) {
        turns.push(await throttle.attempt({ account: `person ${number}`, address: from(number % 20) }))
      }
      assert.equal(allowed(turns), 100)
      assert.deepEqual(events, ['password_spraying_noticed'])
      assert.deepEqual(await throttle.attempt({ account: 'alice', address: '198.51.100.7' }), { allowed: true })
      const home = { account: 'bob', address: from(1), known_device: 'kitchen' }
      assert.deepEqual(await throttle.attempt(home), { allowed: true })
    })

    test('networks that are exempt are neither counted nor slowed down', async () => {
      const { throttle } = throttleOf()
      const attempt = { account: 'alice', address: '::ffff:127.0.0.1' }
      assert.equal(allowed(await Promise.all(Array.from({ length: 200 }, () => throttle.attempt(attempt)))), 200)
      await throttle.succeeded(attempt)
    })

    test('keys are kept apart whatever is typed as an account', async () => {
      const { throttle } = throttleOf({ ...usualLimits, stranger: { attempts: 1, window: 600 } })
      for (const account of [
        '',
        'a',
        'a","b',
        '["a"]',
        '\0',
        '\ud800',
        'x'.repeat(100_000),
        `${'x'.repeat(100_000)}y`,
      ]) {
        assert.deepEqual(await throttle.attempt({ account, address: '203.0.113.1' }), { allowed: true })
        assert.ok('retry_after' in (await throttle.attempt({ account, address: '203.0.113.1' })))
      }
    })
  })
}
