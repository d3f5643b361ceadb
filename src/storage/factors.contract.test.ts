/** The second factors of an account: each code is spent once, by whomever, and goes with what it stood in for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { accountRecord, interactionRecord, now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import type { Passkey } from '../domain/passkeys.ts'
import { openStores } from './stores.ts'

const hashes = Array.from({ length: 10 }, (_, index) => `hash ${index}`)
const twenty = Array.from({ length: 20 })

function totp(account_id: string) {
  return { account_id, sealed_secret: 'sealed', last_step: 100, created_at: now }
}

function passkey(otherwise: Partial<Passkey> = {}): Passkey {
  return {
    credential_id: newId(),
    account_id: newId(),
    public_key: 'a key',
    counter: 5,
    transports: ['internal', 'hybrid'],
    kind: 'synced',
    name: 'Telephone',
    created_at: now,
    ...otherwise,
  }
}

function browser(account_id: string, browser_hash: string) {
  const expires_at = now + 1000
  return { remembered_id: newId(), account_id, browser_hash, user_agent: 'Firefox', created_at: now, expires_at }
}

for (const [name, database] of await openEach()) {
  const [one, other] = [openStores(database), openStores(database)]

  describe(`second factors in ${name}`, () => {
    test('AC-22: of twenty who spend one time step one does, and none spends it or an older one again', async () => {
      const account_id = newId()
      assert.equal(await one.oneTimeCodes.enrolTotp(totp(account_id), hashes), 'enrolled')
      assert.equal(await other.oneTimeCodes.enrolTotp(totp(account_id), ['another']), 'already_enrolled')
      assert.deepEqual(await one.oneTimeCodes.findTotp(account_id), totp(account_id))
      assert.equal(await one.oneTimeCodes.spendStep(account_id, 100), 'already_spent')
      const spent = await Promise.all(
        twenty.map((_, index) => (index % 2 ? one : other).oneTimeCodes.spendStep(account_id, 102)),
      )
      assert.equal(spent.filter((outcome) => outcome === 'spent').length, 1)
      assert.equal(await one.oneTimeCodes.spendStep(account_id, 101), 'already_spent')
      assert.equal(await one.oneTimeCodes.spendStep(account_id, 103), 'spent')
    })

    test('AC-25: of twenty who spend one recovery code one does; new ones end the old', async () => {
      const account_id = newId()
      assert.equal(await one.oneTimeCodes.replaceRecoveryCodes(account_id, hashes, now), 'unknown')
      await one.oneTimeCodes.enrolTotp(totp(account_id), hashes)
      const spent = await Promise.all(
        twenty.map((_, index) => (index % 2 ? one : other).oneTimeCodes.spendRecoveryCode(account_id, 'hash 3', now)),
      )
      assert.equal(spent.filter((outcome) => outcome === 'spent').length, 1)
      assert.deepEqual(await one.factors.held(account_id), { totp: true, recovery_codes: 9, passkeys: 0 })
      assert.equal(await one.oneTimeCodes.spendRecoveryCode(newId(), 'hash 4', now), 'unknown')
      assert.equal(await one.oneTimeCodes.replaceRecoveryCodes(account_id, ['new'], now), 'replaced')
      assert.equal(await one.oneTimeCodes.spendRecoveryCode(account_id, 'hash 4', now), 'unknown')
      assert.equal(await one.oneTimeCodes.spendRecoveryCode(account_id, 'new', now), 'spent')
    })

    test('a remembered browser is one account’s, until it is forgotten, runs out, or the app goes', async () => {
      const { oneTimeCodes, rememberedBrowsers } = one
      const account_id = newId()
      await rememberedBrowsers.remember(browser(account_id, 'browser'))
      assert.equal(await rememberedBrowsers.isRemembered(account_id, 'browser', now), false)
      await oneTimeCodes.enrolTotp(totp(account_id), hashes)
      const [first, again] = [browser(account_id, 'browser'), browser(account_id, 'browser')]
      await rememberedBrowsers.remember(first)
      await rememberedBrowsers.remember(again)
      assert.deepEqual(await rememberedBrowsers.listByAccount(account_id, now), [again])
      assert.equal(await rememberedBrowsers.isRemembered(account_id, 'browser', now + 999), true)
      assert.equal(await rememberedBrowsers.isRemembered(account_id, 'browser', now + 1000), false)
      assert.equal(await rememberedBrowsers.isRemembered(newId(), 'browser', now), false)
      assert.equal(await rememberedBrowsers.forget(newId(), again.remembered_id), 'unknown')
      assert.equal(await rememberedBrowsers.forget(account_id, again.remembered_id), 'forgotten')
      await rememberedBrowsers.remember(first)
      assert.equal(await oneTimeCodes.removeTotp(account_id), 'removed')
      assert.equal(await oneTimeCodes.removeTotp(account_id), 'unknown')
      assert.equal(await rememberedBrowsers.isRemembered(account_id, 'browser', now), false)
      assert.deepEqual(await one.factors.held(account_id), { totp: false, recovery_codes: 0, passkeys: 0 })
    })

    test('AC-26: a passkey’s counter grows or stays at 0, and of twenty at one value one is used', async () => {
      const counting = passkey()
      const { credential_id, account_id } = counting
      assert.equal(await one.passkeys.create(counting), 'created')
      assert.equal(await one.passkeys.create({ ...counting, account_id: newId() }), 'already_there')
      assert.deepEqual(await one.passkeys.find(credential_id), counting)
      const used = await Promise.all(
        twenty.map((_, index) => (index % 2 ? one : other).passkeys.use(credential_id, 6, now)),
      )
      assert.equal(used.filter((outcome) => outcome === 'used').length, 1)
      assert.equal(await one.passkeys.use(credential_id, 0, now), 'cloned')
      const silent = passkey({ account_id, counter: 0, created_at: now + 1 })
      await one.passkeys.create(silent)
      assert.equal(await one.passkeys.use(silent.credential_id, 0, now), 'used')
      assert.equal(await one.passkeys.use(silent.credential_id, 0, now), 'used')
      const listed = await one.passkeys.listByAccount(account_id)
      assert.deepEqual(
        listed.map((each) => [each.credential_id, each.counter, each.last_used_at]),
        [
          [credential_id, 6, now],
          [silent.credential_id, 0, now],
        ],
      )
    })

    test('AC-29: a passkey is renamed and removed by its own account alone', async () => {
      const { passkeys } = one
      const mine = passkey()
      await passkeys.create(mine)
      assert.equal(await passkeys.rename(newId(), mine.credential_id, 'Mine'), 'unknown')
      assert.equal(await passkeys.remove(newId(), mine.credential_id), 'unknown')
      assert.equal(await passkeys.rename(mine.account_id, mine.credential_id, 'Key ring'), 'renamed')
      assert.equal((await passkeys.find(mine.credential_id))?.name, 'Key ring')
      assert.equal(await passkeys.remove(mine.account_id, mine.credential_id), 'removed')
      assert.equal(await passkeys.find(mine.credential_id), undefined)
    })

    test('all factors go with the account, and by one call', async () => {
      const account = accountRecord()
      const { account_id } = account
      await one.accounts.create(account)
      const enrol = async (): Promise<void> => {
        await one.oneTimeCodes.enrolTotp(totp(account_id), hashes)
        await one.passkeys.create(passkey({ account_id }))
        await one.rememberedBrowsers.remember(browser(account_id, 'browser'))
      }
      const none = { totp: false, recovery_codes: 0, passkeys: 0 }
      await enrol()
      assert.deepEqual(await one.factors.removeAll(account_id), { totp: true, recovery_codes: 10, passkeys: 1 })
      assert.deepEqual(await one.factors.held(account_id), none)
      await enrol()
      await one.accounts.delete(account_id, now)
      assert.deepEqual(await one.factors.held(account_id), none)
      assert.deepEqual(await one.rememberedBrowsers.listByAccount(account_id, now), [])
    })

    test('AC-24: what was proved so far is kept in its interaction, until the sign-in is complete', async () => {
      const interaction = interactionRecord()
      const { interaction_id } = interaction
      const proven = { account_id: newId(), amr: ['pwd'], at: now, account_state: '1' }
      await one.interactions.create(interaction)
      await one.interactions.prove(interaction_id, proven)
      assert.deepEqual(await one.interactions.find(interaction_id), { ...interaction, proven })
      await one.interactions.prove(interaction_id, undefined)
      assert.deepEqual(await one.interactions.find(interaction_id), interaction)
      await one.interactions.prove(interaction_id, proven)
      await one.interactions.signIn(interaction_id, 'session', now)
      assert.equal((await one.interactions.find(interaction_id))?.proven, undefined)
    })

    test('LO-05: what was proved in a browser, here or elsewhere, is forgotten in all its interactions and no others', async () => {
      const [mine, another, theirs] = ['mine', 'mine', 'theirs'].map((browser_hash) =>
        interactionRecord({ browser_hash }),
      )
      assert.ok(mine && another && theirs)
      const proven = { account_id: newId(), amr: ['pwd'], at: now, account_state: '1' }
      const arrival = { issuer: 'https://up.test', subject: '1', provider: 'other', label: 'alice' }
      for (const { interaction_id, ...interaction } of [mine, another, theirs]) {
        await one.interactions.create({ interaction_id, ...interaction })
        await one.interactions.prove(interaction_id, proven)
        await one.interactions.arrive(interaction_id, { ...arrival, email_proof: 'not_believed' })
      }
      await one.interactions.forgetProofs(mine.browser_hash)
      for (const interaction of [mine, another])
        assert.deepEqual(await one.interactions.find(interaction.interaction_id), interaction)
      assert.deepEqual((await one.interactions.find(theirs.interaction_id))?.proven, proven)
    })

    test('are absent, never an error, for what cannot be a key', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000)]) {
        assert.equal(await one.oneTimeCodes.findTotp(odd), undefined)
        assert.equal(await one.oneTimeCodes.spendStep(odd, 1), 'already_spent')
        assert.equal(await one.oneTimeCodes.spendRecoveryCode(odd, 'hash', now), 'unknown')
        assert.equal(await one.oneTimeCodes.replaceRecoveryCodes(odd, [], now), 'unknown')
        assert.equal(await one.oneTimeCodes.removeTotp(odd), 'unknown')
        assert.equal(await one.rememberedBrowsers.isRemembered(odd, odd, now), false)
        assert.deepEqual(await one.rememberedBrowsers.listByAccount(odd, now), [])
        assert.equal(await one.rememberedBrowsers.forget(odd, odd), 'unknown')
        assert.equal(await one.passkeys.find(odd), undefined)
        assert.deepEqual(await one.passkeys.listByAccount(odd), [])
        assert.equal(await one.passkeys.use(odd, 1, now), 'cloned')
        assert.equal(await one.passkeys.rename(odd, odd, ''), 'unknown')
        assert.equal(await one.passkeys.remove(odd, odd), 'unknown')
        assert.deepEqual(await one.factors.removeAll(odd), { totp: false, recovery_codes: 0, passkeys: 0 })
        await one.interactions.prove(odd, undefined)
      }
    })
  })
}
