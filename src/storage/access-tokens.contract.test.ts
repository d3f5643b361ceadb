import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import {
  accessTokenRecord,
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  now,
} from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accessTokens, authorizations, consents } = openStores(database)

  describe(`access tokens in ${name}`, () => {
    test('come back as they were given, of a person or of a client alone', async () => {
      const { authorization_id: _, ...machine } = accessTokenRecord()
      for (const token of [accessTokenRecord(), machine]) {
        await accessTokens.create(token)
        const found = await accessTokens.find(token.token_id)
        assert.deepEqual(found, { token, standing: undefined })
      }
    })

    test('a deleted one is gone, at once and for ever', async () => {
      const token = accessTokenRecord()
      await accessTokens.create(token)
      await accessTokens.delete(token.token_id)
      await accessTokens.delete(token.token_id)
      assert.equal(await accessTokens.find(token.token_id), undefined)
    })

    test('a revoked jti is revoked, however often it is said', async () => {
      const jti = newId()
      assert.deepEqual(await accessTokens.findSigned(jti, undefined), { revoked: false, standing: undefined })
      await Promise.all([accessTokens.revoke(jti, now), accessTokens.revoke(jti, now)])
      assert.deepEqual(await accessTokens.findSigned(jti, undefined), { revoked: true, standing: undefined })
      assert.equal((await accessTokens.findSigned(newId(), undefined)).revoked, false)
    })

    test('a signed one is found with what it hangs on, revoked or not', async () => {
      const grant = grantRecord()
      const authorization = authorizationRecord(grant)
      const { authorization_id } = authorization
      const jti = newId()
      const find = () => accessTokens.findSigned(jti, authorization_id)
      assert.deepEqual(await find(), { revoked: false, standing: undefined })
      await consents.record({ consent: consentRecord(grant), grant, authorization, event: auditEventRecord() })
      const standing = await authorizations.findStanding(authorization_id)
      assert.deepEqual(standing?.authorization, authorization)
      assert.deepEqual(await find(), { revoked: false, standing })
      await accessTokens.revoke(jti, now)
      assert.deepEqual(await find(), { revoked: true, standing })
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await accessTokens.find(odd), undefined)
        assert.equal((await accessTokens.findSigned(odd, odd)).revoked, false)
        await accessTokens.delete(odd)
      }
    })
  })
}
