/** Which account's hash is found by a position that has nothing to do with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openEach } from '../../testing/databases.ts'
import { accountRecord, now } from '../../testing/records.ts'
import { openStores } from './stores.ts'

const at = (digit: string) => digit.repeat(16)
const idAt = (digit: string) => '0'.repeat(16) + at(digit)

for (const [name, database] of await openEach()) {
  const { accounts } = openStores(database)
  const found = async () =>
    Promise.all(['0', '2', '3', '8', '9', 'f'].map((digit) => accounts.findPasswordHashAfter(at(digit))))

  describe(`the account that comes next in ${name}`, () => {
    test('AC-01: there is none where nobody has a password', async () => {
      assert.equal(await accounts.findPasswordHashAfter(at('8')), undefined)
      const { password_hash: _, ...without } = accountRecord({ account_id: idAt('5') })
      await accounts.create(without)
      assert.equal(await accounts.findPasswordHashAfter(at('3')), undefined)
    })

    test('AC-01: is the next in the order of the random halves of the ids, and after the last the first', async () => {
      await accounts.create(accountRecord({ account_id: idAt('8'), password_hash: 'eight' }))
      assert.deepEqual(await found(), ['eight', 'eight', 'eight', 'eight', 'eight', 'eight'])
      await accounts.create(accountRecord({ account_id: idAt('2'), password_hash: 'two', disabled: true }))
      assert.deepEqual(await found(), ['two', 'eight', 'eight', 'two', 'two', 'two'])
    })

    test('AC-01: is found by its new hash once it is renewed, and not once it is deleted', async () => {
      await accounts.renewPasswordHash(idAt('8'), 'eight', 'anew')
      assert.deepEqual(await found(), ['two', 'anew', 'anew', 'two', 'two', 'two'])
      await accounts.delete(idAt('2'), now)
      assert.deepEqual(await found(), ['anew', 'anew', 'anew', 'anew', 'anew', 'anew'])
    })
  })
}
