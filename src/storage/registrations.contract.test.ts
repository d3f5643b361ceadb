/** Clients that registered themselves, and the tokens that let them: stored, spent, kept and swept, on both databases. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { exampleClient } from '../../testing/drafts.ts'
import { auditEventRecord, consentRecord, grantRecord, now } from '../../testing/records.ts'
import type { Client } from '../domain/client.ts'
import { newId, newOpaqueId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

const day = 86_400
const registered = (otherwise: Partial<Client> = {}): Client =>
  exampleClient({ client_id: newOpaqueId(), registered_by: 'registration', created_at: now, ...otherwise })
const initialAccessToken = (uses_left: number) => ({
  token_id: newId(),
  token_hash: 'hash',
  note: '',
  uses_left,
  created_at: now,
  expires_at: now + day,
})

for (const [name, database] of await openEach()) {
  const { auditEvents, clients, consents, expiredRows, grants, initialAccessTokens } = openStores(database)
  const register = (client: Client, more = {}) =>
    clients.register({ client, token_hash: 'first', delete_after: now + day, ...more })
  const allow = async (client: Client, grant = grantRecord({ client_id: client.client_id })) => {
    const outcome = await consents.record({ consent: consentRecord(grant), grant, client, event: auditEventRecord() })
    assert.equal(outcome, 'recorded')
    return grant
  }

  describe(`registrations in ${name}`, () => {
    test('come back as they were given, and clients without one have none', async () => {
      const client = registered()
      assert.equal(await register(client), 'registered')
      assert.deepEqual(await clients.findRegistration(client.client_id), { client, token_hash: 'first' })
      const other = registered()
      await clients.create(other)
      for (const client_id of [other.client_id, '', 'odd\0', 'x'.repeat(5000)]) {
        assert.equal(await clients.findRegistration(client_id), undefined)
      }
    })

    test('DR-01: of fifty who race for the three uses of a token three are stored, and no other row is', async () => {
      const token = initialAccessToken(3)
      await initialAccessTokens.create(token)
      const all = Array.from({ length: 50 }, () => registered())
      const outcomes = await Promise.all(all.map((client) => register(client, { paid_with: token })))
      assert.equal(outcomes.filter((outcome) => outcome === 'registered').length, 3)
      const stored = await Promise.all(all.map(({ client_id }) => clients.find(client_id)))
      assert.equal(stored.filter((client) => client !== undefined).length, 3)
      assert.equal((await initialAccessTokens.list()).find(({ token_id }) => token_id === token.token_id)?.uses_left, 0)
    })

    test('DR-01: a token with another hash, too old or taken back pays for nothing', async () => {
      const token = initialAccessToken(9)
      await initialAccessTokens.create(token)
      for (const [paid_with, created_at] of [
        [{ ...token, token_hash: 'other' }, now],
        [{ ...token, token_id: newId() }, now],
        [token, token.expires_at],
      ] as const) {
        assert.equal(await register(registered({ created_at }), { paid_with }), 'token_refused')
      }
      assert.equal(await initialAccessTokens.delete(token.token_id), 'deleted')
      assert.equal(await initialAccessTokens.delete(token.token_id), 'unknown')
      assert.equal(await register(registered(), { paid_with: token }), 'token_refused')
    })

    test('DR-08: of fifty who race to change one with one token one does, and nobody does who is disabled', async () => {
      const client = registered()
      await register(client)
      const change = (token_hash: string, from: string) =>
        clients.changeRegistration({ client, token_hash }, { client, token_hash: from })
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, each) => change(`next ${each}`, 'first')))
      assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 1)
      const { token_hash = '' } = (await clients.findRegistration(client.client_id)) ?? {}
      await clients.update({ ...client, disabled: true })
      assert.equal(await change('last', token_hash), 'lost')
    })

    test('R20: what an operator changed meanwhile is not overwritten by a client that had read what was before', async () => {
      const client = registered()
      await register(client)
      const before = { client, token_hash: 'first' }
      const required = { ...client, metadata: { ...client.metadata, required_acr: 'urn:licet:acr:mfa' as const } }
      await clients.update(required)
      assert.equal(await clients.changeRegistration({ client, token_hash: 'next' }, before), 'lost')
      assert.deepEqual(await clients.findRegistration(client.client_id), { client: required, token_hash: 'first' })
    })

    test('DR-08, AD-13: of fifty who race to delete one with one token one does, and one event is noted', async () => {
      const client = registered()
      await register(client)
      const { grant_id } = await allow(client)
      const { client_id } = client
      const remove = (from: string) =>
        clients.deleteRegistration(client_id, from, auditEventRecord({ event: 'client_deleted', client_id }))
      const noted = async () =>
        (await auditEvents.list({ client_id, limit: 100 })).filter(({ event }) => event === 'client_deleted').length
      assert.equal(await remove('other'), 'lost')
      await clients.update({ ...client, disabled: true })
      assert.equal(await remove('first'), 'lost')
      assert.deepEqual([(await grants.find(grant_id))?.ended_at, await noted()], [undefined, 0])
      await clients.update(client)
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => remove('first')))
      assert.equal(outcomes.filter((outcome) => outcome === 'deleted').length, 1)
      assert.equal(await clients.find(client_id), undefined)
      assert.ok((await grants.find(grant_id))?.ended_at !== undefined)
      assert.equal(await noted(), 1)
    })

    test('R11: one of which nothing was stored is, with the first consent, and its grants are not ended by that', async () => {
      const client = registered({ client_id: `c1.${newId()}`, provisional_until: now + day })
      const [one, other] = [await allow(client), await allow(client)]
      const { provisional_until: _end, ...whole } = client
      assert.deepEqual(await clients.find(client.client_id), whole)
      for (const { grant_id } of [one, other]) assert.equal((await grants.find(grant_id))?.ended_at, undefined)
    })

    test('DR-08: a consent brings no client back that was deleted meanwhile', async () => {
      const client = registered()
      await register(client)
      await clients.delete(client.client_id, now)
      await allow(client)
      assert.equal(await clients.find(client.client_id), undefined)
    })

    test('DR-10, R11: what nobody uses is swept, what somebody uses stays while its grant does, and goes thereafter', async () => {
      const [unused, used, ended] = [registered(), registered(), registered()]
      for (const client of [unused, used, ended]) await register(client)
      const operators = registered({ registered_by: 'operator' })
      await clients.create(operators)
      const { expires_at: _never, ...lasting } = grantRecord({ client_id: used.client_id })
      const standing = await allow(used, lasting)
      const over = await allow(ended)
      await grants.end(over.grant_id, 'removed_by_person', now)
      const left = async (days: number) => {
        for (let each = 0; each < 3; each += 1) await expiredRows.sweep(now + days * day, 1000)
        const found = await Promise.all(
          [unused, used, ended, operators].map((one) => clients.findRegistration(one.client_id)),
        )
        const rows = await clients.list()
        assert.ok(rows.some(({ client_id }) => client_id === operators.client_id))
        return found.map((one) => one !== undefined).slice(0, 3)
      }
      assert.deepEqual(await left(2), [false, true, true])
      assert.deepEqual(await left(40), [false, true, false])
      assert.deepEqual(await left(400), [false, true, false])
      await grants.end(standing.grant_id, 'removed_by_person', now + 400 * day)
      assert.deepEqual(await left(500), [false, false, false])
    })
  })
}
