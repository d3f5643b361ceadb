import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  mailTokenRecord,
  messageRecord,
  now,
  refreshRecord,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accounts, authorizations, consents, mailTokens, outbox, sessions } = openStores(database)
  const kept = async (otherwise: Parameters<typeof mailTokenRecord>[0] = {}) => {
    const token = mailTokenRecord(otherwise)
    await mailTokens.create(token, messageRecord({ kind: 'mail' }))
    return token
  }

  describe(`tokens of letters in ${name}`, () => {
    test('are kept with their letter, and found as they were made', async () => {
      const letter = messageRecord({ kind: 'mail', queued_at: now - 9 })
      const { account_id: _account, address: _address, interaction_id: _interaction, ...nobodys } = mailTokenRecord()
      await mailTokens.create(nobodys, letter)
      assert.deepEqual(await mailTokens.find(nobodys.token_id), nobodys)
      const token = await kept()
      assert.deepEqual(await mailTokens.find(token.token_id), token)
      assert.ok((await outbox.claim('mail', 1000, now)).some(({ message_id }) => message_id === letter.message_id))
      for (const odd of ['', newId(), '\0', 'x'.repeat(5000)]) assert.equal(await mailTokens.find(odd), undefined)
    })

    test('AC-14: of fifty who race to set a password by one letter exactly one does, and it is that one’s', async () => {
      const account = accountRecord()
      await accounts.create(account)
      const { token_id } = await kept({ account_id: account.account_id })
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async (_each, racer) => ({
          password_hash: `hash ${racer}`,
          outcome: await accounts.setPassword({
            account_id: account.account_id,
            password_hash: `hash ${racer}`,
            at: now,
            token_id,
          }),
        })),
      )
      const winners = outcomes.filter(({ outcome }) => outcome === 'set')
      assert.equal(winners.length, 1)
      assert.equal((await accounts.find(account.account_id))?.password_hash, winners[0]?.password_hash)
      assert.equal((await mailTokens.find(token_id))?.spent_at, now)
    })

    test('AC-33: end at their last second, and a password that cannot be set spends none', async () => {
      const account = accountRecord()
      await accounts.create(account)
      const { account_id } = account
      const { token_id, expires_at } = await kept({ account_id })
      const change = { account_id, password_hash: 'new', token_id }
      assert.equal(await accounts.setPassword({ ...change, account_id: newId(), at: now }), 'lost')
      assert.equal((await mailTokens.find(token_id))?.spent_at, undefined)
      assert.equal(await accounts.setPassword({ ...change, at: expires_at }), 'lost')
      assert.equal(await accounts.setPassword({ ...change, at: expires_at - 1 }), 'set')
      assert.equal(await accounts.setPassword({ ...change, at: expires_at - 1 }), 'lost')
    })

    test('AC-18: make one account, and none where the login is taken: the letter is good for another name', async () => {
      const { token_id } = await kept({ purpose: 'registration' })
      const taken = accountRecord()
      await accounts.create(taken)
      const spent = { token_id, at: now }
      assert.equal(
        await accounts.createBy(spent, accountRecord({ username: taken.username }), auditEventRecord()),
        'login_taken',
      )
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => accounts.createBy(spent, accountRecord(), auditEventRecord())),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'already_spent').length, 19)
    })
  })

  describe(`a password that is set anew in ${name}`, () => {
    test('AC-15: ends every session but the one it was set in, and whatever was authorized before', async () => {
      const account = accountRecord()
      const { account_id } = account
      await accounts.create(account)
      const [here, there] = [sessionRecord({ account_id }), sessionRecord({ account_id })]
      await startSession(here, accounts)
      await startSession(there, accounts)
      const grant = grantRecord({ account_id })
      const at = now + 60
      const authorized = async (created_at: number, { session_id } = here) => {
        const authorization = authorizationRecord(grant, { created_at, session_id })
        await authorizations.create(authorization)
        return authorization.authorization_id
      }
      await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
      const [before, after] = [await authorized(now), await authorized(at)]
      const elsewhere = await authorized(at, there)
      assert.equal(
        await accounts.setPassword({ account_id, password_hash: 'new', at, keep_session: here.session_id }),
        'set',
      )
      assert.equal((await sessions.find(here.session_id))?.ended_at, undefined)
      assert.equal((await sessions.find(there.session_id))?.ended_at, at)
      assert.equal((await authorizations.findStanding(before))?.account?.authorizations_since, at)
      assert.equal(await authorizations.redeem(before, refreshRecord(), at, now + 1), 'lost')
      assert.equal(await authorizations.redeem(after, refreshRecord(), at, now + 1), 'redeemed')
      // In the very second: what was authorized in a session that ended with it is over as well.
      assert.equal(await authorizations.redeem(elsewhere, refreshRecord(), at, now + 1), 'lost')
    })
  })
}
