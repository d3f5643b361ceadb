/** Accounts elsewhere: each is one account's here, and the last way in stays, however many race. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { accountRecord, interactionRecord, mailTokenRecord, messageRecord, now } from '../../testing/records.ts'
import type { UpstreamIdentity } from '../domain/upstream.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

const twenty = Array.from({ length: 20 })

function identity(account_id: string, otherwise: Partial<UpstreamIdentity> = {}): UpstreamIdentity {
  return {
    identity_id: newId(),
    account_id,
    issuer: 'https://up.test',
    subject: newId(),
    provider: 'up',
    label: 'alice@example.com',
    created_at: now,
    ...otherwise,
  }
}

for (const [name, database] of await openEach()) {
  const [one, other] = [openStores(database), openStores(database)]

  describe(`accounts elsewhere in ${name}`, () => {
    test('AC-20: of twenty accounts that race for one, one has it; it can be told so twice', async () => {
      const subject = newId()
      const racers = twenty.map(() => identity(newId(), { subject }))
      const outcomes = await Promise.all(
        racers.map((each, index) => (index % 2 ? one : other).upstreamIdentities.link(each)),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'linked').length, 1)
      const winner = racers[outcomes.indexOf('linked')]
      assert.ok(winner)
      assert.deepEqual(await one.upstreamIdentities.find(winner), winner)
      assert.equal(await one.upstreamIdentities.link(winner), 'linked')
      assert.equal(await one.upstreamIdentities.find({ issuer: 'https://other.test', subject }), undefined)
    })

    test('of twenty who take the last two, none or one goes: a way in stays', async () => {
      const { password_hash: _none, ...account } = accountRecord()
      const { account_id } = account
      await one.accounts.create(account)
      const two = [identity(account_id), identity(account_id)]
      for (const each of two) await one.upstreamIdentities.link(each)
      const outcomes = await Promise.all(
        twenty.map((_, index) =>
          (index % 3 ? one : other).upstreamIdentities.unlink(account_id, two[index % 2]?.identity_id ?? ''),
        ),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'unlinked').length, 1)
      assert.equal((await one.upstreamIdentities.listByAccount(account_id)).length, 1)
    })

    test('AC-29: one is taken by its own account alone, where a password is left to sign in with', async () => {
      const account = accountRecord({ password_hash: 'a hash' })
      await one.accounts.create(account)
      const mine = identity(account.account_id)
      await one.upstreamIdentities.link(mine)
      await one.upstreamIdentities.use(mine.identity_id, now + 5)
      assert.deepEqual(await one.upstreamIdentities.listByAccount(account.account_id), [
        { ...mine, last_used_at: now + 5 },
      ])
      assert.equal(await one.upstreamIdentities.unlink(newId(), mine.identity_id), 'unknown')
      assert.equal(await one.upstreamIdentities.unlink(account.account_id, mine.identity_id), 'unlinked')
      assert.equal(await one.upstreamIdentities.find(mine), undefined)
    })

    test('an account that is made of one is made with it, or not at all', async () => {
      const [account, second] = [accountRecord(), accountRecord()]
      const its = identity(account.account_id)
      assert.equal(await one.accounts.createWith(its, account), 'created')
      const again = { ...its, account_id: second.account_id, identity_id: newId() }
      assert.equal(await one.accounts.createWith(again, second), 'identity_taken')
      assert.equal(await one.accounts.find(second.account_id), undefined)
      const named = { ...second, username: account.username }
      const fresh = identity(second.account_id)
      assert.equal(await one.accounts.createWith(fresh, named), 'login_taken')
      assert.equal(await one.upstreamIdentities.find(fresh), undefined)
    })

    test('AC-33: of twenty who race with one letter one makes an account, and of the others nothing is there', async () => {
      const token = mailTokenRecord({ purpose: 'invitation', created_at: now, expires_at: now + 60 })
      const { account_id: _none, ...invitation } = token
      await one.mailTokens.create(invitation, messageRecord({ kind: 'mail' }))
      const { token_id } = invitation
      const racers = twenty.map(() => accountRecord())
      const identities = racers.map(({ account_id }) => identity(account_id))
      const outcomes = await Promise.all(
        racers.map((account, each) => {
          const { accounts } = each % 2 ? one : other
          return accounts.createWith(identities[each] ?? identity(''), account, {}, { token_id, at: now })
        }),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'already_spent').length, 19)
      const made = await Promise.all(racers.map(({ account_id }) => one.accounts.find(account_id)))
      const linked = await Promise.all(identities.map((each) => one.upstreamIdentities.find(each)))
      const winner = outcomes.indexOf('created')
      for (const [each, account] of made.entries()) assert.equal(account !== undefined, each === winner)
      for (const [each, found] of linked.entries()) assert.equal(found !== undefined, each === winner)
    })

    test('AC-33: a letter is not spent for an account that cannot be made', async () => {
      const token = mailTokenRecord({ purpose: 'invitation', created_at: now, expires_at: now + 60 })
      await one.mailTokens.create(token, messageRecord({ kind: 'mail' }))
      const spent = { token_id: token.token_id, at: now }
      const holder = accountRecord()
      const its = identity(holder.account_id)
      await one.accounts.createWith(its, holder)
      const second = accountRecord()
      const again = { ...its, account_id: second.account_id, identity_id: newId() }
      assert.equal(await one.accounts.createWith(again, second, {}, spent), 'identity_taken')
      const named = { ...second, username: holder.username }
      assert.equal(await one.accounts.createWith(identity(second.account_id), named, {}, spent), 'login_taken')
      const late = { ...spent, at: now + 60 }
      assert.equal(await one.accounts.createWith(identity(second.account_id), second, {}, late), 'already_spent')
      assert.equal(await one.accounts.createWith(identity(second.account_id), second, {}, spent), 'created')
    })

    test('AC-30: all of them go with the account', async () => {
      const account = accountRecord()
      const its = identity(account.account_id)
      await one.accounts.createWith(its, account)
      await one.accounts.delete(account.account_id, now)
      assert.equal(await one.upstreamIdentities.find(its), undefined)
    })

    test('an arrival waits in its interaction until it is said whose it is', async () => {
      const interaction = interactionRecord()
      const { interaction_id } = interaction
      await one.interactions.create(interaction)
      const { issuer, subject, provider, label } = identity(newId())
      const arrival = { issuer, subject, provider, label, email_proof: 'not_believed' } as const
      await one.interactions.arrive(interaction_id, arrival)
      assert.deepEqual((await other.interactions.find(interaction_id))?.arrival, arrival)
      await one.interactions.arrive(interaction_id, undefined)
      assert.deepEqual(await one.interactions.find(interaction_id), interaction)
    })

    test('are absent, never an error, for what cannot be a key', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000)]) {
        assert.equal(await one.upstreamIdentities.find({ issuer: odd, subject: odd }), undefined)
        assert.deepEqual(await one.upstreamIdentities.listByAccount(odd), [])
        assert.equal(await one.upstreamIdentities.unlink(odd, odd), 'unknown')
        await one.upstreamIdentities.use(odd, now)
        await one.interactions.arrive(odd, undefined)
      }
    })
  })
}
