import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  accountRecord,
  auditEventRecord,
  consentRecord,
  grantRecord,
  now,
  sessionRecord,
} from '../../testing/records.ts'
import { startSession } from '../../testing/session.ts'
import type { Grant } from '../domain/grant.ts'
import { newId } from '../kernel/ids.ts'
import { StatementRefused } from './database.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accounts, consents, grants, sessions } = openStores(database)

  async function given(otherwise: Partial<Grant>): Promise<Grant> {
    const grant = grantRecord(otherwise)
    await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })
    return grant
  }

  describe(`accounts in ${name}`, () => {
    test('are found by id, by user name and by verified e-mail address, however these are spelled', async () => {
      const account = accountRecord({
        username: ' Ａlice',
        claims: { email: 'Alice@Example.com', email_verified: true },
      })
      assert.equal(await accounts.create(account), 'created')
      assert.deepEqual(await accounts.find(account.account_id), account)
      for (const login of ['alice', 'ALICE ', 'Ａlice', 'alice@example.COM']) {
        assert.deepEqual(await accounts.findByLogin(login), account, login)
      }
    })

    test('are found with a session, whatever became of either, and the session alone where they are gone', async () => {
      const account = accountRecord({ created_at: now - 9, disabled: true })
      const session = sessionRecord({ account_id: account.account_id })
      await accounts.create(account)
      await startSession(session, accounts)
      assert.deepEqual(await accounts.findBySession(session.session_id), { session, account })
      await sessions.end(session.session_id, now + 1)
      const ended = { ...session, ended_at: now + 1 }
      assert.deepEqual(await accounts.findBySession(session.session_id), { session: ended, account })
      await accounts.delete(account.account_id, now + 2)
      assert.deepEqual(await accounts.findBySession(session.session_id), { session: ended, account: undefined })
    })

    test('are found with a session and what stands of what they allowed one client, and nobody else did', async () => {
      const account = accountRecord()
      await accounts.create(account)
      const grant = await given({ account_id: account.account_id, expires_at: now - 1 })
      await given({ account_id: account.account_id, client_id: 'another' })
      await given({ account_id: account.account_id, kind: 'once', expires_at: now + 60 })
      const session = sessionRecord({ account_id: account.account_id })
      const other = sessionRecord({ account_id: newId() })
      await startSession(session, accounts)
      await startSession(other, accounts)
      await accounts.delete(other.account_id, now + 1)
      const gone = { session: { ...other, ended_at: now + 1 }, account: undefined, held: undefined }
      const { grant_id, permissions, kind, granted_at, expires_at } = grant
      const held = { grant_id, permissions, kind, granted_at, expires_at }
      const find = (session_id: string) => accounts.findHolding(session_id, grant.client_id)
      assert.deepEqual(await find(session.session_id), { session, account, held })
      assert.deepEqual(await find(other.session_id), gone)
      await grants.end(grant_id, 'removed_by_person', now)
      assert.deepEqual(await find(session.session_id), { session, account, held: undefined })
    })

    test('are not found by an e-mail address that nobody verified', async () => {
      for (const email_verified of [false, 'true', 1]) {
        const email = `${newId()}@example.com`
        await accounts.create(accountRecord({ claims: { email, email_verified } }))
        assert.equal(await accounts.findByLogin(email), undefined)
      }
    })

    test('are undefined, never an error, for what cannot be a login', async () => {
      await accounts.create(accountRecord({ username: 'bob\ufffd' }))
      for (const odd of ['', 'bob\0', 'bob\ud800', 'x'.repeat(1_000_000), '\ufdfa'.repeat(2000), "' or 1=1 --"]) {
        assert.equal(await accounts.findByLogin(odd), undefined)
        assert.equal(await accounts.find(odd), undefined)
        assert.equal(await accounts.findBySession(odd), undefined)
        assert.equal(await accounts.findHolding(odd, 'greatapp'), undefined)
        assert.equal(await accounts.findHolding(newId(), odd), undefined)
        assert.equal(await accounts.delete(odd, now), 'unknown')
      }
      await assert.rejects(accounts.create(accountRecord({ username: 'x'.repeat(3000) })), RangeError)
    })

    test('without password or with odd claims come back as they were', async () => {
      const { password_hash: _, ...bare } = accountRecord({ disabled: true })
      const claims = { constructor: 'a\0b', nested: [{ deep: null }, 1.5] }
      await accounts.create({ ...bare, claims })
      const found = await accounts.find(bare.account_id)
      assert.deepEqual(found, { ...bare, claims })
      assert.ok(found !== undefined && !('password_hash' in found))
    })

    test('AC-11: have the hash of their password renewed, unless the password changed meanwhile', async () => {
      const account = accountRecord({ password_hash: 'old' })
      await accounts.create(account)
      await accounts.renewPasswordHash(account.account_id, 'older', 'new')
      assert.deepEqual(await accounts.find(account.account_id), account)
      await accounts.renewPasswordHash(account.account_id, 'old', 'new')
      assert.deepEqual(await accounts.find(account.account_id), { ...account, password_hash: 'new' })
    })

    test('PX-08: a claim named __proto__ is forgotten, wherever it stands', async () => {
      const claims = JSON.parse('{"a":{"__proto__":{"admin":true}},"__proto__":{"admin":true},"b":1}')
      const account = accountRecord({ claims })
      await accounts.create(account)
      const found = await accounts.find(account.account_id)
      assert.deepEqual(found?.claims, { a: {}, b: 1 })
      assert.equal('admin' in Object.assign({}, found?.claims), false)
    })

    test('of fifty who race for one login exactly one is created, and the others leave nothing', async () => {
      const username = `race ${newId()}`
      const racing = Array.from({ length: 50 }, () => accountRecord({ username }))
      const outcomes = await Promise.all(racing.map((account) => accounts.create(account)))
      assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
      const found = await Promise.all(racing.map(({ account_id }) => accounts.find(account_id)))
      assert.equal(found.filter((account) => account !== undefined).length, 1)
    })

    test('share one space of user names and e-mail addresses, crosswise and at once', async () => {
      const [one, two] = [`${newId()}@example.com`, `${newId()}@example.com`]
      const outcomes = await Promise.all([
        accounts.create(accountRecord({ username: one, claims: { email: two, email_verified: true } })),
        accounts.create(accountRecord({ username: two, claims: { email: one, email_verified: true } })),
      ])
      assert.deepEqual(outcomes.toSorted(), ['created', 'login_taken'])
    })

    test('a change of claims moves the logins', async () => {
      const account = accountRecord()
      const { account_id, username } = account
      await accounts.create(account)
      const email = `${newId()}@example.com`
      assert.equal(await accounts.changeClaims({ account_id, claims: { email }, at: now + 1 }), 'changed')
      const changed = { ...account, claims: { ...account.claims, email }, updated_at: now + 1 }
      assert.deepEqual(await accounts.findByLogin(email), changed)
      assert.equal(await accounts.findByLogin(`${account_id}@example.com`), undefined)
      assert.deepEqual(await accounts.findByLogin(username), changed)
    })

    test('a change of claims to another’s login changes nothing at all', async () => {
      const [mine, theirs] = [accountRecord(), accountRecord()]
      await accounts.create(mine)
      await accounts.create(theirs)
      const { account_id } = mine
      const claims = { email: theirs.username, email_verified: true }
      assert.equal(await accounts.changeClaims({ account_id, claims, at: now + 1 }), 'login_taken')
      assert.deepEqual(await accounts.find(account_id), mine)
      assert.deepEqual(await accounts.findByLogin(mine.username), mine)
    })

    test('are shut out and let in again, and nothing else of them is touched', async () => {
      const account = accountRecord()
      const { account_id } = account
      await accounts.create(account)
      assert.equal(await accounts.setState({ account_id, state: 'disabled', at: now + 1 }), 'set')
      assert.deepEqual(await accounts.find(account_id), { ...account, disabled: true, updated_at: now + 1 })
      assert.equal(await accounts.setState({ account_id, state: 'enabled', at: now + 2 }), 'set')
      assert.deepEqual(await accounts.find(account_id), { ...account, updated_at: now + 2 })
      for (const odd of [newId(), '', 'x\0']) {
        assert.equal(await accounts.setState({ account_id: odd, state: 'disabled', at: now }), 'unknown')
      }
    })

    test('are listed, oldest first', async () => {
      const [one, two] = [accountRecord(), accountRecord()]
      await accounts.create(one)
      await accounts.create(two)
      const listed = await accounts.list()
      assert.deepEqual(listed.slice(-2), [one, two])
    })

    test('a deleted one is gone, with its sessions and grants; its login is free, its sub never again', async () => {
      const account = accountRecord()
      const { account_id } = account
      const [session, grant] = [sessionRecord({ account_id }), grantRecord({ account_id })]
      await accounts.create(account)
      await startSession(session, accounts)
      await consents.record({ consent: consentRecord(grant), grant, event: auditEventRecord() })

      assert.equal(await accounts.delete(account_id, now + 1), 'deleted')
      assert.equal(await accounts.delete(account_id, now + 2), 'unknown')
      assert.equal(await accounts.find(account_id), undefined)
      assert.equal(await accounts.setState({ account_id, state: 'enabled', at: now + 3 }), 'unknown')
      assert.equal(await accounts.findByLogin(account.username), undefined)
      assert.ok((await accounts.list()).every((other) => other.account_id !== account_id))
      assert.equal((await sessions.find(session.session_id))?.ended_at, now + 1)
      assert.equal((await grants.find(grant.grant_id))?.end_reason, 'account_deleted')

      const successor = accountRecord({ username: account.username })
      await assert.rejects(accounts.create({ ...successor, sub: account.sub }), StatementRefused)
      assert.equal(await accounts.findByLogin(account.username), undefined)
      assert.equal(await accounts.create(successor), 'created')
    })
  })
}
