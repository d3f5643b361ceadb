import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { accessTokenRecord, now } from '../../testing/records.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { accessTokens } = openStores(database)

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
      assert.equal(await accessTokens.isRevoked(jti), false)
      await Promise.all([accessTokens.revoke(jti, now), accessTokens.revoke(jti, now)])
      assert.equal(await accessTokens.isRevoked(jti), true)
      assert.equal(await accessTokens.isRevoked(newId()), false)
    })

    test('are undefined, never an error, for what cannot be an id', async () => {
      for (const odd of ['', 'a\0', '\ud800', 'x'.repeat(100_000), newId()]) {
        assert.equal(await accessTokens.find(odd), undefined)
        assert.equal(await accessTokens.isRevoked(odd), false)
        await accessTokens.delete(odd)
      }
    })
  })
}
