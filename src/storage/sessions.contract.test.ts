import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { now, sessionRecord } from '../../testing/records.ts'
import type { Session } from '../domain/session.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { sessions } = openStores(database)

  async function signedIn(account_id = newId()): Promise<Session> {
    const session = sessionRecord({ account_id })
    await sessions.create(session)
    return session
  }

  describe(`sessions in ${name}`, () => {
    test('come back as they were given', async () => {
      const session = sessionRecord({ amr: ['pwd', 'otp'], user_agent: 'ü "quoted" \\' })
      await sessions.create(session)
      assert.deepEqual(await sessions.find(session.session_id), session)
    })

    test('hold whatever a browser says of itself', async () => {
      const session = sessionRecord({ user_agent: `a\0b${'x'.repeat(10_000)}` })
      await sessions.create(session)
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

    test('of twenty who end one at once one is told so', async () => {
      const { session_id } = await signedIn()
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sessions.end(session_id, now + index)),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'ended').length, 1)
      assert.equal((await sessions.find(session_id))?.ended_at, now + outcomes.indexOf('ended'))
    })

    test('all of an account end but one, or all, and nobody else’s', async () => {
      const account_id = newId()
      const kept = await signedIn(account_id)
      const others = [await signedIn(account_id), await signedIn(account_id)]
      const stranger = await signedIn()
      await sessions.endOthers(account_id, kept.session_id, now + 1)
      assert.deepEqual(await sessions.listByAccount(account_id), [kept])
      for (const { session_id } of others) assert.equal((await sessions.find(session_id))?.ended_at, now + 1)
      await sessions.endOthers(account_id, undefined, now + 2)
      assert.deepEqual(await sessions.listByAccount(account_id), [])
      assert.deepEqual(await sessions.listByAccount(stranger.account_id), [stranger])
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await sessions.find(odd), undefined)
        assert.deepEqual(await sessions.listByAccount(odd), [])
        assert.equal(await sessions.end(odd, now), 'already_ended')
        await sessions.touch(odd, now, now)
        await sessions.endOthers(odd, undefined, now)
      }
    })
  })
}
