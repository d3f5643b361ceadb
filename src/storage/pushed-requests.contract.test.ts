import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  now,
  pushedRequestRecord,
} from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { pushedRequests, consents, authorizations, grants } = openStores(database)

  /** A pushed request that waits to be answered. */
  const pushed = async () => {
    const request = pushedRequestRecord()
    await pushedRequests.create(request, now + 1860)
    return request
  }
  const yes = (pushed_request_id: string) => {
    const grant = grantRecord()
    const authorization = authorizationRecord(grant)
    return { pushed_request_id, consent: consentRecord(grant), grant, authorization, event: auditEventRecord() }
  }

  describe(`pushed requests in ${name}`, () => {
    test('come back as they were given, parameters with every character and every value', async () => {
      const parameters = { state: ['a\0b', '\ud800', ''], ['__proto' + '_']: ['x'], resource: ['one', 'two'] }
      const request = pushedRequestRecord({ parameters })
      await pushedRequests.create(request, now + 1860)
      assert.deepEqual(await pushedRequests.find(request.pushed_request_id), request)
      for (const odd of ['', 'a\0', '\ud800', newId()]) assert.equal(await pushedRequests.find(odd), undefined)
    })

    test('PA-03, PA-04: of fifty answers in fifty tabs one counts, and nothing is left of the others', async () => {
      const { pushed_request_id } = await pushed()
      const decisions = Array.from({ length: 50 }, () => yes(pushed_request_id))
      const outcomes = await Promise.all(decisions.map((decision) => consents.record(decision)))
      assert.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'already_decided').length, 49)
      const made = await Promise.all(decisions.map(({ grant }) => grants.find(grant.grant_id)))
      assert.equal(made.filter((grant) => grant !== undefined).length, 1)
      assert.equal((await pushedRequests.find(pushed_request_id))?.spent_at, now)
    })

    test('PA-04: of fifty answers under a grant that stands and one new yes one counts', async () => {
      const { pushed_request_id } = await pushed()
      const held = grantRecord()
      await consents.record({ consent: consentRecord(held), grant: held, event: auditEventRecord() })
      const codes = Array.from({ length: 50 }, () => authorizationRecord(held))
      const outcomes = await Promise.all([
        consents.record(yes(pushed_request_id)),
        ...codes.map((authorization) => authorizations.create(authorization, { pushed_request_id })),
      ])
      assert.equal(outcomes.filter((outcome) => outcome !== 'already_decided').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'already_decided').length, 50)
      const made = await Promise.all(codes.map((code) => authorizations.findStanding(code.authorization_id)))
      assert.equal(made.filter((code) => code !== undefined).length, outcomes.includes('created') ? 1 : 0)
    })

    test('a grant that changed meanwhile leaves the request unspent, for the next attempt', async () => {
      const { pushed_request_id } = await pushed()
      const decision = yes(pushed_request_id)
      const stale = { ...decision, grant: { ...decision.grant, revision: 2 } }
      assert.equal(await consents.record(stale), 'stale')
      assert.equal((await pushedRequests.find(pushed_request_id))?.spent_at, undefined)
      assert.equal(await consents.record(decision), 'recorded')
    })

    test('one that was swept cannot be answered', async () => {
      assert.equal(await consents.record(yes(newId())), 'already_decided')
      assert.equal(
        await authorizations.create(authorizationRecord(grantRecord()), { pushed_request_id: newId() }),
        'already_decided',
      )
    })
  })
}
