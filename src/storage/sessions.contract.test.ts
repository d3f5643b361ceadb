import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openEach } from '../../testing/databases.ts'
import {
  accountRecord,
  auditEventRecord,
  authorizationRecord,
  grantRecord,
  now,
  sessionClientRecord,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import type { Session } from '../domain/session.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from './sql.ts'
import { openStores } from './stores.ts'

interface Told {
  readonly account_id: string
  readonly client_id: string
  readonly sid: string
}

for (const [name, database] of await openEach()) {
  const { accounts, auditEvents, authorizations, outbox, sessions } = openStores(database)

  /** What clients are told of an account's sessions since it was last asked. */
  async function queued(account_id: string): Promise<readonly Omit<Told, 'account_id'>[]> {
    const claimed = await outbox.claim('logout_token', 100, now + 10)
    for (const message of claimed) await outbox.remove(message)
    return claimed
      .toSorted((one, other) => (one.message_id < other.message_id ? -1 : 1))
      .map(({ payload }) => payload as unknown as Told)
      .flatMap(({ account_id: of, ...told }) => (of === account_id ? [told] : []))
  }

  const newsFor = (account_id: string) => ({ event: auditEventRecord({ account_id }) })

  async function signedIn(account_id = newId()): Promise<Session> {
    const session = sessionRecord({ account_id })
    await startSession(session, accounts)
    return session
  }

  describe(`sessions in ${name}`, () => {
    test('come back as they were given', async () => {
      const session = sessionRecord({ amr: ['pwd', 'otp'], user_agent: 'ü "quoted" \\' })
      await startSession(session, accounts)
      assert.deepEqual(await sessions.find(session.session_id), session)
    })

    test('hold whatever a browser says of itself', async () => {
      const session = sessionRecord({ user_agent: `a\0b${'x'.repeat(10_000)}` })
      await startSession(session, accounts)
      assert.equal((await sessions.find(session.session_id))?.user_agent.slice(0, 3), 'a\ufffdb')
    })

    test('a touch moves the idle end on, but not of an ended one', async () => {
      const session = await signedIn()
      await sessions.touch(session.session_id, now + 60, now + 9000)
      const touched = { ...session, last_seen_at: now + 60, idle_expires_at: now + 9000 }
      assert.deepEqual(await sessions.find(session.session_id), touched)
      await sessions.end(session.session_id, now + 61)
      await sessions.touch(session.session_id, now + 62, now + 99_000)
      assert.deepEqual(await sessions.find(session.session_id), { ...touched, ended_at: now + 61 })
    })

    test('of twenty who end one at once one is told so, and one is on record', async () => {
      const { session_id, account_id } = await signedIn()
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sessions.end(session_id, now + index, newsFor(account_id))),
      )
      assert.equal((await auditEvents.list({ account_id, limit: 9 })).length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'ended').length, 1)
      assert.equal((await sessions.find(session_id))?.ended_at, now + outcomes.indexOf('ended'))
    })

    test('all of an account end but one, or all, and nobody else’s', async () => {
      const account_id = newId()
      const kept = await signedIn(account_id)
      const others = [await signedIn(account_id), await signedIn(account_id)]
      const stranger = await signedIn()
      const endings = Array.from({ length: 20 }, () =>
        sessions.endOthers(account_id, kept.session_id, now + 1, newsFor(account_id)),
      )
      assert.equal((await Promise.all(endings)).filter((outcome) => outcome === 'ended').length, 1)
      assert.equal((await auditEvents.list({ account_id, limit: 9 })).length, 1)
      assert.deepEqual(await sessions.listByAccount(account_id), [kept])
      for (const { session_id } of others) assert.equal((await sessions.find(session_id))?.ended_at, now + 1)
      await sessions.endOthers(account_id, undefined, now + 2)
      assert.deepEqual(await sessions.listByAccount(account_id), [])
      assert.deepEqual(await sessions.listByAccount(stranger.account_id), [stranger])
    })

    test('whoever got in within a session is told of its end, once however many end it', async () => {
      const session = await signedIn()
      const [app, other] = [sessionClientRecord(session), sessionClientRecord(session, { client_id: 'other' })]
      for (const told of [app, other]) await authorizations.create(authorizationRecord(grantRecord()), { told })
      await authorizations.create(authorizationRecord(grantRecord()), { told: { ...app, message_id: newId() } })
      const listed = [app, other].map(({ message_id, client_id, sid }) => ({ message_id, client_id, sid }))
      assert.deepEqual(await sessions.listClients(session.session_id), listed)
      await Promise.all(Array.from({ length: 20 }, () => sessions.end(session.session_id, now + 5)))
      assert.deepEqual(await queued(session.account_id), [
        { client_id: 'greatapp', sid: app.sid },
        { client_id: 'other', sid: other.sid },
      ])
      await sessions.confirm(app.message_id, now + 6)
      const confirmed = await sessions.listClients(session.session_id)
      assert.deepEqual(confirmed, [{ ...listed[0], confirmed_at: now + 6 }, listed[1]])
    })

    test('whatever ends the sessions of an account tells the clients of those that live, and of no other', async () => {
      const account_id = newId()
      const [kept, ended, left] = [await signedIn(account_id), await signedIn(account_id), await signedIn(account_id)]
      for (const session of [kept, ended, left, await signedIn()]) {
        const told = sessionClientRecord(session, { client_id: session.session_id })
        await authorizations.create(authorizationRecord(grantRecord()), { told })
      }
      await sessions.end(ended.session_id, now + 1)
      assert.equal((await queued(account_id)).length, 1)
      await sessions.endOthers(account_id, kept.session_id, now + 2)
      assert.deepEqual(
        (await queued(account_id)).map(({ client_id }) => client_id),
        [left.session_id],
      )
      await accounts.delete(account_id, now + 3)
      assert.deepEqual(
        (await queued(account_id)).map(({ client_id }) => client_id),
        [kept.session_id],
      )
    })

    test('one that takes the place of another has its clients, who are told by the name they know, when it ends', async () => {
      const before = await signedIn()
      const told = sessionClientRecord(before)
      await authorizations.create(authorizationRecord(grantRecord()), { told })
      const after = sessionRecord({ account_id: before.account_id, created_at: now + 1 })
      await startSession(after, accounts, before)
      assert.equal((await sessions.find(before.session_id))?.ended_at, now + 1)
      assert.deepEqual(await queued(before.account_id), [])
      await authorizations.create(authorizationRecord(grantRecord()), { told: sessionClientRecord(after) })
      const late = sessionClientRecord(before, { client_id: 'late', sid: 'sid of a late one' })
      await authorizations.create(authorizationRecord(grantRecord()), { told: late })
      await sessions.end(after.session_id, now + 2)
      assert.deepEqual(
        (await queued(before.account_id)).map(({ sid }) => sid),
        [told.sid, `sid of ${after.session_id}`, late.sid],
      )
    })

    test('one that takes the place of somebody else’s ends it, and the clients of that one are told', async () => {
      const before = await signedIn()
      const { sid, client_id } = sessionClientRecord(before)
      await authorizations.create(authorizationRecord(grantRecord()), { told: sessionClientRecord(before) })
      await startSession(sessionRecord({ created_at: now + 1 }), accounts, before)
      assert.equal((await sessions.find(before.session_id))?.ended_at, now + 1)
      assert.deepEqual(await queued(before.account_id), [{ client_id, sid }])
    })

    test('AC-15: none begins of an account in another state than it was proved in, and nothing is told', async () => {
      const before = await signedIn()
      const { account_id } = before
      const account = await accounts.find(account_id)
      const set = { account_id, password_hash: 'another', at: now + 1, keep_session: before.session_id }
      await accounts.setPassword(set)
      const session = sessionRecord({ account_id, created_at: now + 2 })
      const news = newsFor(account_id)
      for (const state of [account, accountRecord({ updated_at: now + 1 })]) {
        assert.ok(state)
        assert.equal(await accounts.beginSession({ session, account: state, before, news }), 'outdated')
      }
      assert.equal(await sessions.find(session.session_id), undefined)
      assert.deepEqual(await sessions.find(before.session_id), before)
      assert.deepEqual(await auditEvents.list({ account_id, limit: 9 }), [])
    })

    /** A session that was replaced twice: the last of the three, and when what is bound to the first ended. */
    async function replacedTwice() {
      const first = await signedIn()
      const { account_id, session_id } = first
      const authorization = authorizationRecord(grantRecord({ account_id }), { session_id, session_bound: true })
      await authorizations.create(authorization)
      const second = sessionRecord({ account_id, created_at: now + 1 })
      const last = sessionRecord({ account_id, created_at: now + 2 })
      await startSession(second, accounts, first)
      await startSession(last, accounts, second)
      const boundEnded = async () =>
        (await authorizations.findStanding(authorization.authorization_id))?.session?.ended_at
      return { account_id, first, last, boundEnded }
    }

    test('RT-15: what is bound to one that was replaced goes on with the one in its place, and ends with that', async () => {
      const disown = (account_id: string, session_id: string) =>
        accounts.disown({
          ...{ account_id, session_id, keep_session: newId(), at: now + 3, others: 'kept' },
          event: auditEventRecord({ account_id }),
        })
      const ways: Readonly<Record<string, (account_id: string, session_id: string) => Promise<unknown>>> = {
        'signed out': (_account, session_id) => sessions.end(session_id, now + 3),
        'all ended': (account_id) => sessions.endOthers(account_id, undefined, now + 3),
        disowned: disown,
      }
      for (const [way, end] of Object.entries(ways)) {
        const { account_id, first, last, boundEnded } = await replacedTwice()
        assert.deepEqual(await sessions.listByAccount(account_id), [last])
        assert.deepEqual(await sessions.find(first.session_id), {
          ...first,
          session_hash: `replaced ${first.session_hash}`,
          ended_at: now + 1,
        })
        await sessions.endOthers(account_id, last.session_id, now + 2)
        await disown(newId(), last.session_id)
        assert.equal(await boundEnded(), undefined, way)
        await end(account_id, last.session_id)
        assert.equal(await boundEnded(), now + 3, way)
      }
    })

    test('R19: of two that begin in the place of one the last has the clients, those that came late, and the bound', async () => {
      const first = await signedIn()
      const { account_id, session_id } = first
      const bound = authorizationRecord(grantRecord({ account_id }), { session_id, session_bound: true })
      const early = sessionClientRecord(first)
      await authorizations.create(bound, { told: early })
      const [one, other] = [1, 2].map((after) => sessionRecord({ account_id, created_at: now + after }))
      assert.ok(one && other)
      await startSession(one, accounts, first)
      await startSession(other, accounts, first)
      const late = sessionClientRecord(first, { client_id: 'lateapp' })
      await authorizations.create(authorizationRecord(grantRecord()), { told: late })
      assert.deepEqual(await sessions.listByAccount(account_id), [other])
      assert.equal(await sessions.end(other.session_id, now + 3), 'ended')
      assert.equal((await authorizations.findStanding(bound.authorization_id))?.session?.ended_at, now + 3)
      const told = (await queued(account_id)).map(({ client_id }) => client_id)
      assert.deepEqual(told.toSorted(), [early, late].map(({ client_id }) => client_id).toSorted())
    })

    test('R19: whoever signs out at the moment they sign in again is signed out, or was before', async () => {
      for (let round = 0; round < 60; round += 1) {
        const first = await signedIn()
        const { account_id, session_id } = first
        const account = await accounts.find(account_id)
        assert.ok(account)
        const session = sessionRecord({ account_id, created_at: now + 1 })
        const begun = accounts.beginSession({ session, account, before: first })
        for (let later = 0; later < round % 12; later += 1) await turn()
        assert.deepEqual(await Promise.all([begun, sessions.end(session_id, now + 2)]), ['begun', 'ended'])
        const [before, after] = [await sessions.find(session_id), await sessions.find(session.session_id)]
        const isReplaced = before?.session_hash !== first.session_hash
        assert.equal(after?.ended_at, isReplaced ? now + 2 : undefined)
      }
    })

    test('R19: one that was replaced ends with the one in its place, whose clients are told', async () => {
      const { account_id, first, last, boundEnded } = await replacedTwice()
      const { sid, client_id } = sessionClientRecord(last)
      await authorizations.create(authorizationRecord(grantRecord()), { told: sessionClientRecord(last, { sid }) })
      assert.equal(await sessions.end(first.session_id, now + 3), 'ended')
      assert.deepEqual(
        [(await sessions.find(last.session_id))?.ended_at, await boundEnded(), await queued(account_id)],
        [now + 3, now + 3, [{ client_id, sid }]],
      )
      assert.equal(await sessions.end(first.session_id, now + 4), 'already_ended')
    })

    test('of a browser with a sign-in that is disowned all end, but for the one in which that is said', async () => {
      for (const isOwn of [false, true]) {
        const { account_id, first, last, boundEnded } = await replacedTwice()
        const keep_session = isOwn ? last.session_id : newId()
        await accounts.disown({
          ...{ account_id, session_id: first.session_id, keep_session, at: now + 3, others: 'kept' },
          event: auditEventRecord({ account_id }),
        })
        assert.equal(await boundEnded(), now + 3)
        assert.equal((await sessions.find(last.session_id))?.ended_at, isOwn ? undefined : now + 3)
      }
    })

    test('R21: what is bound to one that was replaced ends where a node of before migration 23 ends the last', async () => {
      const { last, boundEnded } = await replacedTwice()
      await database.write(sql`update sessions set ended_at = ${now + 3} where session_id = ${last.session_id}`)
      assert.equal(await boundEnded(), now + 3)
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await sessions.find(odd), undefined)
        assert.deepEqual(await sessions.listByAccount(odd), [])
        assert.equal(await sessions.end(odd, now), 'already_ended')
        await sessions.touch(odd, now, now)
        await sessions.endOthers(odd, undefined, now)
        assert.deepEqual(await sessions.listClients(odd), [])
      }
    })
  })
}
