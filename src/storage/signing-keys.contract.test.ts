import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { now } from '../../testing/records.ts'
import type { SigningKey } from '../domain/signing-key.ts'
import { newId } from '../kernel/ids.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { signingKeys } = openStores(database)

  describe(`signing keys in ${name}`, () => {
    beforeEach(async () => {
      for (const { kid } of await signingKeys.list()) await signingKeys.delete(kid)
    })

    test('come back as they were given, in the order in which they sign', async () => {
      const later = signingKey({ active_from: now + 1 })
      const first = signingKey({ retired_at: now + 2 })
      assert.equal(await signingKeys.create(later), 'created')
      assert.equal(await signingKeys.create(first), 'created')
      assert.equal(await signingKeys.create(first), 'exists')
      assert.deepEqual(await signingKeys.list(), [first, later])
    })

    test('of twenty nodes that start for the first time one makes the key of each algorithm', async () => {
      for (const alg of ['ES256', 'RS256'] as const) {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, () => signingKeys.create(signingKey({ alg }), { firstOf: alg })),
        )
        assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
      }
      assert.deepEqual((await signingKeys.list()).map(({ alg }) => alg).toSorted(), ['ES256', 'RS256'])
    })

    test('a first one is not made beside any other of its algorithm, and is again when all are gone', async () => {
      const rotated = signingKey()
      await signingKeys.create(rotated)
      assert.equal(await signingKeys.create(signingKey(), { firstOf: 'ES256' }), 'exists')
      assert.equal(await signingKeys.delete(rotated.kid), 'deleted')
      const first = signingKey()
      assert.equal(await signingKeys.create(first, { firstOf: 'ES256' }), 'created')
      assert.equal(await signingKeys.create(signingKey()), 'created')
      assert.equal(await signingKeys.delete(first.kid), 'deleted')
      assert.equal(await signingKeys.create(signingKey(), { firstOf: 'ES256' }), 'exists')
    })

    test('are retired and deleted by their kid', async () => {
      const key = signingKey()
      await signingKeys.create(key)
      assert.equal(await signingKeys.retire(key.kid, now + 5), 'retired')
      assert.deepEqual(await signingKeys.list(), [{ ...key, retired_at: now + 5 }])
      assert.equal(await signingKeys.delete(key.kid), 'deleted')
      for (const odd of [key.kid, 'a\0', '\ud800', 'x'.repeat(100_000)]) {
        assert.equal(await signingKeys.retire(odd, now), 'unknown')
        assert.equal(await signingKeys.delete(odd), 'unknown')
      }
    })
  })
}

function signingKey(otherwise: Partial<SigningKey> = {}): SigningKey {
  return {
    kid: newId(),
    alg: 'ES256',
    public_jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    sealed_private_jwk: 'sealed',
    created_at: now,
    active_from: now,
    ...otherwise,
  }
}
