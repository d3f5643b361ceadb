import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { exampleResource } from '../../testing/drafts.ts'
import { openStores } from './stores.ts'

for (const [name, database] of await openEach()) {
  const { resources } = openStores(database)

  describe(`protected resources in ${name}`, () => {
    test('are listed in the order they were made, with every change of ours at once', async () => {
      const [one, two] = [exampleResource('https://z.test/', 'read'), exampleResource('https://a.test/', 'send')]
      assert.deepEqual(await resources.list(), [])
      const authorization_details_types = { card: { title: 'One card', actions: {}, fields: {} } }
      const detailed = { ...one, access_token_lifetime: 60, authorization_details_types, names: { de: 'Karten' } }
      assert.equal(await resources.create(detailed), 'created')
      assert.equal(await resources.create(one), 'exists')
      assert.equal(await resources.create(two), 'created')
      assert.deepEqual(await resources.list(), [detailed, two])
      assert.equal(await resources.update({ ...one, disabled: true }), 'updated')
      assert.deepEqual(await resources.list(), [{ ...one, disabled: true }, two])
      assert.equal(await resources.delete(one.resource), 'deleted')
      assert.equal(await resources.delete(one.resource), 'unknown')
      assert.equal(await resources.update(one), 'unknown')
      assert.deepEqual(await resources.list(), [two])
    })
  })
}
