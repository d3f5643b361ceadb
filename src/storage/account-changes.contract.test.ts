/** What a person changes about their own account, on both databases: claims, the address, and what ends with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  accountRecord,
  auditEventRecord,
  mailTokenRecord,
  messageRecord,
  now,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import type { Account } from '../domain/account.ts'
import { signInMemory } from '../domain/session.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accounts, auditEvents, factors, mailTokens, oneTimeCodes, outbox, passkeys, upstreamIdentities, sessions } =
    openStores(database)
  const letterTo = async (account_id: string, otherwise: Parameters<typeof mailTokenRecord>[0] = {}) => {
    const token = mailTokenRecord({ account_id, purpose: 'address_change', ...otherwise })
    await mailTokens.create(token, messageRecord({ kind: 'mail' }))
    return token
  }
  const kept = async (otherwise: Partial<Account> = {}): Promise<Account> => {
    const account = accountRecord(otherwise)
    await accounts.create(account)
    return account
  }
  const addressed = (email: string) => ({ email, email_verified: true })
  const undoOf = (account_id: string, at: number) => ({
    token: mailTokenRecord({ account_id, purpose: 'address_undo', created_at: at, expires_at: at + 9999 }),
    letter: messageRecord({ kind: 'mail' }),
  })

  describe(`claims in ${name}`, () => {
    test('of twenty who set one each at the same moment nobody undoes another’s', async () => {
      const { account_id, claims } = await kept()
      const names = Array.from({ length: 20 }, (_each, place) => `claim_${place}`)
      const outcomes = await Promise.all(
        names.map((claim) => accounts.changeClaims({ account_id, claims: { [claim]: claim }, at: now })),
      )
      assert.deepEqual(new Set(outcomes), new Set(['changed']))
      const expected = { ...claims, ...Object.fromEntries(names.map((claim) => [claim, claim])) }
      assert.deepEqual((await accounts.find(account_id))?.claims, expected)
    })

    test('are taken away by null, and come with their news or not at all', async () => {
      const { account_id } = await kept({ claims: { nickname: 'Al', odd: { __proto: 1 } } })
      const event = auditEventRecord({ account_id })
      const news = { event, notices: [messageRecord({ kind: 'mail' })] }
      assert.equal(
        await accounts.changeClaims({ account_id, claims: { nickname: null }, at: now + 1, ...news }),
        'changed',
      )
      const found = await accounts.find(account_id)
      assert.deepEqual([found?.claims, found?.updated_at], [{ odd: { __proto: 1 } }, now + 1])
      assert.deepEqual(
        (await auditEvents.list({ account_id, limit: 9 })).map(({ event_id }) => event_id),
        [event.event_id],
      )
      for (const odd of [newId(), '\0', '']) {
        assert.equal(await accounts.changeClaims({ account_id: odd, claims: {}, at: now, ...news }), 'lost')
      }
    })
  })

  describe(`an address that is changed in ${name}`, () => {
    test('AC-18: of fifty accounts that race for one address exactly one has it, each by its own letter', async () => {
      const email = `${newId()}@race.test`
      const racers = await Promise.all(Array.from({ length: 50 }, () => kept()))
      const outcomes = await Promise.all(
        racers.map(async ({ account_id }) => {
          const { token_id } = await letterTo(account_id)
          return accounts.changeAddress({ account_id, token_id, claims: addressed(email), at: now })
        }),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'login_taken').length, 49)
    })

    test('AC-14: of fifty who race with one letter one changes it; a letter that is too old changes nothing', async () => {
      const { account_id } = await kept()
      const { token_id, expires_at } = await letterTo(account_id)
      const change = (at: number) =>
        accounts.changeAddress({ account_id, token_id, claims: addressed(`${newId()}@new.test`), at })
      assert.equal(await change(expires_at), 'lost')
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => change(now)))
      assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 1)
    })

    test('AC-18: is changed once in a second, so that it is known which address came first', async () => {
      const { account_id } = await kept()
      const change = async (at: number) => {
        const { token_id } = await letterTo(account_id)
        const undo = undoOf(account_id, at)
        return accounts.changeAddress({ account_id, token_id, claims: addressed(`${newId()}@n.test`), at, undo })
      }
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => change(now)))
      assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 1)
      assert.equal(await change(now + 1), 'changed')
    })

    test('AC-18: goes back with everything that whoever changed it could get in by', async () => {
      const account = await kept()
      const { account_id, claims } = account
      const { token_id } = await letterTo(account_id)
      const undo = undoOf(account_id, now)
      await accounts.changeAddress({ account_id, token_id, claims: addressed(`${newId()}@n.test`), at: now, undo })
      assert.deepEqual(await mailTokens.find(undo.token.token_id), undo.token)
      assert.ok((await outbox.claim('mail', 1000, now)).some(({ message_id }) => message_id === undo.letter.message_id))
      const later = await letterTo(account_id, { created_at: now + 1 })
      const earlier = await letterTo(account_id, { created_at: now - 1 })
      const session = sessionRecord({ account_id })
      await startSession(session, accounts)
      const own = { account_id, public_key: 'k', counter: 0, transports: [], kind: 'synced', name: 'n' } as const
      await passkeys.create({ ...own, credential_id: newId(), created_at: now - 1 })
      await passkeys.create({ ...own, credential_id: newId(), created_at: now })
      const elsewhere = { account_id, issuer: 'https://up.test', provider: 'up', label: 'l' }
      for (const created_at of [now - 1, now]) {
        await upstreamIdentities.link({ ...elsewhere, identity_id: newId(), subject: newId(), created_at })
      }
      const change = { account_id, token_id: undo.token.token_id, since: now, claims, at: now + 9 }
      assert.equal(await accounts.undoAddress(change), 'changed')
      const found = await accounts.find(account_id)
      assert.deepEqual([found?.claims, found?.password_hash, found?.authorizations_since], [claims, undefined, now + 9])
      assert.equal((await sessions.find(session.session_id))?.ended_at, now + 9)
      assert.deepEqual(
        (await passkeys.listByAccount(account_id)).map(({ created_at }) => created_at),
        [now - 1],
      )
      const left = await upstreamIdentities.listByAccount(account_id)
      assert.deepEqual(
        left.map(({ created_at }) => created_at),
        [now - 1],
      )
      assert.equal((await mailTokens.find(later.token_id))?.spent_at, now + 9)
      assert.equal((await mailTokens.find(earlier.token_id))?.spent_at, undefined)
      assert.equal(await accounts.undoAddress(change), 'lost')
    })
  })

  describe(`what somebody is let do in ${name}`, () => {
    const ends = {
      'another password': ({ account_id }: Account) =>
        accounts.setPassword({ account_id, password_hash: 'of its person', at: now + 9 }),
      'an address that went back': async ({ account_id, claims }: Account) => {
        const { token_id } = await letterTo(account_id, { purpose: 'address_undo' })
        return accounts.undoAddress({ account_id, token_id, since: now, claims, at: now + 9 })
      },
      'a wish to be deleted': ({ account_id }: Account) =>
        accounts.askDeletion({ account_id, at: now + 9, deletes_at: now + 99, keep_session: '' }),
      'its deletion': ({ account_id }: Account) => accounts.delete(account_id, now + 9),
    }
    for (const [what, end] of Object.entries(ends)) {
      test(`AC-15: is not done once there is ${what}, nor told of: nobody who was put out comes back by it`, async () => {
        const proved = await kept()
        const { account_id } = proved
        const { token_id } = await letterTo(account_id)
        await end(proved)
        const before = await accounts.find(account_id)
        const event = auditEventRecord({ account_id })
        const news = { proved, event }
        const change = { account_id, at: now + 9, ...news }
        assert.equal(await accounts.setPassword({ ...change, password_hash: 'of a thief' }), 'lost')
        const claims = addressed(`${newId()}@thief.test`)
        assert.equal(await accounts.changeAddress({ ...change, token_id, claims }), 'lost')
        const passkey = { account_id, public_key: 'k', counter: 0, transports: [], kind: 'synced', name: 'n' } as const
        const made = { ...passkey, credential_id: newId(), created_at: now + 9 }
        assert.equal(await passkeys.create(made, news), 'already_there')
        const factor = { account_id, sealed_secret: 's', last_step: 1, created_at: now + 9 }
        assert.equal(await oneTimeCodes.enrolTotp(factor, ['h'], news), 'already_enrolled')
        const elsewhere = { account_id, issuer: 'https://up.test', provider: 'up', label: 'l', subject: newId() }
        const identity = { ...elsewhere, identity_id: newId(), created_at: now + 9 }
        assert.equal(await upstreamIdentities.link(identity, news), 'not_linked')
        assert.equal(await upstreamIdentities.find(identity), undefined)
        assert.deepEqual(await accounts.find(account_id), before)
        assert.deepEqual(await factors.held(account_id), { totp: false, recovery_codes: 0, passkeys: 0 })
        assert.deepEqual(await auditEvents.list({ account_id, limit: 9 }), [])
        const again = await accounts.find(account_id)
        if (again !== undefined) assert.equal(await passkeys.create(made, { proved: again }), 'created')
      })
    }
  })

  describe(`sign-ins in ${name}`, () => {
    test('are listed since a moment, ended or not, the newest first', async () => {
      const account_id = newId()
      const [old, ended, live] = [now - signInMemory - 1, now - 2, now - 1].map((created_at) =>
        sessionRecord({ account_id, created_at }),
      )
      for (const session of [old, ended, live]) if (session !== undefined) await startSession(session, accounts)
      await sessions.end(ended?.session_id ?? '', now)
      const listed = await sessions.listSignIns(account_id, now - signInMemory, 9)
      assert.deepEqual(listed, [live, { ...ended, ended_at: now }])
      assert.equal((await sessions.listSignIns(account_id, 0, 1)).length, 1)
      assert.deepEqual(await sessions.listSignIns('\0', 0, 9), [])
    })

    test('RT-10: all end at once, with all that was authorized before, of their own account alone', async () => {
      const { account_id } = await kept()
      const [mine, other, strangers] = [account_id, account_id, newId()].map((of) => sessionRecord({ account_id: of }))
      for (const session of [mine, other, strangers]) if (session !== undefined) await startSession(session, accounts)
      await accounts.endAll(account_id, now + 1)
      await accounts.endAll('\0', now + 1)
      const ends = await Promise.all([mine, other, strangers].map((one) => sessions.find(one?.session_id ?? '')))
      assert.deepEqual(
        ends.map((one) => one?.ended_at),
        [now + 1, now + 1, undefined],
      )
      assert.equal((await accounts.find(account_id))?.authorizations_since, now + 1)
    })

    test('AC-27: one that is disowned ends, of its own account alone', async () => {
      const { account_id } = await kept()
      const [mine, theirs, strangers] = [account_id, account_id, newId()].map((of) => sessionRecord({ account_id: of }))
      for (const session of [mine, theirs, strangers]) if (session !== undefined) await startSession(session, accounts)
      const keep_session = mine?.session_id ?? ''
      const disowned = { account_id, at: now + 1, others: 'kept', keep_session } as const
      for (const session of [strangers, theirs])
        await accounts.disown({ ...disowned, session_id: session?.session_id ?? '' })
      const ends = await Promise.all([mine, theirs, strangers].map((one) => sessions.find(one?.session_id ?? '')))
      assert.deepEqual(
        ends.map((one) => one?.ended_at),
        [undefined, now + 1, undefined],
      )
      assert.equal((await accounts.find(account_id))?.authorizations_since, undefined)
      await accounts.disown({ ...disowned, session_id: '\0' })
    })
  })
}
